"""Runtime: one deliberation's journal as its driver and its watchers see it.

Events are written one after another, and an entry is handed on only once it is durable.
"""

from collections.abc import AsyncIterator, Sequence

import anyio

from magi_mcp.core.events import Entry, Event
from magi_mcp.logs import about
from magi_mcp.ports import JournalPort
from magi_mcp.runtime.event_log import log_event
from magi_mcp.runtime.news import News


class Ledger:
    """Appends to one dossier, and lets any number of watchers follow from the first entry.

    ``entries`` are all entries so far; ``closed`` is set when nothing more will follow. ``news``
    is told of each entry as well, for those who follow all dossiers.
    """

    def __init__(
        self,
        journal: JournalPort,
        dossier_id: str,
        entries: Sequence[Entry] = (),
        news: News | None = None,
    ) -> None:
        self.dossier_id = dossier_id
        self.entries = list(entries)
        self.closed = False
        self._journal = journal
        self._turn = anyio.Lock()
        self._news = anyio.Event()
        self._told = news or News()

    async def write(self, event: Event) -> None:
        """Append one event; returns when it is durable.

        A cancelled caller does not undo what it began: a reply that was paid for is kept.
        Raises ``CaseConflict`` or ``StoreError`` as the journal does.
        """
        with anyio.CancelScope(shield=True):
            async with self._turn:
                seq = self.entries[-1].seq if self.entries else 0
                (entry,) = await self._journal.append(self.dossier_id, seq, [event])
                self.entries.append(entry)
                self._told.tell(self.dossier_id, entry)
            self._announce()
            with about(self.dossier_id):
                log_event(event)

    def close(self) -> None:
        """Say that no entry will follow."""
        self.closed = True
        self._announce()

    async def closing(self) -> None:
        """Wait until the ledger is closed."""
        async for _ in self.follow():
            pass

    async def follow(self) -> AsyncIterator[Entry]:
        """Every entry, from the first one, until the ledger is closed."""
        seen = 0
        while True:
            news = self._news
            for entry in self.entries[seen:]:
                yield entry
                seen += 1
            if self.closed and seen == len(self.entries):
                return
            if seen == len(self.entries):
                await news.wait()

    def _announce(self) -> None:
        self._news.set()
        self._news = anyio.Event()
