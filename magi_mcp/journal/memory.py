"""Journal: kept in this process's memory; a public fake, and the store of throw-away councils."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from threading import Lock

from magi_mcp.core.accounts import RecordedAttempt, Spent, attempts_in, spent
from magi_mcp.core.case import case_key
from magi_mcp.core.events import CaseOpened, Entry, Event
from magi_mcp.core.heads import Head
from magi_mcp.core.searching import NOTHING_FINDABLE, Find, Findable, Search, findable
from magi_mcp.core.viewers import KEEPER, Viewer
from magi_mcp.journal import rules
from magi_mcp.ports import Clock


class MemoryJournal:
    """A ``JournalPort`` that forgets everything with its process.

    It may be used from several threads at once: a lock, never held while waiting, makes
    each call whole.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._heads: dict[str, Head] = {}
        self._keys: dict[str, str] = {}
        self._findable: dict[str, Findable] = {}
        self._claims: dict[str, tuple[str, float]] = {}
        self._promised: set[str] = set()

    async def claim(self, dossier_id: str, owner: str, ttl_s: float) -> bool:
        """Take or renew the claim for ``ttl_s`` seconds; False while another owner holds it."""
        with self._lock:
            if self._holder(dossier_id) not in (None, owner):
                return False
            if self._claims.get(dossier_id, (owner,))[0] != owner:
                self._promised.discard(dossier_id)
            self._claims[dossier_id] = (owner, self._clock.now() + ttl_s)
            return True

    async def release(self, dossier_id: str, owner: str) -> None:
        """Give the claim back, if ``owner`` holds it."""
        with self._lock:
            if self._holder(dossier_id) == owner:
                del self._claims[dossier_id]
                self._promised.discard(dossier_id)

    async def claimed(self, dossier_id: str) -> bool:
        """Whether anybody drives this deliberation now."""
        with self._lock:
            return self._holder(dossier_id) is not None

    async def promise(self, dossier_id: str) -> None:
        """Note that somebody relies on the verdict; see ``JournalPort``."""
        with self._lock:
            if self._holder(dossier_id) is not None:
                self._promised.add(dossier_id)

    async def promised(self, dossier_id: str) -> bool:
        """Whether that has been noted since the claim was taken."""
        with self._lock:
            return dossier_id in self._promised

    async def append(
        self, dossier_id: str, expected_seq: int, events: Sequence[Event]
    ) -> tuple[Entry, ...]:
        """Keep events after the entry number ``expected_seq``; see ``JournalPort``."""
        entries = rules.numbered(dossier_id, expected_seq, events, self._clock.now())
        if not entries:
            return ()
        with self._lock:
            kept = self._entries.get(dossier_id, ())
            rules.check_place(dossier_id, len(kept), expected_seq)
            self._entries[dossier_id] = kept + entries
            self._heads[dossier_id] = rules.advanced(self._heads.get(dossier_id), entries)
            if isinstance(events[0], CaseOpened):
                self._keys[dossier_id] = case_key(events[0].case)
            known = self._findable.get(dossier_id, NOTHING_FINDABLE)
            self._findable[dossier_id] = sum((findable(each.event) for each in entries), known)
        return entries

    async def read(self, dossier_id: str, after_seq: int = 0) -> tuple[Entry, ...]:
        """The entries after ``after_seq``, in order; empty for an unknown id."""
        with self._lock:
            return self._entries.get(dossier_id, ())[max(after_seq, 0) :]

    async def resolve(self, reference: str, viewer: Viewer = KEEPER) -> str:
        """The dossier id that a reference names; see ``JournalPort``."""
        wanted = rules.normal_reference(reference)
        with self._lock:
            ids = sorted(each for each, head in self._heads.items() if viewer.sees(head.principal))
        if wanted == rules.NEWEST:
            return rules.only_match(reference, ids[-1:])
        return rules.only_match(
            reference, [each for each in ids if wanted in (each, rules.suffix(each))]
        )

    async def heads(
        self, limit: int, before: str | None = None, viewer: Viewer = KEEPER
    ) -> tuple[Head, ...]:
        """Dossiers, newest first, at most ``limit``; see ``JournalPort``."""
        with self._lock:
            newest_first = sorted(self._heads, reverse=True)
            older = [each for each in newest_first if before is None or each < before]
            seen = [self._heads[each] for each in older if viewer.sees(self._heads[each].principal)]
            return tuple(seen[: max(limit, 0)])

    async def newest_of(self, key: str) -> Head | None:
        """The newest dossier whose case has this key; see ``JournalPort``."""
        with self._lock:
            ids = [each for each, held in self._keys.items() if held == key]
            return self._heads[max(ids)] if ids else None

    async def search(
        self,
        wanted: Search,
        limit: int,
        after: tuple[int, str] | None = None,
        viewer: Viewer = KEEPER,
    ) -> tuple[Find, ...]:
        """Dossiers that a search finds; see ``JournalPort``."""
        with self._lock:
            finds = [
                Find(hits=self._hits(each, wanted), head=head)
                for each, head in self._heads.items()
                if wanted.admits(head) and viewer.sees(head.principal)
            ]
        held = [find for find in finds if find.hits >= wanted.least_hits]
        left = [find for find in held if after is None or find.place < after]
        return tuple(sorted(left, key=lambda find: find.place, reverse=True)[: max(limit, 0)])

    def _hits(self, dossier_id: str, wanted: Search) -> int:
        words = self._findable[dossier_id].shown_in(self._heads[dossier_id])
        return sum(map(words.holds, wanted.phrases))

    async def spent_since(self, at: float) -> Mapping[str, Spent]:
        """What each dossier's calls have used since ``at``; see ``JournalPort``."""
        by_dossier = groupby(self._attempts_since(at), attrgetter("dossier_id"))
        return {dossier: spent(each.attempt for each in group) for dossier, group in by_dossier}

    async def attempts_since(self, at: float) -> tuple[RecordedAttempt, ...]:
        """Every attempt journaled since ``at``, oldest first; see ``JournalPort``."""
        return tuple(sorted(self._attempts_since(at), key=attrgetter("at")))

    async def aclose(self) -> None:
        """Nothing is queued and nothing is held."""

    def _attempts_since(self, at: float) -> list[RecordedAttempt]:
        """Attempts dossier by dossier, in the order in which each journal tells of them."""
        with self._lock:
            journals = sorted(self._entries.items())
        return [
            RecordedAttempt(entry.at, dossier_id, seat, attempt)
            for dossier_id, entries in journals
            for entry in entries
            if entry.at >= at
            for seat, attempt in attempts_in(entry.event)
        ]

    def _holder(self, dossier_id: str) -> str | None:
        owner, expires_at = self._claims.get(dossier_id, (None, 0.0))
        return owner if expires_at > self._clock.now() else None
