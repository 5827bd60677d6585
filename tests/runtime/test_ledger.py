"""Entries are handed on once, in order, and only when they are durable."""

import anyio

from magi_mcp.core.ballots import Missing
from magi_mcp.core.events import Cancelled, CaseOpened, Entry, ReplyReceived, RoundRefused
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.runtime.ledger import Ledger
from tests.core.paper import DOSSIER_ID, a_case, failed
from tests.runtime.stage import PATIENCE_S, HeldJournal, kinds

OPENED = CaseOpened(case=a_case())
NOTE = RoundRefused(round_id="r1", reason="deadline")
REPLY = ReplyReceived(
    ask_id="r1/ada", seat="ada", reply=failed(), ballot=Missing(reason="timeout: no answer in 60 s")
)
END = Cancelled(by="user")


async def opened(journal: MemoryJournal | None = None) -> Ledger:
    ledger = Ledger(journal or MemoryJournal(SystemClock()), DOSSIER_ID)
    await ledger.write(OPENED)
    return ledger


async def collect(ledger: Ledger, into: list[Entry]) -> None:
    async for entry in ledger.follow():
        into.append(entry)


async def test_every_follower_gets_every_entry_once_and_in_order() -> None:
    ledger = await opened()
    early: list[Entry] = []
    late: list[Entry] = []
    after: list[Entry] = []
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, ledger, early)
            await anyio.wait_all_tasks_blocked()
            await ledger.write(NOTE)
            tasks.start_soon(collect, ledger, late)
            await anyio.wait_all_tasks_blocked()
            await ledger.write(NOTE)
            await ledger.write(END)
            ledger.close()
        await collect(ledger, after)
    assert early == late == after == ledger.entries
    assert [entry.seq for entry in early] == [1, 2, 3, 4]
    assert kinds(early) == ["case_opened", "round_refused", "round_refused", "cancelled"]


async def test_a_slow_follower_misses_nothing_that_was_written_meanwhile() -> None:
    ledger = await opened()
    seen: list[int] = []
    with anyio.fail_after(PATIENCE_S):
        async for entry in ledger.follow():
            seen.append(entry.seq)
            if entry.seq < 4:
                await ledger.write(NOTE)
            else:
                ledger.close()
    assert seen == [1, 2, 3, 4]


async def test_a_follower_that_goes_away_takes_nothing_with_it() -> None:
    ledger = await opened()
    stayed: list[Entry] = []
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, ledger, stayed)
            async for _ in ledger.follow():
                break
            await ledger.write(END)
            ledger.close()
    assert kinds(stayed) == ["case_opened", "cancelled"]


async def test_writers_that_come_at_once_are_written_one_after_another() -> None:
    ledger = await opened()
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(ledger.write, NOTE)
    assert [entry.seq for entry in ledger.entries] == list(range(1, 12))


async def test_a_cancelled_writer_still_writes_what_it_began() -> None:
    journal = HeldJournal("ada")
    ledger = await opened(journal)
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ledger.write, REPLY)
            await journal.holding.wait()
            tasks.cancel_scope.cancel()
            journal.may.set()
    assert kinds(ledger.entries) == ["case_opened", "reply_received"]
    assert await journal.read(DOSSIER_ID) == tuple(ledger.entries)


async def test_an_entry_is_handed_on_only_once_it_is_durable() -> None:
    journal = HeldJournal("ada")
    ledger = await opened(journal)
    seen: list[Entry] = []
    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect, ledger, seen)
            tasks.start_soon(ledger.write, REPLY)
            await journal.holding.wait()
            await anyio.wait_all_tasks_blocked()
            assert kinds(seen) == ["case_opened"]
            journal.may.set()
            await anyio.wait_all_tasks_blocked()
            assert kinds(seen) == ["case_opened", "reply_received"]
            ledger.close()


async def test_what_somebody_else_wrote_first_is_handed_over_and_nothing_is_written() -> None:
    journal = MemoryJournal(SystemClock())
    mine = await opened(journal)
    await journal.append(DOSSIER_ID, 1, [NOTE])
    foreign = await mine.write(END)
    assert [entry.event for entry in foreign] == [NOTE]
    assert kinds(mine.entries) == ["case_opened", "round_refused"]
    assert await mine.write(END) == ()
    assert kinds(await journal.read(DOSSIER_ID)) == ["case_opened", "round_refused", "cancelled"]


async def test_a_ledger_goes_on_from_the_entries_it_is_given() -> None:
    journal = MemoryJournal(SystemClock())
    first = await opened(journal)
    again = Ledger(journal, DOSSIER_ID, await journal.read(DOSSIER_ID))
    await again.write(END)
    assert [entry.seq for entry in again.entries] == [1, 2]
    assert len(first.entries) == 1
