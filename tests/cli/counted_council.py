"""The command with a council that counts what it is asked; run as a process by tests.

``COUNT_LOG`` names a file to which every ask's id is added when it is asked, as a provider
would bill it. Of these asks ``COUNT_ANSWERED`` are answered; the others wait for ever.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio

from magi_mcp.cli.app import run
from magi_mcp.cli.office import Flags
from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Answered, Reply
from magi_mcp.identity import SystemClock
from magi_mcp.journal import SqliteJournal
from magi_mcp.runtime import chamber, record
from magi_mcp.seats.scripted import ScriptedSeat
from magi_mcp.service import Council
from tests.support.councils import ballot, scripted_council

SEATS = ("melchior", "balthasar", "casper")


class Counted:
    """A seat whose asks are counted, together with those of all others."""

    def __init__(self, name: str, answers: list[str], log: Path, most: int) -> None:
        self._script = ScriptedSeat(lambda ask: ballot(answers[_round_of(ask)], name))
        self._log = log
        self._most = most

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{ask.ask_id}\n")
        if len(self._log.read_text(encoding="utf-8").splitlines()) > self._most:
            await anyio.sleep_forever()
        reply = await self._script.ask(ask, deadline_s)
        assert isinstance(reply, Answered)
        return reply


def _round_of(ask: Ask) -> int:
    return int(ask.ask_id.partition("/")[0].removeprefix("r")) - 1


@asynccontextmanager
async def counted(flags: Flags) -> AsyncIterator[Council]:
    """The council, on the store that the flags name."""
    assert flags.store is not None, "tests name a store of their own"
    journal = await SqliteJournal.open(flags.store, SystemClock())
    log, most = Path(os.environ["COUNT_LOG"]), int(os.environ["COUNT_ANSWERED"])
    answers = {"melchior": ["yes", "yes"], "balthasar": ["no", "yes"], "casper": ["no", "no"]}
    seats = {name: Counted(name, said, log, most) for name, said in answers.items()}
    async with scripted_council(seats, journal=journal) as council:
        yield council


if __name__ == "__main__":
    # A killed process is known to be dead when its claim has run out.
    chamber.CLAIM_TTL_S = 0.3
    record.LOOK_EVERY_S = 0.05
    sys.exit(run(sys.argv[1:], counted))
