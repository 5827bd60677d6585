"""A process that writes to a store: ``python -m tests.journal.worker ROLE STORE NAME``.

It prints ``ready``, waits for a line on its standard input, and then prints a line for
everything that was acknowledged to it.
"""

import asyncio
import itertools
import sys

from magi_mcp.core.errors import CaseConflict
from magi_mcp.identity import SystemClock
from magi_mcp.journal import SqliteJournal
from tests.journal.samples import dossier_id, opened, reply

SHARED = dossier_id(1)
OWN_ENTRIES = 25
MOST_ENTRIES = 20_000
DOSSIERS_AT_ONCE = 5


async def open_and_write(store: str, name: str) -> None:
    """Open a store that others open too, perhaps for the first time, and write one dossier."""
    journal = await SqliteJournal.open(store, SystemClock())
    own = dossier_id(int(name))
    await journal.append(own, 0, [opened(own)])
    say(own)
    await journal.aclose()


async def contend(store: str, name: str) -> None:
    """Add to one dossier that another process adds to, reading again after each conflict."""
    journal = await SqliteJournal.open(store, SystemClock())
    written = 0
    while written < OWN_ENTRIES:
        last = (await journal.read(SHARED))[-1].seq
        try:
            (entry,) = await journal.append(SHARED, last, [reply(name)])
        except CaseConflict:
            continue
        written += 1
        say(str(entry.seq))
    await journal.aclose()


async def claim(store: str, name: str) -> None:
    """Try to take the claim that others try to take at the same moment."""
    journal = await SqliteJournal.open(store, SystemClock())
    say(str(await journal.claim(SHARED, name, 600.0)))
    await journal.aclose()


async def write_until_killed(store: str, name: str) -> None:
    """Add to several dossiers at once, without an end that a test would wait for."""
    journal = await SqliteJournal.open(store, SystemClock())

    async def write(number: int) -> None:
        dossier = dossier_id(number)
        await journal.append(dossier, 0, [opened(dossier)])
        for seq in itertools.takewhile(lambda seq: seq < MOST_ENTRIES, itertools.count(1)):
            await journal.append(dossier, seq, [reply(f"{name} {seq}")])
            say(f"{dossier} {seq + 1}")

    await asyncio.gather(*(write(number) for number in range(DOSSIERS_AT_ONCE)))
    await journal.aclose()


def say(line: str) -> None:
    print(line, flush=True)


ROLES = {each.__name__: each for each in (open_and_write, contend, claim, write_until_killed)}

if __name__ == "__main__":
    role, store, name = sys.argv[1:]
    say("ready")
    sys.stdin.readline()
    asyncio.run(ROLES[role](store, name))
