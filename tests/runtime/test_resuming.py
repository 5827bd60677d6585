"""Going on where a journal ends, in any process. Semantics R8, R9; architecture, "one call"."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from magi_mcp.core.budget import Purse
from magi_mcp.core.case import Case, Limits
from magi_mcp.core.errors import CallerError, CaseConflict
from magi_mcp.core.events import (
    AskReopened,
    Cancelled,
    CaseOpened,
    Entry,
    LateReply,
    ReplyReceived,
    Resumed,
    RoundAsked,
    RoundClosed,
    RoundRefused,
)
from magi_mcp.core.replies import Answered, Attempt, Failed, Usage
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import JournalPort, SeatPort
from magi_mcp.runtime.chamber import Chamber, open_chamber
from magi_mcp.runtime.record import Record
from magi_mcp.runtime.sitting import Sitting
from magi_mcp.runtime.treasury import Treasury
from magi_mcp.seats.scripted import Script
from tests.core.paper import DOSSIER_ID
from tests.runtime.stage import (
    PATIENCE_S,
    HangingSeat,
    HeldJournal,
    PatientSeat,
    case_of,
    chamber,
    kinds,
    seats_of,
)

YES, NO = {"position": "yes"}, {"position": "no"}
Seats = dict[str, Script | SeatPort]
HALF: Seats = {"ada": [YES], "ben": [YES]}
"""The two who answer at once; the third is played by each test."""


def memory() -> MemoryJournal:
    return MemoryJournal(SystemClock())


@pytest.fixture(autouse=True)
def no_time_to_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is looked at again and again is looked at without a pause."""
    monkeypatch.setattr("magi_mcp.runtime.live.OVERHEAR_EVERY_S", 0)
    monkeypatch.setattr("magi_mcp.runtime.record.LOOK_EVERY_S", 0)


@asynccontextmanager
async def process(owner: str, seats: Seats, journal: JournalPort) -> AsyncIterator[Chamber]:
    """Another process on the same store, as far as the store can tell."""
    with anyio.fail_after(PATIENCE_S):
        async with open_chamber(journal, seats_of(seats), owner) as opened:
            yield opened


async def until(sitting: Sitting, entries: int) -> None:
    async for entry in sitting.follow():
        if entry.seq == entries:
            return


async def interrupted(journal: JournalPort, case: Case | None = None) -> None:
    """Leave a deliberation behind in which the third of three seats has not answered."""
    seats: Seats = {**HALF, "cleo": HangingSeat()}
    async with chamber(seats, journal) as opened:
        await until(await opened.open(case or case_of(seats)), 4)


async def resumed(opened: Chamber) -> Sitting:
    sitting = await opened.resume(DOSSIER_ID, "the user")
    assert sitting is not None
    return sitting


async def test_only_those_are_asked_again_who_had_not_answered() -> None:
    journal = memory()
    await interrupted(journal)
    async with chamber({"ada": [], "ben": [], "cleo": [NO]}, journal) as opened:
        dossier = await (await resumed(opened)).wait()
    assert dossier.status == "decided"
    assert [each.seat for each in dossier.responses] == ["ada", "ben", "cleo"]
    assert dossier.lost_calls == 1
    assert dossier.usage.cost_usd is None, "nobody knows what the call cost that was cut off"
    assert kinds(await journal.read(DOSSIER_ID))[4:] == [
        "resumed",
        "reply_received",
        "verdict_reached",
    ]


async def test_a_cancelled_deliberation_can_be_gone_on_with() -> None:
    journal = memory()
    seats: Seats = {**HALF, "cleo": HangingSeat()}
    async with chamber(seats, journal) as opened:
        sitting = await opened.open(case_of(seats))
        await until(sitting, 4)
        await opened.cancel(sitting, "the user")
    async with chamber({"cleo": [YES]} | HALF, journal) as opened:
        dossier = await (await resumed(opened)).wait()
    assert dossier.status == "decided"
    assert dossier.lost_calls == 1


async def test_a_verdict_is_final() -> None:
    journal = memory()
    seats: Seats = {**HALF, "cleo": [YES]}
    async with chamber(seats, journal) as opened:
        await (await opened.open(case_of(seats))).wait()
        with pytest.raises(CallerError, match="has its verdict, which is final"):
            await opened.resume(DOSSIER_ID, "the user")
        await anyio.wait_all_tasks_blocked()
        assert not await journal.claimed(DOSSIER_ID)


