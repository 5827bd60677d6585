"""Deliberations belong to the chamber, not to whoever waits for them. Semantics R8, R9."""

import anyio
import pytest

from magi_mcp.core.case import Seat
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.errors import CaseConflict, StoreError
from magi_mcp.core.events import Cancelled, CaseOpened, Entry
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import SeatPort
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.runtime.sitting import Sitting
from magi_mcp.seats.scripted import FreeSeating, Script
from tests.core.paper import DOSSIER_ID
from tests.runtime.stage import (
    OTHER_ID,
    SOON,
    BrokenSeat,
    FailingJournal,
    HangingSeat,
    HeldJournal,
    PatientSeat,
    case_of,
    chamber,
    kinds,
)

YES = {"position": "yes"}
VOTE: dict[str, Script | SeatPort] = {"ada": [YES], "ben": [YES], "cleo": [{"position": "no"}]}


def memory() -> MemoryJournal:
    return MemoryJournal(SystemClock())


async def follow(sitting: Sitting, into: list[Entry]) -> None:
    async for entry in sitting.ledger.follow():
        into.append(entry)


async def until(sitting: Sitting, entries: int) -> None:
    """Wait until the journal holds so many entries."""
    async for entry in sitting.ledger.follow():
        if entry.seq == entries:
            return


async def test_a_case_is_put_deliberated_and_left_to_the_journal() -> None:
    journal = memory()
    async with chamber(VOTE, journal) as opened:
        sitting = await opened.open(case_of(VOTE))
        assert opened.sitting(DOSSIER_ID) is sitting
        assert await journal.claimed(DOSSIER_ID)
        dossier = await sitting.wait()
        await anyio.wait_all_tasks_blocked()
        assert opened.sitting(DOSSIER_ID) is None
        assert not await journal.claimed(DOSSIER_ID)
    assert dossier.status == "decided"
    assert fold(await journal.read(DOSSIER_ID)).decision == dossier.decision


async def test_waiting_again_gives_the_same_dossier() -> None:
    async with chamber(VOTE) as opened:
        sitting = await opened.open(case_of(VOTE))
        first, second = await sitting.wait(), await sitting.wait()
    assert first.decision == second.decision == sitting.dossier.decision


async def test_a_caller_that_goes_away_stops_nothing() -> None:
    may = anyio.Event()
    seats: dict[str, Script | SeatPort] = {**VOTE, "cleo": PatientSeat([YES], may)}
    async with chamber(seats) as opened:
        sitting = await opened.open(case_of(seats))
        with anyio.CancelScope() as call:
            async with anyio.create_task_group() as callers:
                callers.start_soon(sitting.wait)
                await until(sitting, 4)
                call.cancel()
        assert sitting.dossier.status == "running"
        may.set()
        assert (await sitting.wait()).status == "decided"


async def test_followers_see_every_entry_once_from_the_first_to_the_last() -> None:
    may = anyio.Event()
    seats: dict[str, Script | SeatPort] = {**VOTE, "cleo": PatientSeat([YES], may)}
    seen: list[list[Entry]] = [[], []]
    async with chamber(seats) as opened:
        sitting = await opened.open(case_of(seats))
        async with anyio.create_task_group() as followers:
            followers.start_soon(follow, sitting, seen[0])
            await until(sitting, 4)
            followers.start_soon(follow, sitting, seen[1])
            may.set()
    assert seen[0] == seen[1] == sitting.ledger.entries
    assert kinds(seen[0]) == [
        "case_opened",
        "round_asked",
        *["reply_received"] * 3,
        "verdict_reached",
    ]


async def test_an_explicit_cancel_keeps_what_had_arrived() -> None:
    hanging = HangingSeat()
    seats: dict[str, Script | SeatPort] = {**VOTE, "cleo": hanging}
    journal = memory()
    async with chamber(seats, journal) as opened:
        sitting = await opened.open(case_of(seats))
        await until(sitting, 4)
        await opened.cancel(sitting, "the user")
        assert hanging.left.is_set()
        dossier = await sitting.wait()
        await anyio.wait_all_tasks_blocked()
        assert not await journal.claimed(DOSSIER_ID)
    assert dossier.status == "cancelled"
    assert sorted(response.seat for response in dossier.responses) == ["ada", "ben"]
    assert sitting.ledger.entries[-1].event == Cancelled(by="the user")
    assert tuple(sitting.ledger.entries) == await journal.read(DOSSIER_ID)


