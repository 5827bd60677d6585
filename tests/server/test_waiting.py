"""What a waiting client is told, and what becomes of a deliberation nobody waits for."""

from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest
from mcp import MCPError
from mcp_types import REQUEST_TIMEOUT

from magi_mcp.convening import Request
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits, Seat
from magi_mcp.core.errors import NoSeats
from magi_mcp.core.replies import Failed, Reply
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import Line, Script, ScriptedSeat
from magi_mcp.server.app import load_ahead
from magi_mcp.service import Council
from tests.cli import verdicts
from tests.server.meeting import (
    SHIP,
    SPLIT,
    Era,
    Meeting,
    PatientSeat,
    meeting,
    text_of,
    verdict_in,
    with_bylaws,
)
from tests.support.councils import ballot, scripted_council
from tests.support.log_lines import lines_of


async def test_every_round_and_every_reply_is_told_in_order(era: Era) -> None:
    async with meeting(era, SPLIT, limits=Limits(max_rounds=1)) as hall:
        await hall.ask(question="q", method="yes_no", protocol="critique")
    assert hall.told == [
        (1, 3, "round 1, blind: asking 2 seats"),
        (2, 3, "round 1, blind: Melchior has answered, 1 of 2"),
        (3, 3, "round 1, blind: Balthasar has answered, 2 of 2"),
        (4, 6, "round 2, reading one another: asking 2 seats"),
        (5, 6, "round 2, reading one another: Melchior has answered, 1 of 2"),
        (6, 6, "round 2, reading one another: Balthasar has answered, 2 of 2"),
    ]


async def test_progress_names_who_failed_and_tells_no_vote(era: Era) -> None:
    def out_of_order(ask: Ask) -> Failed:
        return Failed(failure="server", detail="500: SECRET-CAUSE")

    scripts: dict[str, Script] = {
        "melchior": [ballot("SECRET-POSITION", "SECRET-ARGUMENT")],
        "balthasar": out_of_order,
    }
    async with meeting(era, scripts) as hall:
        await hall.ask(question="q")
    messages = [message for _, _, message in hall.told]
    assert messages == [
        "round 1, blind: asking 2 seats",
        "round 1, blind: Melchior has answered, 1 of 2",
        "round 1, blind: Balthasar could not answer, 2 of 2",
    ]


async def test_grouping_answers_is_told_as_what_it_is(era: Era) -> None:
    def answer(ask: Ask) -> Line:
        if ask.purpose == "grouping":
            return "no groups here"
        return ballot(f"the view of {ask.seat}")

    async with meeting(era, {"melchior": answer, "balthasar": answer}) as hall:
        await hall.ask(question="q", method="majority")
    messages = [message or "" for _, _, message in hall.told]
    assert "comparing the answers of round 1: asking 1 seat" in messages
    assert any(message.endswith("has answered, 1 of 1") for message in messages)


async def test_a_round_closed_by_the_deadline_is_told_and_progress_still_grows(era: Era) -> None:
    scripts: dict[str, Script | SeatPort] = {
        "melchior": [ballot("yes")],
        "balthasar": [ballot("yes")],
        "casper": PatientSeat([]),
    }
    limits = Limits(deadline_s=0.2, timeout_s=0.1)
    async with meeting(era, scripts, limits=limits) as hall:
        result = await hall.ask(question="q", method="yes_no")
    assert verdict_in(result)["status"] == "decided"
    assert hall.told[-1:] == [(4, 4, "round 1, blind: closed by the deadline, 2 of 3")]
    steps = [done for done, _, _ in hall.told]
    assert steps == sorted(set(steps))


async def test_a_first_round_that_cannot_be_paid_is_not_called_a_further_one(era: Era) -> None:
    async with meeting(era, SHIP, limits=Limits(max_tokens=50)) as hall:
        await hall.ask(question="q", method="yes_no")
    assert hall.told == [(1, 1, "no round is asked: the budget does not allow it")]


