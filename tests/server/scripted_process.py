"""A server process with a scripted council, for tests that need a real one.

``python -m tests.server.scripted_process [--store FILE] COUNCIL``, where COUNCIL is one of
``ship`` (two against one), ``chatty`` (prints wherever it can), ``stuck`` (one answers, the
others never do) and ``lingering`` (will not be closed).
"""

import argparse
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from magi_mcp.core.errors import MagiError
from magi_mcp.server.stdio import serve

if TYPE_CHECKING:
    from magi_mcp.core.asks import Ask
    from magi_mcp.ports import SeatPort
    from magi_mcp.seats.scripted import Line, Script
    from magi_mcp.server.app import OpenCouncil
    from magi_mcp.service import Council

Scripts = Mapping[str, "Script | SeatPort"]

PRINTED = {
    "imports": "printed while the program was still importing",
    "seat": "printed by a seat",
    "system": "written by a seat below Python",
}
"""What the chatty council writes to stdout, and none of it may arrive there."""


def main() -> None:
    """Serve until the client leaves."""
    parser = argparse.ArgumentParser()
    parser.add_argument("council", choices=sorted(_COUNCILS))
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    try:
        serve(lambda: _prepare(given.council, given.store))
    except MagiError as fault:
        sys.exit(f"cannot serve: {fault}")


def _prepare(which: str, store: Path | None) -> "OpenCouncil":
    import anyio

    from magi_mcp.identity import SystemClock
    from magi_mcp.journal.sqlite import SqliteJournal
    from magi_mcp.logs import configure_logs
    from tests.support.councils import scripted_council

    configure_logs()
    if which == "chatty":
        print(PRINTED["imports"])

    @asynccontextmanager
    async def open_council() -> AsyncIterator["Council"]:
        journal = await SqliteJournal.open(store, SystemClock()) if store else None
        async with scripted_council(_COUNCILS[which](), journal=journal) as council:
            yield council
        if which == "lingering":
            with anyio.CancelScope(shield=True):
                await anyio.sleep_forever()

    return open_council


def _ship() -> Scripts:
    from tests.server.meeting import SHIP

    return SHIP


def _chatty() -> Scripts:
    from tests.support.councils import ballot

    def answer(ask: "Ask") -> "Line":
        print(PRINTED["seat"])
        os.write(1, PRINTED["system"].encode() + b"\n")
        return ballot("yes")

    return {"melchior": answer, "balthasar": answer}


def _stuck() -> Scripts:
    from tests.server.meeting import SHIP, PatientSeat

    return {
        name: script if name == "melchior" else PatientSeat([]) for name, script in SHIP.items()
    }


_COUNCILS: dict[str, Callable[[], Scripts]] = {
    "ship": _ship,
    "chatty": _chatty,
    "stuck": _stuck,
    "lingering": _ship,
}


if __name__ == "__main__":
    main()
