"""Runtime: one deliberation in session in this process, and who waits for it.

Whoever calls only waits; that a call is lost stops nothing (semantics R9).
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio

from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.events import Entry
from magi_mcp.ports import JournalPort
from magi_mcp.runtime.ledger import Ledger

FORSAKEN_AFTER_S = 60.0
"""How long a deliberation goes on beginning rounds that nobody waits for (semantics R9)."""


@dataclass
class Sitting:
    """A deliberation in session.

    ``fault`` is what ended it without an end of its own, ``cancelled_by`` who stopped it.
    """

    ledger: Ledger
    journal: JournalPort
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    fault: Exception | None = None
    cancelled_by: str | None = None
    _waiting: int = 0
    _left_at: float | None = None
    _promised: bool = False

    @property
    def dossier_id(self) -> str:
        return self.ledger.dossier_id

    @property
    def entries(self) -> Sequence[Entry]:
        """Its journal so far."""
        return self.ledger.entries

    @property
    def dossier(self) -> Dossier:
        """The dossier as it stands now."""
        return fold(self.ledger.entries, driven=not self.ledger.closed)

    def follow(self) -> AsyncIterator[Entry]:
        """Every entry of its journal, from the first one, until the leg is over."""
        return self.ledger.follow()

    async def wait(self) -> Dossier:
        """Wait for the end. Raises what broke the deliberation off, if it did not end."""
        with self.attended():
            await self.ledger.closing()
        if self.fault is not None:
            raise self.fault
        return self.dossier

    @contextmanager
    def attended(self) -> Iterator[None]:
        """For as long as the block lasts, somebody waits for the end."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._left_at = anyio.current_time()

    async def promise(self) -> None:
        """Somebody was told that it goes on, and will come back for the verdict."""
        self._promised = True

    async def forsaken(self) -> bool:
        """Whether everybody who waited has left a while ago, and nobody will come back.

        One that nobody has waited for yet is not forsaken: it was put to be left alone.
        """
        if self._promised or self._waiting or self._left_at is None:
            return False
        if anyio.current_time() - self._left_at < FORSAKEN_AFTER_S:
            return False
        return not await self.journal.promised(self.dossier_id)