async def test_a_cancel_may_come_before_anybody_was_asked() -> None:
    hanging = HangingSeat()
    async with chamber({"ada": hanging}) as opened:
        sitting = await opened.open(case_of({"ada": hanging}))
        await opened.cancel(sitting, "the user")
        assert (await sitting.wait()).status == "cancelled"
    assert kinds(sitting.ledger.entries) == ["case_opened", "cancelled"]
    assert hanging.asked == []


async def test_a_cancel_that_comes_too_late_changes_no_verdict() -> None:
    async with chamber(VOTE) as opened:
        sitting = await opened.open(case_of(VOTE))
        before = await sitting.wait()
        await opened.cancel(sitting, "the user")
        assert sitting.dossier == before
    assert sitting.dossier.status == "decided"


async def test_a_reply_that_is_being_written_when_the_cancel_comes_is_kept() -> None:
    journal = HeldJournal("cleo")
    hanging: dict[str, Script | SeatPort] = {**VOTE, "ada": HangingSeat()}
    async with chamber(hanging, journal) as opened:
        sitting = await opened.open(case_of(hanging))
        await journal.holding.wait()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(opened.cancel, sitting, "the user")
            await anyio.wait_all_tasks_blocked()
            journal.may.set()
        dossier = await sitting.wait()
    assert "cleo" in [response.seat for response in dossier.responses]
    assert kinds(sitting.ledger.entries)[-1] == "cancelled"
    Deliberation.restore(entry.event for entry in sitting.ledger.entries)


async def test_a_seat_that_cannot_be_made_opens_nothing() -> None:
    journal = memory()

    def no_seat(seat: Seat) -> SeatPort:
        raise LookupError(f"no seat {seat.name}")

    async with open_chamber(journal, FreeSeating(no_seat), "owner") as opened:
        with pytest.raises(LookupError, match="no seat ada"):
            await opened.open(case_of(VOTE))
    assert await journal.read(DOSSIER_ID) == ()
    assert not await journal.claimed(DOSSIER_ID)


async def test_a_case_that_cannot_be_written_asks_nobody() -> None:
    hanging = HangingSeat()
    async with chamber({"ada": hanging}, FailingJournal(from_seq=1)) as opened:
        with pytest.raises(StoreError, match="disk is full"):
            await opened.open(case_of({"ada": hanging}))
        assert opened.sitting(DOSSIER_ID) is None
    assert hanging.asked == []


async def test_a_case_that_cannot_be_written_is_not_claimed_any_longer() -> None:
    journal = FailingJournal(from_seq=1, conflict=True)
    async with chamber(VOTE, journal) as opened:
        with pytest.raises(CaseConflict):
            await opened.open(case_of(VOTE))
    assert not await journal.claimed(DOSSIER_ID)


async def test_a_dossier_that_somebody_else_drives_is_not_opened() -> None:
    journal = memory()
    await journal.claim(DOSSIER_ID, "somebody else", 60)
    async with chamber(VOTE, journal) as opened:
        with pytest.raises(CaseConflict):
            await opened.open(case_of(VOTE))
    assert await journal.read(DOSSIER_ID) == ()


async def test_a_foreign_entry_breaks_a_deliberation_off_and_no_other() -> None:
    journal = FailingJournal(from_seq=4, conflict=True, dossier_id=DOSSIER_ID)
    may = anyio.Event()
    seats: dict[str, Script | SeatPort] = {"ada": PatientSeat([YES], may)}
    async with chamber({**VOTE, **seats}, journal) as opened:
        broken = await opened.open(case_of(VOTE))
        other = await opened.open(case_of(seats, dossier_id=OTHER_ID))
        with pytest.raises(CaseConflict, match="entry 4 was written by somebody else"):
            await broken.wait()
        may.set()
        assert (await other.wait()).status == "decided"
    assert broken.dossier.status == "interrupted"
    assert not await journal.claimed(DOSSIER_ID)


async def test_a_store_that_fails_is_named_to_the_caller_and_harms_no_other_deliberation() -> None:
    journal = FailingJournal(from_seq=3, dossier_id=DOSSIER_ID)
    seen: list[Entry] = []
    async with chamber(VOTE, journal) as opened:
        broken = await opened.open(case_of(VOTE))
        await follow(broken, seen)
        with pytest.raises(StoreError, match="disk is full"):
            await broken.wait()
        await anyio.wait_all_tasks_blocked()
        assert opened.sitting(DOSSIER_ID) is None
        journal.failed = False
        other = await opened.open(case_of(VOTE, dossier_id=OTHER_ID))
        assert (await other.wait()).status == "decided"
    assert kinds(seen) == ["case_opened", "round_asked"]