async def test_a_failed_council_is_asked_again() -> None:
    journal = memory()
    fault = Failed(failure="authentication", detail="no key")
    async with chamber({"ada": [fault], "ben": [fault]}, journal) as opened:
        sitting = await opened.open(case_of({"ada": 1, "ben": 1}))
        assert (await sitting.wait()).status == "failed"
    async with chamber({"ada": [YES], "ben": [YES]}, journal) as opened:
        dossier = await (await resumed(opened)).wait()
    assert (dossier.status, dossier.causes) == ("decided", ())
    reopened = [e.event for e in await journal.read(DOSSIER_ID) if e.event.type == "ask_reopened"]
    assert reopened == [
        AskReopened(ask_id="r1/ada", seat="ada"),
        AskReopened(ask_id="r1/ben", seat="ben"),
    ]
    assert len(dossier.rounds[0].superseded) == 2


async def test_what_came_too_late_for_a_council_that_failed_is_not_asked_for_again() -> None:
    journal = memory()
    case = case_of({"ada": 1, "ben": 1})
    paid = Usage(calls=1, tokens_in=10, tokens_out=5, cost_usd=0.01)
    late = Answered(text='{"position": "yes", "argument": "So."}', served_by="m", usage=paid)
    asked = await _first_round(case)
    closed = RoundClosed(round_id="r1", reason="deadline", missing=("r1/ada", "r1/ben"))
    await journal.append(DOSSIER_ID, 0, [CaseOpened(case=case), asked, closed])
    await journal.append(DOSSIER_ID, 3, [LateReply(ask_id="r1/ada", seat="ada", reply=late)])
    async with chamber({"ada": [], "ben": [YES]}, journal) as opened:
        failed = await (await resumed(opened)).wait()
        assert failed.status == "failed", "nobody had seen yet that it failed"
        await anyio.wait_all_tasks_blocked()
        dossier = await (await resumed(opened)).wait()
    assert dossier.status == "decided"
    assert [each.seat for each in dossier.responses] == ["ada", "ben"]
    assert dossier.responses[0].reply.usage.calls == 0, "it was counted when it came"
    assert [each.reply.usage for each in dossier.late] == [paid]


async def _first_round(case: Case) -> RoundAsked:
    other = memory()
    async with chamber({"ada": HangingSeat(), "ben": HangingSeat()}, other) as opened:
        await until(await opened.open(case), 2)
    asked = (await other.read(DOSSIER_ID))[1].event
    assert isinstance(asked, RoundAsked)
    return asked


async def test_of_two_processes_that_go_on_one_wins_and_the_other_is_told() -> None:
    journal = memory()
    await interrupted(journal)
    may = anyio.Event()
    seats: Seats = {**HALF, "cleo": PatientSeat([NO], may)}
    async with process("one", seats, journal) as one, process("two", seats, journal) as two:
        won = await resumed(one)
        assert await two.resume(DOSSIER_ID, "the other") is None
        record = await Record.of(DOSSIER_ID, journal)
        assert record.dossier.status == "running"
        may.set()
        seen = await record.wait()
        assert seen.decision == (await won.wait()).decision is not None
    assert [leg.by for leg in seen.legs] == ["the user"]


async def test_two_callers_of_one_process_go_on_together() -> None:
    journal = memory()
    await interrupted(journal)
    async with chamber({**HALF, "cleo": HangingSeat()}, journal) as opened:
        one, two = await resumed(opened), await resumed(opened)
        assert one is two


async def test_what_was_spent_before_is_spent() -> None:
    case = case_of({"ada": 1}, limits=Limits(max_cost_usd=1.0))
    usage = Usage(calls=1, tokens_in=100, tokens_out=20, cost_usd=0.4)
    attempt = Attempt(model="m", outcome="answered", usage=usage)
    said = Answered(text="x", served_by="m", usage=usage, attempts=(attempt,))
    told = [ReplyReceived(ask_id="r1/ada", seat="ada", reply=said, ballot=None)]
    purse: Purse = Treasury(case, seats_of({}), told=told).purse
    assert (purse.pools[0].spent.tokens, purse.pools[0].spent.cost_usd) == (120, 0.4)


