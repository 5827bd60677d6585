"""The command with a council of which one seat never answers; run as a process by tests.

Two seats answer at once, so that something has arrived when the process is interrupted.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from magi_mcp.cli.app import run
from magi_mcp.cli.office import Flags
from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Reply
from magi_mcp.identity import SystemClock
from magi_mcp.journal import SqliteJournal
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import Script
from magi_mcp.service import Council
from tests.support.councils import ballot, scripted_council


class Silent:
    """A seat that never answers."""

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        await anyio.sleep_forever()
        raise AssertionError("nobody waits that long")


@asynccontextmanager
async def waiting(flags: Flags) -> AsyncIterator[Council]:
    """The council, on the store that the flags name."""
    assert flags.store is not None, "tests name a store of their own"
    journal = await SqliteJournal.open(flags.store, SystemClock())
    scripts: dict[str, Script | SeatPort] = {
        "melchior": [ballot("yes")],
        "balthasar": [ballot("no")],
        "casper": Silent(),
    }
    async with scripted_council(scripts, journal=journal) as council:
        yield council


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], waiting))
