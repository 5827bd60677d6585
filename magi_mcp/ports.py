"""Ports: what the runtime needs of the world, as protocols. Adapters implement them.

Knows the core and nothing else; neither a provider, nor a database, nor a clock.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from magi_mcp.core.accounts import RecordedAttempt, Spent
from magi_mcp.core.asks import Ask
from magi_mcp.core.budget import Purse, Tariff
from magi_mcp.core.case import AnyCase
from magi_mcp.core.events import Entry, Event
from magi_mcp.core.heads import Head
from magi_mcp.core.replies import Reply
from magi_mcp.core.searching import Find, Search
from magi_mcp.core.viewers import KEEPER, Viewer


class SeatPort(Protocol):
    """Whoever answers for one seat."""

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        """Reply to one ask within ``deadline_s`` seconds.

        Never raises for a fault of the model or its provider: that is a ``Failed`` reply.
        """


class Seating(Protocol):
    """Seats councils: finds for each case who answers, and what that can cost."""

    def seats(self, case: AnyCase, purse: Purse) -> Mapping[str, SeatPort]:
        """Who answers for everybody in the case, by name; each call is paid out of ``purse``."""

    async def tariffs(self, case: AnyCase) -> Mapping[str, Tariff]:
        """What one call to each of them can cost at most, by name.

        Calls nobody, but has whatever is needed to call them loaded when it returns.
        """


class JournalPort(Protocol):
    """Where the events of deliberations are kept, in order, by dossier id.

    A claim says which process drives a deliberation; one whose claim has run out was
    interrupted. Claims are advice to those who ask for them: ``append`` does not look at
    them, and what keeps two writers apart is the place that each of them expects.
    """

    async def claim(self, dossier_id: str, owner: str, ttl_s: float) -> bool:
        """Take or renew the claim for ``ttl_s`` seconds; False while another owner holds it."""

    async def release(self, dossier_id: str, owner: str) -> None:
        """Give the claim back, if ``owner`` holds it."""

    async def claimed(self, dossier_id: str) -> bool:
        """Whether anybody drives this deliberation now."""

    async def promise(self, dossier_id: str) -> None:
        """Let whoever holds the claim know that somebody relies on the verdict.

        Without a claim nothing is noted, and what is noted ends with the claim.
        """

    async def promised(self, dossier_id: str) -> bool:
        """Whether that has been noted since the claim was taken."""

    async def append(
        self, dossier_id: str, expected_seq: int, events: Sequence[Event]
    ) -> tuple[Entry, ...]:
        """Write events after the entry number ``expected_seq`` (0 for a new dossier).

        All of them are durable when this returns, or none. Raises ``CaseConflict`` where
        that place is taken, ``StoreError`` where they cannot be written.
        """

    async def read(self, dossier_id: str, after_seq: int = 0) -> tuple[Entry, ...]:
        """The entries after ``after_seq``, in order; empty for an unknown id."""

    async def resolve(self, reference: str, viewer: Viewer = KEEPER) -> str:
        """The dossier id that a full id, its last 8 characters or ``latest`` names.

        Looks only among the dossiers that are there for the viewer. Raises ``UnknownDossier``
        for none, and for several ``CallerError`` with their ids.
        """

    async def heads(
        self, limit: int, before: str | None = None, viewer: Viewer = KEEPER
    ) -> tuple[Head, ...]:
        """Dossiers, newest first, at most ``limit``; only those older than ``before`` (an id).

        Only those that are there for the viewer.
        """

    async def newest_of(self, key: str) -> Head | None:
        """The newest dossier whose case has this key (``case_key``); None where there is none."""

    async def search(
        self,
        wanted: Search,
        limit: int,
        after: tuple[int, str] | None = None,
        viewer: Viewer = KEEPER,
    ) -> tuple[Find, ...]:
        """Dossiers that a search finds, in the order of finds, at most ``limit``.

        Only those that come after the place ``after`` of an earlier find, and are there for the
        viewer.
        """

    async def spent_since(self, at: float) -> Mapping[str, Spent]:
        """What each dossier's calls have used since ``at`` (epoch seconds), by dossier id.

        A call counts from the moment its reply was journaled. Dossiers without any call since
        then are left out.
        """

    async def attempts_since(self, at: float) -> tuple[RecordedAttempt, ...]:
        """Every attempt whose reply was journaled since ``at`` (epoch seconds), oldest first."""

    async def aclose(self) -> None:
        """Write what is queued and let go of the store."""


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Seconds since the epoch."""


class ModelLibrary(Protocol):
    """The library through which models are reached. Loading it takes seconds."""

    @property
    def loaded(self) -> bool:
        """Whether calls can be made without waiting."""

    async def load(self) -> None:
        """Load it, once for the process; returns when it is there. May be called any time."""