async def test_a_cancel_that_cannot_be_written_still_ends_the_deliberation() -> None:
    hanging: dict[str, Script | SeatPort] = {"ada": HangingSeat()}
    async with chamber(hanging, FailingJournal(from_seq=3)) as opened:
        sitting = await opened.open(case_of(hanging))
        await until(sitting, 2)
        await opened.cancel(sitting, "the user")
        with pytest.raises(StoreError, match="disk is full"):
            await sitting.wait()
        assert sitting.dossier.status == "interrupted"


async def test_a_fault_of_ours_reaches_whoever_waits_and_ends_there() -> None:
    faulty: dict[str, Script | SeatPort] = {"ada": BrokenSeat(), "ben": HangingSeat()}
    async with chamber({**faulty, "cleo": [YES]}) as opened:
        sitting = await opened.open(case_of(faulty))
        with pytest.raises(ZeroDivisionError):
            await sitting.wait()
        other = await opened.open(case_of({"cleo": 1}, dossier_id=OTHER_ID))
        assert (await other.wait()).status == "decided"
    assert sitting.dossier.status == "interrupted"


async def test_a_shutdown_interrupts_and_does_not_cancel() -> None:
    hanging: dict[str, Script | SeatPort] = {**VOTE, "cleo": HangingSeat()}
    journal = memory()
    async with chamber(hanging, journal) as opened:
        sitting = await opened.open(case_of(hanging))
        await until(sitting, 4)
    assert sitting.dossier.status == "interrupted"
    assert sitting.cancelled_by is None
    entries = await journal.read(DOSSIER_ID)
    assert kinds(entries) == ["case_opened", "round_asked", "reply_received", "reply_received"]
    assert not await journal.claimed(DOSSIER_ID), "whoever comes next need not wait for it"
    restored = Deliberation.restore(entry.event for entry in entries)
    assert [ask.seat for ask in restored.pending] == ["cleo"]


async def test_a_claim_that_was_lost_ends_the_deliberation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magi_mcp.runtime.chamber.CLAIM_TTL_S", 0.03)
    hanging: dict[str, Script | SeatPort] = {"ada": HangingSeat()}
    journal = memory()
    async with chamber(hanging, journal) as opened:
        sitting = await opened.open(case_of(hanging))
        await journal.release(DOSSIER_ID, "owner")
        await journal.claim(DOSSIER_ID, "somebody else", 60)
        with pytest.raises(CaseConflict):
            await sitting.wait()


async def test_a_claim_is_renewed_for_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magi_mcp.runtime.chamber.CLAIM_TTL_S", 0.06)
    hanging: dict[str, Script | SeatPort] = {"ada": HangingSeat()}
    journal = memory()
    async with chamber(hanging, journal) as opened:
        sitting = await opened.open(case_of(hanging, limits=SOON))
        claimed = [await journal.claimed(DOSSIER_ID) async for _ in sitting.ledger.follow()]
        assert (await sitting.wait()).status == "failed"
    assert kinds(sitting.ledger.entries)[-2:] == ["round_closed", "council_failed"]
    assert claimed[2], "the round was closed long after the first claim had run out"


async def test_deliberations_in_one_chamber_know_nothing_of_each_other() -> None:
    async with chamber({**VOTE, "dora": [{"position": "no"}]}) as opened:
        one = await opened.open(case_of(VOTE))
        two = await opened.open(case_of({"dora": 1}, dossier_id=OTHER_ID))
        first: Dossier = await one.wait()
        second: Dossier = await two.wait()
    assert (first.dossier_id, second.dossier_id) == (DOSSIER_ID, OTHER_ID)
    assert [len(d.responses) for d in (first, second)] == [3, 1]
    assert [d.decision.ruling for d in (first, second) if d.decision] == ["yes", "no"]


async def test_the_case_is_the_first_entry_of_its_journal() -> None:
    async with chamber(VOTE) as opened:
        case = case_of(VOTE)
        sitting = await opened.open(case)
        assert sitting.ledger.entries[0].event == CaseOpened(case=case)
        await sitting.wait()
