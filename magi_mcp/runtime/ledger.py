"""Runtime: one deliberation's journal as its driver and its watchers see it.

Events are written one after another, and an entry is handed on only once it is durable.
"""

from collections.abc import AsyncIterator, Sequence

import anyio

from magi_mcp.core.errors import CaseConflict
from magi_mcp.core.events import CaseOpened, Entry, Event
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

    async def write(self, *events: Event) -> tuple[Entry, ...]:
        """Append events together; returns when they are durable.

        Where another process has written first, nothing is appended, and what it wrote is
        returned: whether that is to be obeyed is for the driver to say. A cancelled caller does
        not undo what it began: a reply that was paid for is kept. Raises ``CaseConflict`` or
        ``StoreError`` as the journal does.
        """
        with anyio.CancelScope(shield=True):
            async with self._turn:
                try:
                    new = await self._journal.append(self.dossier_id, self.last_seq, events)
                except CaseConflict:
                    foreign = await self._news_from_elsewhere()
                    if not foreign:
                        raise
                    return foreign
                self._take(new)
            self._announce()
            with about(self.dossier_id):
                for event in events:
                    log_event(event)
        return ()

    async def overhear(self) -> tuple[Entry, ...]:
        """What another process has written since; none where nobody did, as a rule."""
        async with self._turn:
            return await self._news_from_elsewhere()

    @property
    def last_seq(self) -> int:
        """The number of the newest entry, 0 before the first."""
        return self.entries[-1].seq if self.entries else 0

    async def _news_from_elsewhere(self) -> tuple[Entry, ...]:
        foreign = await self._journal.read(self.dossier_id, self.last_seq)
        if foreign:
            self._take(foreign)
            self._announce()
        return foreign

    def _take(self, entries: Sequence[Entry]) -> None:
        self.entries += entries
        opened = self.entries[0].event
        assert isinstance(opened, CaseOpened), "a journal begins with its case"
        for entry in entries:
            self._told.tell(opened.case, entry)

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
