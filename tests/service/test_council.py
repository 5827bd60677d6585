"""The council as the surfaces see it: what is refused first, and how its archive lists."""

from dataclasses import replace

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.case import Seat
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.service import Council
from tests.support.councils import ballot, scripted_council


def nobody(request: Request) -> tuple[Seat, ...]:
    raise NoSeats("seat somebody")


def without_seats(council: Council) -> Council:
    return replace(council, bylaws=replace(council.bylaws, seats_for=nobody))


@pytest.mark.parametrize(
    "request_", [Request(question=" "), Request(question="Why?", method="yesno")]
)
async def test_a_faulty_question_is_refused_before_the_lack_of_seats(request_: Request) -> None:
    async with scripted_council({"a": [ballot("yes")]}) as council:
        with pytest.raises(CallerError) as refusal:
            await without_seats(council).put(request_)
    assert not isinstance(refusal.value, NoSeats)


BROKEN = "half a pair: \ud83d"


@pytest.mark.parametrize(
    ("argument", "request_"),
    [
        ("question", Request(BROKEN)),
        ("context", Request("Why?", context=BROKEN)),
        ("options", Request("Why?", options=("ship", BROKEN))),
        ("personas", Request("Why?", personas=(BROKEN,))),
    ],
)
async def test_a_text_that_no_encoding_can_carry_is_refused_by_name(
    argument: str, request_: Request
) -> None:
    async with scripted_council({"a": [ballot("yes")]}) as council:
        with pytest.raises(CallerError, match=f"^{argument}: .*character 13"):
            await council.put(request_)


async def test_a_sound_question_without_seats_says_who_is_missing() -> None:
    async with scripted_council({"a": [ballot("yes")]}) as council:
        with pytest.raises(NoSeats):
            await without_seats(council).put(Request(question="Why?"))


async def test_a_dossier_without_end_and_driver_is_interrupted() -> None:
    journal = MemoryJournal(SystemClock())
    async with scripted_council({"a": [ballot("yes")]}, journal=journal) as council:
        sitting = await council.put(Request(question="Ship?", method="yes_no"))
        finished = await sitting.wait()
        opened = (await journal.read(finished.dossier_id))[0]
        left = opened.event.model_copy(  # as a process that was killed would leave it
            update={"case": finished.case.model_copy(update={"dossier_id": "0" * 36})}
        )
        await journal.append("0" * 36, 0, [left])
        assert {head.dossier_id: head.status for head in await council.heads(10)} == {
            finished.dossier_id: "decided",
            "0" * 36: "interrupted",
        }
        assert (await council.dossier("0" * 36)).status == "interrupted"
        await journal.claim("0" * 36, "another process", 60)
        assert (await council.heads(10))[-1].status == "running"
        assert (await council.dossier("0" * 36)).status == "running"


async def test_the_same_question_put_afresh_is_blinded_anew() -> None:
    async with scripted_council({"a": [ballot("yes")] * 2}) as council:
        request = Request(question="Ship?", method="yes_no", fresh=True)
        one, other = [(await council.put(request)).dossier.case for _ in range(2)]
    assert one.seed != other.seed
