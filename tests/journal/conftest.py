"""A journal of each kind, and an SQLite one that can be opened as often as a test likes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from magi_mcp.journal import MemoryJournal, SqliteJournal
from magi_mcp.ports import JournalPort
from tests.journal.samples import ManualClock

OpenStore = Callable[[], Awaitable[SqliteJournal]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dossiers.db"


@pytest.fixture
async def open_store(path: Path, clock: ManualClock) -> AsyncIterator[OpenStore]:
    """Opens one more journal on the same file, as another process would."""
    journals: list[SqliteJournal] = []

    async def open_one_more() -> SqliteJournal:
        journals.append(await SqliteJournal.open(path, clock))
        return journals[-1]

    yield open_one_more
    for journal in journals:
        await journal.aclose()


@pytest.fixture
async def store(open_store: OpenStore) -> SqliteJournal:
    return await open_store()


@pytest.fixture(params=["memory", "sqlite"])
async def journal(
    request: pytest.FixtureRequest, clock: ManualClock, open_store: OpenStore
) -> JournalPort:
    return MemoryJournal(clock) if request.param == "memory" else await open_store()