async def test_a_call_that_is_cancelled_leaves_the_deliberation_running(era: Era) -> None:
    slow = PatientSeat([ballot("yes")])
    async with meeting(era, {"melchior": [ballot("yes")], "balthasar": slow}) as hall:
        await _begin_and_walk_away(hall, slow)
        running = await hall.look_up(dossier_id="latest", wait_s=0)
        assert not running.is_error
        assert verdict_in(running)["status"] == "running"
        assert verdict_in(running)["progress"]["answered"] == 1
        assert verdict_in(running)["tally"] == [], "no partial votes"
        assert text_of(running).startswith("RUNNING: round 1 (at most 4), 1 of 2 seats have")
        assert "get_dossier(" in verdict_in(running)["next_step"]

        sitting = hall.council.chamber.sitting(verdict_in(running)["dossier_id"])
        assert sitting is not None
        slow.may_answer.set()
        await sitting.wait()
        ended = await hall.look_up(dossier_id=verdict_in(running)["dossier_id"][-8:])
    assert verdict_in(ended)["status"] == "decided"
    assert verdict_in(ended)["calls"] == 2


async def test_a_call_that_timed_out_at_the_client_is_found_again(era: Era) -> None:
    slow = PatientSeat([ballot("yes")])
    async with meeting(era, {"melchior": slow}) as hall:
        with pytest.raises(MCPError) as refusal:
            await hall.client.call_tool(
                "deliberate", {"question": "q", "method": "yes_no"}, read_timeout_seconds=0.1
            )
        running = await hall.look_up(dossier_id="latest", wait_s=0)
    assert refusal.value.code == REQUEST_TIMEOUT
    assert verdict_in(running)["status"] == "running"


async def _begin_and_walk_away(hall: Meeting, slow: PatientSeat) -> None:
    """Call ``deliberate`` and cancel the call once the slow seat is asked."""

    async def call() -> None:
        with leaving:
            await hall.ask(question="q", method="yes_no")

    leaving = anyio.CancelScope()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await slow.asked.wait()
        await anyio.wait_all_tasks_blocked()
        leaving.cancel()