async def test_a_new_leg_has_the_whole_deadline_again() -> None:
    journal = memory()
    await interrupted(journal)
    again = HangingSeat()
    async with chamber({**HALF, "cleo": again}, journal) as opened:
        await resumed(opened)
        await again.reached.wait()
    assert again.asked[0] > 0.7 * Limits().deadline_s


# --- another process ---------------------------------------------------------------------------


async def test_a_cancel_by_another_process_takes_effect_at_once() -> None:
    journal = memory()
    hanging = HangingSeat()
    seats: Seats = {**HALF, "cleo": hanging}
    async with process("one", seats, journal) as one, process("two", {}, journal) as two:
        sitting = await one.open(case_of(seats))
        await until(sitting, 4)
        record = await two.cancel_elsewhere(DOSSIER_ID, "somebody else")
        assert record.dossier.status == "cancelled"
        dossier = await sitting.wait()
        assert hanging.left.is_set()
    assert dossier.status == "cancelled"
    assert [each.seat for each in dossier.responses] == ["ada", "ben"]
    assert kinds(await journal.read(DOSSIER_ID))[-1] == "cancelled"


async def test_both_processes_hear_of_a_cancel_and_whoever_goes_on_of_every_step() -> None:
    journal = memory()
    seats: Seats = {**HALF, "cleo": HangingSeat()}
    heard: dict[str, list[Entry]] = {"one": [], "two": []}
    async with process("one", seats, journal) as one, process("two", seats, journal) as two:
        one.news.listen(lambda case, entry: heard["one"].append(entry))
        two.news.listen(lambda case, entry: heard["two"].append(entry))
        sitting = await one.open(case_of(seats))
        await until(sitting, 4)
        await two.cancel_elsewhere(DOSSIER_ID, "somebody else")
        await sitting.wait()
        again = await resumed(two)
        await until(again, 6)
        await two.cancel(again, "the user")
        entries = await journal.read(DOSSIER_ID)
    assert heard["one"] == [*entries[:5]]
    assert heard["two"] == [*entries[4:]]
    assert [entry.event.type for entry in entries[4:]] == ["cancelled", "resumed", "cancelled"]


async def test_a_reply_that_a_cancel_overtakes_is_kept_and_not_asked_for_again() -> None:
    journal = HeldJournal("cleo")
    seats: Seats = {"ada": HangingSeat(), "cleo": [YES]}
    async with process("one", seats, journal) as one, process("two", {}, journal) as two:
        sitting = await one.open(case_of(seats))
        await journal.holding.wait()
        await two.cancel_elsewhere(DOSSIER_ID, "somebody else")
        journal.may.set()
        dossier = await sitting.wait()
    assert dossier.status == "cancelled"
    assert kinds(await journal.read(DOSSIER_ID))[-2:] == ["cancelled", "reply_received"]
    async with chamber({"ada": [YES], "cleo": []}, journal) as opened:
        assert (await (await resumed(opened)).wait()).status == "decided"


async def test_a_cancel_that_comes_before_the_verdict_is_written_wins() -> None:
    journal = HeldJournal("ada")
    async with process("one", {"ada": [YES]}, journal) as one, process("two", {}, journal) as two:
        sitting = await one.open(case_of({"ada": 1}))
        await journal.holding.wait()
        await two.cancel_elsewhere(DOSSIER_ID, "somebody else")
        journal.may.set()
        assert (await sitting.wait()).status == "cancelled"
    async with chamber({"ada": []}, journal) as opened:
        assert (await (await resumed(opened)).wait()).status == "decided", "nobody is asked again"


async def test_whoever_is_not_running_is_left_alone_by_a_cancel() -> None:
    journal = memory()
    await interrupted(journal)
    async with process("two", {}, journal) as two:
        record = await two.cancel_elsewhere(DOSSIER_ID, "somebody else")
    assert record.dossier.status == "interrupted"
    assert kinds(await journal.read(DOSSIER_ID))[-1] == "reply_received"


