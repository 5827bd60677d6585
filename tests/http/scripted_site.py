"""A process that serves a scripted council over HTTP, for tests that need a real one.

``python -m tests.http.scripted_site COUNCIL --store FILE [--workers N] [--insecure]
[--host ADDRESS] [--gate PORT] [--played]``, configured by its environment. COUNCIL is ``ship``
(two against one) or ``gated``, whose seats answer only when the test lets them: they connect to
the port and wait for a byte. With ``--played`` its caller plays the seats. On SIGUSR1 it says on
stderr how many tasks it has.
"""

import argparse
import asyncio
import math
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio

from magi_mcp.cli.http_server import serve_over_http
from magi_mcp.core.asks import Ask
from magi_mcp.core.errors import MagiError
from magi_mcp.core.replies import Reply
from magi_mcp.identity import SystemClock
from magi_mcp.journal.sqlite import SqliteJournal
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import Script, ScriptedSeat
from magi_mcp.service import Council
from magi_mcp.settings import load_settings
from tests.callers.stage import callers_council
from tests.server.meeting import SHIP
from tests.support.councils import scripted_council


class GatedSeat:
    """Says its line once whoever listens at ``port`` has sent a byte."""

    def __init__(self, script: Script, port: int) -> None:
        self._script = script
        self._port = port

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        async with await anyio.connect_tcp("127.0.0.1", self._port) as gate:
            await gate.receive(1)
        return await ScriptedSeat(self._script).ask(ask, deadline_s)


@asynccontextmanager
async def opened(store: Path, gate: int | None, *, played: bool) -> AsyncIterator[Council]:
    """The council of this process, or of one of its workers."""
    if played:
        journal = await SqliteJournal.open(store, SystemClock())
        async with callers_council(journal, seats=list(SHIP), patience_s=math.inf) as council:
            yield council
        return
    seats: Mapping[str, Script | SeatPort] = (
        SHIP if gate is None else {name: GatedSeat(said, gate) for name, said in SHIP.items()}
    )
    journal = await SqliteJournal.open(store, SystemClock())
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, tell_tasks)
    async with scripted_council(seats, journal=journal) as council:
        yield council


def tell_tasks() -> None:
    """Say how many tasks there are."""
    sys.stderr.write(f"tasks: {len(asyncio.all_tasks())}\n")
    sys.stderr.flush()


def main() -> int:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--gate", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--insecure", action="store_true")
    parser.add_argument("--played", action="store_true")
    given = parser.parse_args()
    try:
        return serve_over_http(
            partial(opened, given.store, given.gate, played=given.played),
            load_settings(),
            host=given.host,
            port=0,
            workers=given.workers,
            insecure=given.insecure,
        )
    except MagiError as fault:
        sys.stderr.write(f"cannot serve: {fault}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