class Library:
    """A model library that is loaded when it is told to be; ``begun`` says that loading began."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.begun = anyio.Event()
        self.arrived = anyio.Event()
        self.loads = 0
        self._fault = fault

    @property
    def loaded(self) -> bool:
        return self.arrived.is_set()

    async def load(self) -> None:
        self.loads += 1
        self.begun.set()
        if self._fault is not None:
            raise self._fault
        await self.arrived.wait()


class LibrarySeat:
    """A seat that waits for the library, as seats served by models do."""

    def __init__(self, library: Library, script: Script) -> None:
        self._library = library
        self._script = ScriptedSeat(script)

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        await self._library.arrived.wait()
        return await self._script.ask(ask, deadline_s)


def _served_by_models(library: Library) -> Callable[[Council], Council]:
    seats = (Seat(name="melchior", model="openai/gpt-x"),)

    def change(council: Council) -> Council:
        bylaws = replace(council.bylaws, seats_for=lambda request: seats)
        return replace(council, bylaws=bylaws, models=library)

    return change


async def test_the_library_loads_by_itself_once_the_client_was_greeted(era: Era) -> None:
    library = Library()
    async with meeting(era, SHIP, change=_served_by_models(library)) as hall:
        await hall.client.list_tools()
        with anyio.fail_after(5):
            await library.begun.wait()
        library.arrived.set()
    assert library.loads == 1


async def test_a_call_before_the_models_are_loaded_waits_and_says_so(era: Era) -> None:
    library = Library()
    seats = {"melchior": LibrarySeat(library, [ballot("yes")])}
    async with meeting(era, seats, change=_served_by_models(library)) as hall:

        async def load_when_told() -> None:
            await library.begun.wait()
            assert [message for _, _, message in hall.told] == [
                "loading models",
                "round 1, blind: asking 1 seat",
            ]
            library.arrived.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(load_when_told)
            result = await hall.ask(question="q", method="yes_no")
        told = hall.told[:]
        hall.told.clear()
        await hall.ask(question="q", method="yes_no")
    assert verdict_in(result)["status"] == "decided"
    assert told == [
        (0.5, None, "loading models"),
        (1, 2, "round 1, blind: asking 1 seat"),
        (2, 2, "round 1, blind: Melchior has answered, 1 of 1"),
    ]
    assert "loading models" not in [message for _, _, message in hall.told]


def _nobody(request: Request) -> tuple[Seat, ...]:
    raise NoSeats("nobody sits on the council.")


def _seated_by(*models: str) -> Callable[[Request], tuple[Seat, ...]]:
    seats = tuple(Seat(name=f"seat-{n}", model=model) for n, model in enumerate(models))
    return lambda request: seats


@pytest.mark.parametrize(
    ("seats_for", "loads"),
    [
        pytest.param(_seated_by("scripted/a", "openai/gpt-x"), 1, id="a model among them"),
        pytest.param(_seated_by("scripted/a", "scripted/b"), 0, id="scripted"),
        pytest.param(_nobody, 0, id="nobody"),
    ],
)
async def test_only_a_council_with_models_loads_their_library_ahead(
    seats_for: Callable[[Request], tuple[Seat, ...]], loads: int
) -> None:
    library, greeted = Library(), anyio.Event()
    library.arrived.set()
    greeted.set()
    async with scripted_council(SHIP) as council:
        bylaws = replace(council.bylaws, seats_for=seats_for)
        await load_ahead(replace(council, bylaws=bylaws, models=library), greeted)
    assert library.loads == loads


async def test_the_library_is_left_alone_until_the_client_was_greeted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("magi_mcp.server.app._AFTER_GREETING_S", 0)
    library, greeted = Library(), anyio.Event()
    library.arrived.set()
    async with scripted_council(SHIP) as council, anyio.create_task_group() as tasks:
        tasks.start_soon(load_ahead, _served_by_models(library)(council), greeted)
        await anyio.wait_all_tasks_blocked()
        before = library.loads
        greeted.set()
    assert (before, library.loads) == (0, 1)


async def test_a_scripted_council_never_speaks_of_loading(era: Era) -> None:
    library = Library()
    async with meeting(era, SHIP, change=lambda council: replace(council, models=library)) as hall:
        await hall.ask(question="q", method="yes_no")
    assert hall.told[:1] == [(1, 4, "round 1, blind: asking 3 seats")]


async def test_a_library_that_cannot_be_loaded_leaves_the_dossiers_readable(
    era: Era, caplog: pytest.LogCaptureFixture
) -> None:
    library = Library(fault=ImportError("no module named litellm"))
    async with meeting(era, SHIP, change=_served_by_models(library)) as hall:
        await hall.client.list_tools()
        with anyio.fail_after(5):
            await library.begun.wait()
        await anyio.wait_all_tasks_blocked()
        index = await hall.read("magi://dossiers")
    assert index.text.startswith("# Dossiers")
    assert [line["event"] for line in lines_of(caplog)] == ["the models' library cannot be loaded"]


async def test_what_the_configuration_ignored_is_logged(
    era: Era, caplog: pytest.LogCaptureFixture
) -> None:
    warnings = ("./magi.toml: seats are not taken from there.",)
    change = with_bylaws(lambda bylaws: replace(bylaws, warnings=warnings))
    async with meeting(era, SHIP, change=change):
        pass
    assert [line["event"] for line in lines_of(caplog)] == list(warnings)


async def test_what_concludes_may_use_the_time_that_rounds_leave(era: Era) -> None:
    scripts: dict[str, Script | SeatPort] = {
        "melchior": verdicts.seat("Ship", "It is safe.", text="Both see the rollback."),
        "balthasar": verdicts.seat("Ship", "It is safe.", text="Both see the rollback."),
        "casper": PatientSeat([]),  # never answers, so the round lasts as long as rounds may
    }
    limits = Limits(deadline_s=0.4, timeout_s=0.3, max_rounds=0)
    async with meeting(era, scripts, limits=limits) as hall:
        result = await hall.ask(question="q", method="synthesis")
    assert verdict_in(result)["answer"] == "Both see the rollback."
    assert verdict_in(result)["calls"] == 4
