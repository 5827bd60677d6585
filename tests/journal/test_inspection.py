"""A look at a store as it lies there: it says what is wrong, and leaves no trace."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from magi_mcp.core.errors import StoreError
from magi_mcp.core.replies import Answered, Attempt
from magi_mcp.journal import SqliteJournal
from magi_mcp.journal.inspection import inspect_store, look_through, recorded_attempts
from magi_mcp.journal.migrations import MIGRATIONS, latest
from tests.journal.conftest import OpenStore
from tests.journal.samples import OPENED_AT, ManualClock, dossier_id, opened, reply, verdict

FIRST = dossier_id(1)
TODAY = latest(MIGRATIONS)


def size_of(path: Path) -> int:
    return path.stat().st_size


def damage(path: Path) -> None:
    """Overwrite the second page of a file."""
    page = bytearray(path.read_bytes())
    page[4096:8192] = b"x" * 4096
    path.write_bytes(page)


def trace(folder: Path) -> dict[str, bytes]:
    """Every file of a folder and what stands in it."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


async def closed_store(store: SqliteJournal) -> None:
    await store.append(FIRST, 0, [opened(FIRST), reply("a"), verdict("yes")])
    await store.aclose()


def test_a_store_that_is_not_there_is_not_made(path: Path) -> None:
    state = inspect_store(path)
    assert (state.exists, state.writable, state.fault) == (False, True, None)
    assert not path.exists()


async def test_a_store_is_described_and_left_as_it_was(store: SqliteJournal, path: Path) -> None:
    await closed_store(store)
    before = trace(path.parent)
    state = inspect_store(path)
    assert (state.version, state.latest, state.dossiers) == (TODAY, TODAY, 1)
    assert state.size_bytes == size_of(path)
    assert state.fault is None
    assert trace(path.parent) == before


async def test_a_store_in_use_can_be_looked_at(store: SqliteJournal, path: Path) -> None:
    await store.append(FIRST, 0, [opened(FIRST)])
    state = inspect_store(path)
    assert (state.dossiers, state.fault) == (1, None)
    assert state.size_bytes is not None
    assert state.size_bytes > size_of(path)  # what is in the write-ahead log counts too


async def test_an_older_store_is_told_by_its_version_and_not_brought_up_to_date(
    path: Path,
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            (Path(__file__).parent / "version_1.sql").read_text(encoding="utf-8")
        )
    assert inspect_store(path).version == 1
    assert recorded_attempts(path, 0) == ()
    assert inspect_store(path).version == 1


async def test_a_damaged_page_is_found_though_nobody_has_read_it(
    store: SqliteJournal, path: Path
) -> None:
    await closed_store(store)
    damage(path)
    before = trace(path.parent)
    fault = inspect_store(path).fault
    assert fault is not None
    assert f"{path} is damaged: " in fault
    assert "put a backup in its place" in fault
    assert "\n" not in fault
    assert trace(path.parent) == before


async def test_the_store_of_a_newer_program_is_left_to_it(store: SqliteJournal, path: Path) -> None:
    await closed_store(store)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {TODAY + 1}")
    fault = inspect_store(path).fault
    assert fault is not None
    assert "was written by a newer magi-mcp" in fault
    with pytest.raises(StoreError, match="newer"):
        recorded_attempts(path, 0)
    look = look_through(path, 0)
    assert (look.state.fault, look.attempts) == (fault, ())


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0"[:3]])
def test_a_file_that_somebody_only_began_is_told_apart(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    state = inspect_store(path)
    assert state.exists
    assert (state.dossiers == 0) is (content == b"")
    assert (state.fault is None) is (content == b"")


def test_a_database_of_another_program_is_no_store(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    fault = inspect_store(path).fault
    assert fault is not None
    assert "another program" in fault


def test_a_folder_and_an_address_that_names_no_file_are_no_store(tmp_path: Path) -> None:
    assert "is a directory; name a file in it" in str(inspect_store(tmp_path).fault)
    assert "'postgresql' stores are not known" in str(inspect_store("postgresql://x/y").fault)


def test_a_store_below_a_file_cannot_be_made(path: Path) -> None:
    path.write_text("a file")
    assert "cannot be created in" in str(inspect_store(path / "store.db").fault)


async def test_the_calls_since_a_moment_are_read_without_opening_the_store(
    open_store: OpenStore, path: Path, clock: ManualClock
) -> None:
    store = await open_store()
    attempt = Attempt(model="openai/a", outcome="timeout")
    answered = Answered(text="yes", served_by="openai/b", attempts=(attempt,))
    event = reply("yes").model_copy(update={"reply": answered})
    await store.append(FIRST, 0, [opened(FIRST), event])
    clock.advance(100)
    await store.append(FIRST, 2, [event])
    await store.aclose()
    before = trace(path.parent)
    assert [each.attempt for each in recorded_attempts(path, OPENED_AT)] == [attempt, attempt]
    assert [each.at for each in recorded_attempts(path, OPENED_AT + 1)] == [OPENED_AT + 100]
    look = look_through(path, OPENED_AT + 1)
    assert look.state == inspect_store(path)
    assert look.attempts == recorded_attempts(path, OPENED_AT + 1)
    assert trace(path.parent) == before
