"""Calls that their round did not wait for: they go on, count for nothing, and never outlast it."""

from collections.abc import Awaitable, Callable, Mapping

import anyio
import pytest
from anyio.lowlevel import checkpoint

from magi_mcp.core.asks import BALLOT_PURPOSES, Ask, Purpose
from magi_mcp.core.ballots import Missing
from magi_mcp.core.case import Case, Limits, RapporteurRule
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.errors import StoreError
from magi_mcp.core.events import LateReply, ReplyReceived, RoundClosed
from magi_mcp.core.replies import Reply
from magi_mcp.core.report import markdown
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import JournalPort, SeatPort
from magi_mcp.runtime.sitting import Sitting
from magi_mcp.seats.scripted import Line, Script
from tests.core.paper import DOSSIER_ID, a_case, failed, said, voted
from tests.runtime.stage import FailingJournal, HangingSeat, chamber, driven, kinds

EARLY = Limits(early_close=True, min_rounds=1, max_rounds=1)
"""The rebuttal is closed as soon as two of three agree."""

BRIEF = Limits(deadline_s=0.6, timeout_s=60)
"""The blind round closes after 0.45 s, and 0.15 s are kept for concluding."""

YES: Line = {"position": "yes", "argument": "It was rehearsed."}
THOUGHTS = voted("no", "Wait, I was still thinking.").model_copy(update={"served_by": "m"})
Seats = Mapping[str, Script | SeatPort]


class Member:
    """Takes its ``position`` at once, but answers the ``slow`` purpose only when it ``may``.

    Asked to serve, it lets the slow ones speak, and waits ``until`` something before it serves.
    """

    def __init__(
        self,
        position: str,
        may: anyio.Event,
        *,
        slow: Purpose | None = None,
        serves: str = "",
        until: Callable[[], Awaitable[None]] = anyio.wait_all_tasks_blocked,
    ) -> None:
        self._position = position
        self._may = may
        self._slow = slow
        self._serves = serves
        self._until = until
        self.left = anyio.Event()

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        if ask.purpose == self._slow:
            try:
                await self._may.wait()
            finally:
                self.left.set()
            return THOUGHTS
        if ask.purpose not in BALLOT_PURPOSES:
            self._may.set()
            await self._until()
            return said(self._serves, served_by="m")
        return voted(self._position).model_copy(update={"served_by": "m"})


def council(may: anyio.Event) -> dict[str, SeatPort]:
    """Three who agree, one of whom takes its time over the rebuttal; any of them can write."""
    written = '{"text": "We ship."}'
    return {
        "ada": Member("yes", may, serves=written),
        "ben": Member("yes", may, serves=written),
        "cleo": Member("yes", may, slow="rebuttal", serves=written),
    }


def hurried(*, rapporteur: RapporteurRule = "auto") -> Case:
    return a_case(protocol="critique", limits=EARLY, rapporteur=rapporteur)


async def held(case: Case, seats: Seats, journal: JournalPort | None = None) -> Sitting:
    async with chamber(seats, journal) as opened:
        sitting = await opened.open(case)
        await sitting.wait()
    return sitting


def late(sitting: Sitting) -> list[LateReply]:
    events = [entry.event for entry in sitting.ledger.entries]
    return [event for event in events if isinstance(event, LateReply)]


async def test_a_call_goes_on_while_the_council_concludes_and_counts_for_nothing() -> None:
    sitting = await held(hurried(rapporteur="always"), council(anyio.Event()))
    assert late(sitting) == [LateReply(ask_id="r2/cleo", seat="cleo", reply=THOUGHTS)]
    entries = sitting.ledger.entries
    assert kinds(entries)[-3:] == ["late_reply", "reply_received", "verdict_reached"]
    decision = sitting.dossier.decision
    assert decision is not None
    assert (decision.outcome, decision.ruling) == ("majority", "yes")
    assert Deliberation.restore(entry.event for entry in entries).ended


async def test_what_a_late_reply_cost_is_on_the_bill_and_its_words_are_in_the_report() -> None:
    dossier = (await held(hurried(rapporteur="always"), council(anyio.Event()))).dossier
    served = [r for r in dossier.responses if r.seat == "cleo"]
    assert dossier.usage_of(["cleo"]).calls == len(served) + 1
    assert dossier.usage.cost_usd is not None
    report = markdown(dossier)
    assert "| Cleo | yes | *late* |" in report
    told = "**Cleo** replied after the round was closed, so what it said counts for nothing:"
    assert told in report
    assert "Wait, I was still thinking." in report


