"""Reading a dossier in every detail, page by page, and ask by ask. Contract "get_dossier"."""

import json

import anyio
import pytest
from mcp_types import CallToolResult

from magi_mcp.convening import Request
from magi_mcp.core.asks import Ask
from magi_mcp.core.pages import PAGE_CHARS
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import Line, Script
from magi_mcp.service import Council
from tests.server.meeting import (
    SHIP,
    Era,
    Meeting,
    PatientSeat,
    link_of,
    meeting,
    text_of,
    verdict_in,
)
from tests.server.strict import faults_by
from tests.support.councils import ballot

QUESTION = "Should we ship 4.2 on Friday?"
AT_LENGTH = "Rollback covers code, not rows, and the rows are what counts here. " * 120
LONG: dict[str, Script] = {
    "melchior": [ballot("yes", AT_LENGTH)],
    "balthasar": [ballot("yes", AT_LENGTH)],
    "casper": [ballot("no", AT_LENGTH)],
}
TWICE: dict[str, Script] = {
    "melchior": [ballot("yes", AT_LENGTH)] * 2,
    "balthasar": [ballot("yes", AT_LENGTH)] * 2,
    "casper": [ballot("no", AT_LENGTH)] * 2,
}


async def pages(hall: Meeting, **arguments: object) -> list[CallToolResult]:
    """All pages, each asked for as the one before it says."""
    found = [await hall.look_up(dossier_id="latest", **arguments)]
    while (cursor := verdict_in(found[-1])["next_cursor"]) is not None:
        assert f'cursor="{cursor}"' in text_of(found[-1])
        assert f'cursor="{cursor}"' in verdict_in(found[-1])["next_step"]
        found.append(await hall.look_up(dossier_id="latest", cursor=cursor, **arguments))
    return found


def size(result: CallToolResult) -> int:
    shown = json.dumps(result.structured_content, ensure_ascii=False, separators=(",", ":"))
    return len(shown) + len(text_of(result))


@pytest.mark.parametrize("detail", ["brief", "standard"])
async def test_deliberate_and_get_dossier_give_the_same_detail(era: Era, detail: str) -> None:
    async with meeting(era, SHIP) as hall:
        asked = await hall.ask(question=QUESTION, method="yes_no", detail=detail)
        read = await hall.look_up(dossier_id="latest", detail=detail)
    assert verdict_in(asked) == verdict_in(read)
    assert text_of(asked) == text_of(read)
    assert faults_by(f"deliberation-{detail}.json", verdict_in(read)) == []
    assert link_of(read).uri == verdict_in(read)["dossier_uri"]


async def test_full_is_everything_in_pages_that_fit(era: Era) -> None:
    async with meeting(era, LONG) as hall:
        await hall.ask(question=QUESTION, method="yes_no")
        found = await pages(hall, detail="full")
        whole = json.loads((await hall.read("magi://dossiers/latest/verdict")).text)
    assert len(found) > 3
    for number, page in enumerate(found, start=1):
        assert size(page) <= PAGE_CHARS
        assert faults_by("deliberation-page.json", verdict_in(page)) == []
        assert f"Page {number} of {len(found)}." in text_of(page)
        assert text_of(page).startswith("DECIDED: yes")
    answers = "".join(verdict_in(page).get("answer") or "" for page in found)
    assert answers == whole["answer"]
    summaries = [
        b.get("summary", "") for page in found for b in verdict_in(page).get("ballots", [])
    ]
    assert "".join(summaries) == "".join(ballot["summary"] for ballot in whole["ballots"])
    assert verdict_in(found[-1])["next_step"] == whole["next_step"]