async def test_anything_else_that_another_process_writes_ends_ownership() -> None:
    journal = memory()
    seats: Seats = {"ada": HangingSeat()}
    async with chamber(seats, journal) as opened:
        sitting = await opened.open(case_of(seats))
        await until(sitting, 2)
        await journal.append(DOSSIER_ID, 2, [Resumed(by="a thief")])
        with pytest.raises(CaseConflict):
            await sitting.wait()


async def test_a_record_is_followed_to_the_end_that_another_process_writes() -> None:
    journal = memory()
    may = anyio.Event()
    seats: Seats = {**HALF, "cleo": PatientSeat([NO], may)}
    async with process("one", seats, journal) as one:
        sitting = await one.open(case_of(seats))
        await until(sitting, 4)
        record = await Record.of(DOSSIER_ID, journal)
        may.set()
        seen = [entry async for entry in record.follow()]
        await sitting.wait()
    assert seen == list(sitting.entries)


async def test_a_record_whose_driver_is_gone_ends_as_interrupted() -> None:
    journal = memory()
    await interrupted(journal)
    await journal.claim(DOSSIER_ID, "a process that dies", 0.05)
    record = await Record.of(DOSSIER_ID, journal)
    assert record.dossier.status == "running"
    assert (await record.wait()).status == "interrupted"


# --- nobody waits ------------------------------------------------------------------------------

ARGUED = Limits(max_rounds=1, min_rounds=1)


def argued_case(seats: Seats) -> Case:
    return case_of(seats, limits=ARGUED).model_copy(
        update={"protocol": "critique", "procedure": "yes_no/critique@1"}
    )


async def forsaken(journal: JournalPort, *, promised_by: str = "") -> Sitting:
    """Put a case that is argued in a second round, and walk away in the first."""
    may = anyio.Event()
    seats: Seats = {"ada": [YES, YES], "ben": PatientSeat([NO, NO], may)}
    async with process("one", seats, journal) as one:
        sitting = await one.open(argued_case(seats))
        with sitting.attended():
            await until(sitting, 3)
        if promised_by == "this process":
            await sitting.promise()
        if promised_by == "another process":
            await (await Record.of(DOSSIER_ID, journal)).promise()
        may.set()
        await sitting.ledger.closing()
    return sitting


async def test_a_round_that_nobody_waits_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magi_mcp.runtime.sitting.FORSAKEN_AFTER_S", 0)
    journal = memory()
    sitting = await forsaken(journal)
    assert sitting.dossier.status == "interrupted"
    last = sitting.entries[-1].event
    assert last == RoundRefused(round_id="r2", reason="cancelled")
    assert [head.status for head in await journal.heads(1)] == ["interrupted"]
    async with chamber({"ada": [YES], "ben": [NO]}, journal) as opened:
        dossier = await (await resumed(opened)).wait()
    assert dossier.status == "undecided"
    assert dossier.lost_calls == 0, "the round had been finished"


@pytest.mark.parametrize("who", ["this process", "another process"])
async def test_whoever_was_told_that_it_runs_finds_it_done(
    monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    monkeypatch.setattr("magi_mcp.runtime.sitting.FORSAKEN_AFTER_S", 0)
    assert (await forsaken(memory(), promised_by=who)).dossier.status == "undecided"


async def test_a_lost_call_is_forgiven_for_a_minute() -> None:
    assert (await forsaken(memory())).dossier.status == "undecided"


async def test_what_nobody_ever_waited_for_was_put_to_be_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("magi_mcp.runtime.sitting.FORSAKEN_AFTER_S", 0)
    seats: Seats = {"ada": [YES, YES], "ben": [NO, NO]}
    async with chamber(seats) as opened:
        sitting = await opened.open(argued_case(seats))
        await sitting.ledger.closing()
    assert sitting.dossier.status == "undecided"


async def test_a_cancelled_entry_is_the_last_of_its_leg() -> None:
    journal = memory()
    seats: Seats = {"ada": HangingSeat()}
    async with chamber(seats, journal) as opened:
        sitting = await opened.open(case_of(seats))
        await until(sitting, 2)
        await journal.append(DOSSIER_ID, 2, [Cancelled(by="elsewhere")])
        await opened.cancel(sitting, "here")
    assert kinds(await journal.read(DOSSIER_ID))[2:] == ["cancelled"]