async def test_a_call_that_does_not_end_in_time_is_stopped_before_the_verdict() -> None:
    never = anyio.Event()
    seats = council(never)
    sitting = await held(hurried(), seats)
    cleo = seats["cleo"]
    assert isinstance(cleo, Member)
    assert cleo.left.is_set()
    assert late(sitting) == []
    assert kinds(sitting.ledger.entries)[-2:] == ["round_closed", "verdict_reached"]
    assert sitting.dossier.usage.cost_usd is None, "nobody knows what a cut-off call cost"


async def test_a_round_closed_by_the_deadline_leaves_its_calls_running_too() -> None:
    journal, may = MemoryJournal(SystemClock()), anyio.Event()

    async def late_is_written() -> None:
        while not any(e.event.type == "late_reply" for e in await journal.read(DOSSIER_ID)):
            await checkpoint()

    groups = '{"groups": [[1], [2]]}'
    seats = {
        "ada": Member("Ship", may, serves=groups, until=late_is_written),
        "ben": Member("Wait", may, serves=groups, until=late_is_written),
        "cleo": Member("Wait", may, slow="answer"),
    }
    sitting = await held(a_case("majority", limits=BRIEF), seats, journal)
    closed = [e.event for e in sitting.ledger.entries if isinstance(e.event, RoundClosed)]
    assert (closed[0].reason, closed[0].missing) == ("deadline", ("r1/cleo",))
    assert [event.ask_id for event in late(sitting)] == ["r1/cleo"]
    assert sitting.dossier.decision is not None
    assert sitting.dossier.decision.degraded


async def test_a_cancel_stops_calls_that_are_late_as_well() -> None:
    serving, never = HangingSeat(), anyio.Event()

    class Rapporteur(Member):
        async def ask(self, ask: Ask, deadline_s: float) -> Reply:
            if ask.purpose == "ruling":
                return await serving.ask(ask, deadline_s)
            return await super().ask(ask, deadline_s)

    slow = Rapporteur("yes", never, slow="rebuttal")
    seats = {"ada": Rapporteur("yes", never), "ben": Rapporteur("yes", never), "cleo": slow}
    async with chamber(seats) as opened:
        sitting = await opened.open(hurried(rapporteur="always"))
        await serving.reached.wait()
        assert not slow.left.is_set(), "it goes on while the ruling is written"
        await opened.cancel(sitting, "the user")
        assert slow.left.is_set()
        assert serving.left.is_set()
        dossier = await sitting.wait()
    assert dossier.status == "cancelled"
    assert kinds(sitting.ledger.entries)[-1] == "cancelled"
    assert late(sitting) == []


async def test_a_journal_that_fails_leaves_no_call_behind() -> None:
    seats = council(anyio.Event())
    verdict_at = 10
    async with chamber(seats, FailingJournal(verdict_at)) as opened:
        sitting = await opened.open(hurried())
        with pytest.raises(StoreError, match="the disk is full"):
            await sitting.wait()
        cleo = seats["cleo"]
        assert isinstance(cleo, Member)
        assert cleo.left.is_set()
    assert kinds(sitting.ledger.entries)[-1] == "round_closed"


async def test_no_task_is_left_once_the_verdict_is_there() -> None:
    async with chamber(council(anyio.Event())) as opened:
        before = {task.id for task in anyio.get_running_tasks()}
        sitting = await opened.open(hurried())
        await sitting.wait()
        await anyio.wait_all_tasks_blocked()
        assert {task.id for task in anyio.get_running_tasks()} == before


async def test_a_deliberation_goes_on_after_a_crash_between_enough_and_the_closing() -> None:
    sitting = await held(hurried(), council(anyio.Event()))
    whole = [entry.event for entry in sitting.ledger.entries]
    place = next(n for n, event in enumerate(whole) if isinstance(event, RoundClosed))
    assert isinstance(whole[place - 1], ReplyReceived)
    assert await driven(hurried(), {}, after=whole[:place]) == whole, "nobody is asked again"


async def test_a_seat_that_gives_up_in_time_says_itself_what_went_wrong() -> None:
    class Punctual:
        """Gives up at the end of the time it was told."""

        async def ask(self, ask: Ask, deadline_s: float) -> Reply:
            with anyio.move_on_after(deadline_s):
                await anyio.sleep_forever()
            return failed("timeout", "openai/c: no answer in time")

    seats: Seats = {"ada": [YES], "ben": [YES], "cleo": Punctual()}
    sitting = await held(a_case(limits=BRIEF), seats)
    assert "round_closed" not in kinds(sitting.ledger.entries)
    (cleo,) = [r for r in sitting.dossier.responses if r.seat == "cleo"]
    assert cleo.ballot == Missing(reason="timeout: openai/c: no answer in time")