async def test_a_short_dossier_is_one_page_with_nothing_left_out(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        asked = await hall.ask(question=QUESTION, method="yes_no", detail="full")
        [page] = await pages(hall, detail="full")
        whole = json.loads((await hall.read("magi://dossiers/latest/verdict")).text)
    assert verdict_in(asked) == verdict_in(page)
    assert verdict_in(page) == {**whole, "next_cursor": None}
    assert "Rollback covers code, not rows." in text_of(page)


async def test_the_transcript_is_read_in_pages(era: Era) -> None:
    async with meeting(era, LONG) as hall:
        await hall.ask(question=QUESTION, method="yes_no")
        found = await pages(hall, detail="transcript")
        resource = await hall.read("magi://dossiers/latest/transcript")
    assert len(found) > 2
    assert "".join(verdict_in(page)["transcript"] for page in found) == resource.text
    assert all(size(page) <= PAGE_CHARS for page in found)
    assert all(verdict_in(page)["transcript"] in text_of(page) for page in found)


async def test_one_ask_and_its_reply_can_be_read(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        await hall.ask(question=QUESTION, method="yes_no", context="It is Thursday.")
        [page] = await pages(hall, ask_id="r1/casper")
    shown = verdict_in(page)
    assert faults_by("deliberation-page.json", shown) == []
    assert shown["ask"]["seat"] == "casper"
    assert QUESTION in shown["ask"]["prompt"]
    assert "It is Thursday." in shown["ask"]["prompt"]
    assert shown["reply"]["kind"] == "answered"
    assert "Rollback covers code, not rows." in shown["reply"]["text"]
    assert shown["reply"]["served_by"] == "scripted/casper"
    assert "Rollback covers code, not rows." in text_of(page)


async def test_what_models_were_really_asked_is_what_is_shown(era: Era) -> None:
    seen: list[tuple[str, str, str]] = []

    def answer(ask: Ask) -> Line:
        seen.append((ask.ask_id, ask.system, ask.prompt))
        return ballot("yes" if ask.seat == "melchior" else "no")

    async with meeting(era, dict.fromkeys(["melchior", "balthasar"], answer)) as hall:
        await hall.ask(question=QUESTION, method="yes_no", protocol="critique")
        for ask_id, system, prompt in seen:
            [page] = await pages(hall, ask_id=ask_id)
            told = verdict_in(page)["ask"]
            assert (told["system"], told["prompt"]) == (system, prompt)
    assert len(seen) > 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"cursor": "made-up"}, "cursor: 'made-up' was not given for this"),
        ({"detail": "full", "cursor": "bm8"}, "cursor: 'bm8' was not given for this"),
        ({"detail": "full", "cursor": "é"}, "was not given for this"),
        ({"detail": "full", "cursor": "A" * 5_000}, "was not given for this"),
        ({"cursor": "x", "detail": "standard"}, "the detail standard has one page"),
        ({"ask_id": "r9/nobody"}, "ask_id: 'r9/nobody' is not known. Valid: r1/melchior"),
        ({"ask_id": "r1/caspar"}, "Did you mean 'r1/casper'?"),
        ({"detail": "everything"}, "detail: 'everything' is refused"),
    ],
)
async def test_a_page_or_an_ask_there_is_not_is_refused_with_words(
    era: Era, arguments: dict[str, str], told: str
) -> None:
    async with meeting(era, SHIP) as hall:
        await hall.ask(question=QUESTION, method="yes_no")
        full = (
            {"detail": "full", **arguments} if arguments.get("cursor") == "made-up" else arguments
        )
        result = await hall.look_up(dossier_id="latest", **full)
    assert result.is_error
    assert told in text_of(result)
    assert len(text_of(result)) < 1_300


async def test_a_cursor_is_good_for_its_own_dossier_and_detail_alone(era: Era) -> None:
    async with meeting(era, TWICE) as hall:
        await hall.ask(question=QUESTION, method="yes_no")
        first = verdict_in(await hall.look_up(dossier_id="latest", detail="full"))
        await hall.ask(question="And now?", method="yes_no")
        cursor = first["next_cursor"]
        other = await hall.look_up(dossier_id="latest", detail="full", cursor=cursor)
        detail = await hall.look_up(
            dossier_id=first["dossier_id"], detail="transcript", cursor=cursor
        )
        right = await hall.look_up(dossier_id=first["dossier_id"], detail="full", cursor=cursor)
        await hall.call("record_outcome", {"dossier_id": first["dossier_id"], "actual": "correct"})
        late = await hall.look_up(dossier_id=first["dossier_id"], detail="full", cursor=cursor)
    assert (other.is_error, detail.is_error, right.is_error, late.is_error) == (
        True,
        True,
        False,
        True,
    )
    assert "has changed since" in text_of(late)


async def test_of_a_running_deliberation_no_vote_is_shown(era: Era) -> None:
    slow = PatientSeat([ballot("no", "Wait for it.")])
    seats: dict[str, Script | SeatPort] = {
        "melchior": [ballot("yes", "The hidden word.")],
        "balthasar": slow,
    }
    async with meeting(era, seats) as hall, anyio.create_task_group() as tasks:
        tasks.start_soon(ask_in_the_background, hall)
        await slow.asked.wait()
        await until_somebody_replied(hall.council)
        shown = [
            text_of(await hall.look_up(dossier_id="latest", wait_s=0, **arguments))
            for arguments in (
                {"detail": "full"},
                {"detail": "transcript"},
                {"detail": "brief"},
                {"ask_id": "r1/melchior"},
            )
        ]
        for tail in ("", "/verdict", "/minority", "/transcript", "/events"):
            shown.append((await hall.read(f"magi://dossiers/latest{tail}")).text)
        slow.may_answer.set()
    assert not any("hidden word" in text for text in shown)
    assert "withheld until the deliberation has ended" in shown[3]
    assert "withheld until the deliberation has ended" in shown[-1]


async def test_of_an_anonymous_deliberation_no_name_is_shown(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        request = Request(question=QUESTION, method="yes_no", anonymous=True)
        sitting = await hall.council.put(request)
        await sitting.wait()
        shown = [
            text_of(page)
            for arguments in ({"detail": "full"}, {"detail": "transcript"})
            for page in await pages(hall, **arguments)
        ]
        shown += [text_of((await pages(hall, ask_id=f"r1/Voice {n}"))[0]) for n in (1, 2, 3)]
        shown.append((await hall.read("magi://dossiers/latest/minority")).text)
        refused = await hall.look_up(dossier_id="latest", ask_id="r1/casper")
        with pytest.raises(Exception, match="anonymous deliberation"):
            await hall.read("magi://dossiers/latest/events")
    for text in [*shown, text_of(refused).replace("'r1/casper'", "")]:
        assert not any(name in text.casefold() for name in ("melchior", "balthasar", "casper"))


async def ask_in_the_background(hall: Meeting) -> None:
    await hall.ask(question=QUESTION, method="yes_no")


async def until_somebody_replied(council: Council) -> None:
    dossier = await council.dossier("latest")
    sitting = council.chamber.sitting(dossier.dossier_id)
    assert sitting is not None
    async for entry in sitting.ledger.follow():
        if entry.event.type == "reply_received":
            return
