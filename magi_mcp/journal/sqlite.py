"""Journal: one SQLite file, shared by all processes of this machine.

It joins the parts: :mod:`.store_file` opens, :mod:`.writer` and :mod:`.readers` run what
:mod:`.tables` states.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from magi_mcp.core.accounts import RecordedAttempt, Spent
from magi_mcp.core.events import Entry, Event
from magi_mcp.core.heads import Head
from magi_mcp.core.searching import Find, Search
from magi_mcp.core.viewers import KEEPER, Viewer
from magi_mcp.journal import finding, rules, tables
from magi_mcp.journal.location import locate
from magi_mcp.journal.migrations import MIGRATIONS, Migration
from magi_mcp.journal.readers import ReaderPool
from magi_mcp.journal.store_file import Synchronous, open_for_writing
from magi_mcp.journal.writer import GroupWriter
from magi_mcp.ports import Clock


class SqliteJournal:
    """A ``JournalPort`` on an SQLite file in WAL mode; made by :meth:`open`.

    **Durability.** With ``synchronous="normal"``, the default, an entry that was
    acknowledged survives a crash or ``kill -9`` of any process; a power cut or a crash of
    the whole machine may take the last moments with it, but never damages the file. With
    ``"full"`` it survives that too, at the price of a disk flush for each commit.

    **Claims and sequence numbers.** A claim keeps a second process from driving a
    deliberation and paying for its replies twice. It is advice between well-behaved
    drivers: ``append`` does not look at it, since anybody may lawfully append a
    cancellation. What keeps the record whole is ``expected_seq``: of two who write after
    the same entry one gets ``CaseConflict``, whoever holds the claim.

    **Use.** Any thread and event loop may use the same object. A task cancelled while it
    waits for an append stops waiting, and the append is done all the same.
    """

    def __init__(self, path: Path, clock: Clock, writer: GroupWriter, readers: ReaderPool) -> None:
        self.path = path
        self._clock = clock
        self._writer = writer
        self._readers = readers

    @classmethod
    async def open(
        cls,
        store: str | Path,
        clock: Clock,
        *,
        synchronous: Synchronous = "normal",
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> "SqliteJournal":
        """The journal in the file that ``store`` names, which is created if need be.

        ``store`` is a path, ``sqlite:///relative/path.db`` or ``sqlite:////absolute/path.db``.
        Raises ``CallerError`` for an address that names no file, and ``StoreError`` for a file
        that cannot be used: damaged, of another program, of a newer version, read-only. Such
        a file is left as it is.
        """
        path = locate(store)
        connection = await asyncio.to_thread(open_for_writing, path, synchronous, migrations)
        return cls(path, clock, GroupWriter(connection, path), ReaderPool(path))

    @property
    def commits(self) -> int:
        """How many transactions this object has committed."""
        return self._writer.commits

    async def claim(self, dossier_id: str, owner: str, ttl_s: float) -> bool:
        """Take or renew the claim for ``ttl_s`` seconds; False while another owner holds it."""
        now = self._clock.now()
        return await self._writer.run(partial(tables.claim, dossier_id, owner, now, now + ttl_s))

    async def release(self, dossier_id: str, owner: str) -> None:
        """Give the claim back, if ``owner`` holds it."""
        await self._writer.run(partial(tables.release, dossier_id, owner))

    async def claimed(self, dossier_id: str) -> bool:
        """Whether anybody drives this deliberation now."""
        return await self._readers.run(partial(tables.claimed, dossier_id, self._clock.now()))

    async def promise(self, dossier_id: str) -> None:
        """Note that somebody relies on the verdict; see ``JournalPort``."""
        await self._writer.run(partial(tables.promise, dossier_id, self._clock.now()))

    async def promised(self, dossier_id: str) -> bool:
        """Whether that has been noted since the claim was taken."""
        return await self._readers.run(partial(tables.promised, dossier_id))

    async def append(
        self, dossier_id: str, expected_seq: int, events: Sequence[Event]
    ) -> tuple[Entry, ...]:
        """Write events after the entry number ``expected_seq``; see ``JournalPort``."""
        entries = rules.numbered(dossier_id, expected_seq, events, self._clock.now())
        if entries:
            new = tables.prepared(dossier_id, entries)
            await self._writer.run(partial(tables.append, new))
        return entries

    async def read(self, dossier_id: str, after_seq: int = 0) -> tuple[Entry, ...]:
        """The entries after ``after_seq``, in order; empty for an unknown id.

        Raises ``StoreError`` where one of them is damaged, or of a kind this program does
        not know.
        """
        return await self._readers.run(partial(tables.entries, dossier_id, after_seq))

    async def resolve(self, reference: str, viewer: Viewer = KEEPER) -> str:
        """The dossier id that a reference names; see ``JournalPort``."""
        wanted = rules.normal_reference(reference)
        matches = await self._readers.run(partial(tables.matches, wanted, viewer))
        return rules.only_match(reference, matches)

    async def heads(
        self, limit: int, before: str | None = None, viewer: Viewer = KEEPER
    ) -> tuple[Head, ...]:
        """Dossiers, newest first, at most ``limit``; see ``JournalPort``."""
        return await self._readers.run(partial(tables.heads, limit, before, viewer))

    async def newest_of(self, key: str) -> Head | None:
        """The newest dossier whose case has this key; see ``JournalPort``."""
        return await self._readers.run(partial(tables.newest_of, key))

    async def search(
        self,
        wanted: Search,
        limit: int,
        after: tuple[int, str] | None = None,
        viewer: Viewer = KEEPER,
    ) -> tuple[Find, ...]:
        """Dossiers that a search finds; see ``JournalPort``."""
        return await self._readers.run(partial(finding.search, wanted, limit, after, viewer))

    async def spent_since(self, at: float) -> Mapping[str, Spent]:
        """What each dossier's calls have used since ``at``; see ``JournalPort``."""
        return await self._readers.run(partial(tables.spent_since, at))

    async def attempts_since(self, at: float) -> tuple[RecordedAttempt, ...]:
        """Every attempt journaled since ``at``, oldest first; see ``JournalPort``."""
        return await self._readers.run(partial(tables.attempts_since, at))

    async def aclose(self) -> None:
        """Write what is queued, let reads finish, and close the file."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.close()
        # Last, because the last connection to the file tidies up its write-ahead log.
        self._writer.close()
