"""The SQLite store's writer and readers: what shares a commit, what waits, what is let go."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from magi_mcp.core.errors import CaseConflict, StoreError
from magi_mcp.core.events import Entry
from magi_mcp.journal import SqliteJournal, store_file, tables
from tests.journal.conftest import OpenStore
from tests.journal.samples import ManualClock, dossier_id, opened, reply, texts

FIRST, SECOND, THIRD = dossier_id(1), dossier_id(2), dossier_id(3)


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[sqlite3.Connection]:
    """Meanwhile another program is writing to the store; what it writes is then rolled back."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")
        connection.close()


async def begun(*appends: "asyncio.Task[tuple[Entry, ...]]") -> None:
    """Return once the tasks have run as far as they can."""
    await asyncio.sleep(0)
    assert not any(append.done() for append in appends)


async def test_what_waits_while_a_commit_is_written_shares_the_next_one(
    store: SqliteJournal,
) -> None:
    before = store.commits
    async with held(store.path):
        appends = [
            asyncio.create_task(store.append(dossier_id(n), 0, [opened(dossier_id(n))]))
            for n in range(100)
        ]
        await begun(*appends)
    await asyncio.gather(*appends)
    assert store.commits - before <= 2
    assert len(await store.heads(200)) == 100


async def test_an_append_returns_only_once_others_can_read_it(
    store: SqliteJournal, open_store: OpenStore
) -> None:
    elsewhere = await open_store()
    for seq in range(20):
        await store.append(FIRST, seq, [reply(str(seq)) if seq else opened(FIRST)])
        assert len(await elsewhere.read(FIRST)) == seq + 1


async def test_a_conflict_is_its_own_and_harms_none_that_share_its_commit(
    store: SqliteJournal,
) -> None:
    await store.append(FIRST, 0, [opened(FIRST)])
    async with held(store.path):
        appends = [
            asyncio.create_task(store.append(SECOND, 0, [opened(SECOND)])),
            asyncio.create_task(store.append(FIRST, 0, [opened(FIRST)])),
            asyncio.create_task(store.append(FIRST, 1, [reply("a")])),
            asyncio.create_task(store.append(FIRST, 1, [reply("too late")])),
            asyncio.create_task(store.append(SECOND, 7, [reply("a gap")])),
            asyncio.create_task(store.append(THIRD, 0, [opened(THIRD)])),
        ]
        await begun(*appends)
    done = await asyncio.gather(*appends, return_exceptions=True)
    kinds = [type(each) for each in done]
    assert kinds == [tuple, CaseConflict, tuple, CaseConflict, StoreError, tuple]
    assert texts([entry.event for entry in await store.read(FIRST)]) == ["a"]
    assert len(await store.heads(10)) == 3


async def test_a_full_disk_is_told_and_costs_only_what_did_not_fit(store: SqliteJournal) -> None:
    await store.append(FIRST, 0, [opened(FIRST)])
    await store._writer.run(partial(limit_pages, 10))
    async with held(store.path):
        appends = [
            asyncio.create_task(store.append(SECOND, 0, [opened(SECOND)])),
            asyncio.create_task(store.append(FIRST, 1, [reply("x" * 1_000_000)])),
            asyncio.create_task(store.append(THIRD, 0, [opened(THIRD)])),
        ]
        await begun(*appends)
    fits, does_not, fits_too = await asyncio.gather(*appends, return_exceptions=True)
    assert isinstance(fits, tuple)
    assert isinstance(fits_too, tuple)
    assert isinstance(does_not, StoreError)
    assert "Free some space" in str(does_not)
    assert len(await store.read(FIRST)) == 1
    await store._writer.run(partial(limit_pages, 100_000))
    await store.append(FIRST, 1, [reply("x" * 1_000_000)])


