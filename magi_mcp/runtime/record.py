"""Runtime: a deliberation that this process does not drive, followed by its journal alone.

Another process may drive it, or nobody: then its journal is all there will be of it.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio

from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.events import Entry
from magi_mcp.ports import JournalPort

LOOK_EVERY_S = 0.5
"""How often a journal that somebody else writes is looked at for news."""


@dataclass
class Record:
    """What the journal of one dossier holds; made by :meth:`of`."""

    journal: JournalPort
    dossier_id: str
    driven: bool = False
    _entries: list[Entry] = field(default_factory=list)

    @classmethod
    async def of(cls, dossier_id: str, journal: JournalPort) -> "Record":
        """The record of a dossier as it is now. Raises ``StoreError`` as the journal does."""
        record = cls(journal, dossier_id)
        await record.look()
        return record

    @property
    def entries(self) -> Sequence[Entry]:
        """Its journal so far."""
        return self._entries

    @property
    def dossier(self) -> Dossier:
        """The dossier as it was when its journal was last looked at."""
        return fold(self._entries, driven=self.driven)

    async def look(self) -> None:
        """Read what has been written since, and whether anybody drives it still."""
        # The claim is looked up first: whoever finishes in between leaves a complete journal.
        self.driven = await self.journal.claimed(self.dossier_id)
        last_seq = self._entries[-1].seq if self._entries else 0
        self._entries += await self.journal.read(self.dossier_id, last_seq)

    async def follow(self) -> AsyncIterator[Entry]:
        """Every entry, from the first one, until nobody drives it or it has come to an end.

        Whoever drives it is told that somebody waits, whom it could not see (semantics R9).
        """
        if self.driven:
            await self.promise()
        seen = 0
        while True:
            for entry in self._entries[seen:]:
                yield entry
                seen += 1
            if self.dossier.status != "running":
                return
            await anyio.sleep(LOOK_EVERY_S)
            await self.look()

    async def wait(self) -> Dossier:
        """Wait until it has come to an end or nobody drives it any more."""
        with self.attended():
            async for _ in self.follow():
                pass
        return self.dossier

    @contextmanager
    def attended(self) -> Iterator[None]:
        """Whoever drives it cannot see who waits here; :meth:`follow` and :meth:`promise` tell."""
        yield

    async def promise(self) -> None:
        """Let whoever drives it know that somebody will come back for the verdict."""
        await self.journal.promise(self.dossier_id)