def limit_pages(more: int, connection: sqlite3.Connection) -> None:
    """Let the file grow by so many pages and no further, as a full disk would."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + more}")


async def test_a_store_that_stays_locked_is_told_and_can_be_used_afterwards(
    path: Path, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_file, "BUSY_TIMEOUT_S", 0.01)
    store = await open_store()
    async with held(path):
        with pytest.raises(StoreError, match="is held by another process"):
            await store.append(FIRST, 0, [opened(FIRST)])
        with pytest.raises(StoreError, match="is held by another process"):
            await open_store()
    assert len(await store.append(FIRST, 0, [opened(FIRST)])) == 1


async def test_reading_waits_for_no_writer_and_sees_nothing_uncommitted(
    store: SqliteJournal,
) -> None:
    await store.append(FIRST, 0, [opened(FIRST)])
    async with held(store.path) as writing:
        writing.execute("UPDATE dossiers SET status = 'cancelled'")
        writing.execute("DELETE FROM events")
        assert len(await store.read(FIRST)) == 1
        assert [head.status for head in await store.heads(10)] == ["running"]
        assert not await store.claimed(FIRST)
        assert await store.resolve("latest") == FIRST


async def test_one_reading_sees_the_store_as_it_was_at_one_moment(store: SqliteJournal) -> None:
    await store.append(FIRST, 0, [opened(FIRST)])

    def count_twice(connection: sqlite3.Connection) -> list[int]:
        def count() -> int:
            return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])

        before = count()
        asyncio.run(store.append(SECOND, 0, [opened(SECOND)]))
        return [before, count()]

    assert await store._readers.run(count_twice) == [1, 1]
    assert len(await store.read(SECOND)) == 1


async def test_a_task_cancelled_while_it_waits_has_written_all_the_same(
    store: SqliteJournal,
) -> None:
    async with held(store.path):
        first = asyncio.create_task(store.append(FIRST, 0, [opened(FIRST), reply("a")]))
        await begun(first)
        queued = asyncio.create_task(store.append(FIRST, 2, [reply("b")]))
        await begun(queued)
        for task in (first, queued):
            task.cancel()
        done = await asyncio.gather(first, queued, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in done)
    await store.append(FIRST, 3, [reply("c")])
    assert texts([entry.event for entry in await store.read(FIRST)]) == ["a", "b", "c"]


async def test_closing_writes_what_is_queued(store: SqliteJournal, open_store: OpenStore) -> None:
    async with held(store.path):
        appends = [
            asyncio.create_task(store.append(dossier_id(n), 0, [opened(dossier_id(n))]))
            for n in range(10)
        ]
        await begun(*appends)
        closing = asyncio.create_task(store.aclose())
        await asyncio.sleep(0)
    await asyncio.gather(closing, *appends)
    assert len(await (await open_store()).heads(20)) == 10


async def test_a_closed_journal_says_so_and_may_be_closed_again(store: SqliteJournal) -> None:
    await store.aclose()
    await store.aclose()
    with pytest.raises(StoreError, match="was closed"):
        await store.append(FIRST, 0, [opened(FIRST)])
    with pytest.raises(StoreError, match="was closed"):
        await store.read(FIRST)


async def test_closing_leaves_no_thread_behind(path: Path, clock: ManualClock) -> None:
    def ours() -> list[str]:
        return [each.name for each in threading.enumerate() if "magi-journal" in each.name]

    journal = await SqliteJournal.open(path, clock)
    await journal.append(FIRST, 0, [opened(FIRST)])
    await journal.read(FIRST)
    assert ours()
    await journal.aclose()
    assert not ours()


async def test_a_fault_in_one_piece_of_work_does_not_stop_the_writer(store: SqliteJournal) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM dossiers")
        raise ZeroDivisionError

    await store.append(FIRST, 0, [opened(FIRST)])
    with pytest.raises(ZeroDivisionError):
        await store._writer.run(fail)
    assert len(await store.append(FIRST, 1, [reply("a")])) == 1


@pytest.mark.parametrize("dossiers", [tables._EVERYBODYS, tables._OF_ONE])
@pytest.mark.parametrize("statement", [tables._HEADS, tables._NEWEST, tables._NAMED])
async def test_lists_and_names_are_found_by_an_index(
    store: SqliteJournal, statement: str, dossiers: str
) -> None:
    values = {"before": "x", "limit": 10, "wanted": "x", "principal": "token:ada"}

    def plan(connection: sqlite3.Connection) -> list[str]:
        query = statement.format(dossiers=dossiers)
        rows = connection.execute(f"EXPLAIN QUERY PLAN {query}", values)
        return [row["detail"] for row in rows]

    steps = await store._readers.run(plan)
    read = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
    assert read
    assert all("INDEX" in step for step in read)
