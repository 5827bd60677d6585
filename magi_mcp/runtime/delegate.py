"""Runtime: deliberations whose seats the caller plays. Each hand-in carries one a step further.

No task is alive and no claim is held between two calls, and none is taken for one: what a hand-in
comes to is worked out from the journal and appended after the very entry it was worked out from.
Whoever finds that place taken works it out anew, so two who hand in at once lose nothing.
"""

from collections.abc import Callable, Sequence

from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import short_id
from magi_mcp.core.errors import CallerError, CaseConflict
from magi_mcp.core.events import Entry
from magi_mcp.core.journaled import JournaledCase
from magi_mcp.core.playing import HandedIn, opening, reopening, take
from magi_mcp.ports import JournalPort
from magi_mcp.runtime.ledger import Ledger
from magi_mcp.runtime.record import Record

LedgerOf = Callable[[str, Sequence[Entry]], Ledger]
"""Makes the ledger of a dossier of which some entries are known."""


class Delegate:
    """Opens such deliberations, and advances them by the caller's replies."""

    def __init__(self, journal: JournalPort, ledger_of: LedgerOf) -> None:
        self._journal = journal
        self._ledger_of = ledger_of

    async def open(self, case: JournaledCase) -> Record:
        """Journal a case and its first round. Raises ``StoreError`` and ``CaseConflict``."""
        if await self._ledger_of(case.dossier_id, ()).write(*opening(case)):
            raise CaseConflict(case.dossier_id, 0)
        return await Record.of(case.dossier_id, self._journal)

    async def submit(
        self, dossier_id: str, handed_in: Sequence[HandedIn], now: float
    ) -> tuple[Record, tuple[str, ...]]:
        """Take replies, and go on to the next round or the verdict once a round is complete.

        Returns the record, and in words what was not taken. Raises ``CallerError`` where nothing
        could be, and ``StoreError``.
        """
        ledger = await self._ledger(dossier_id)
        while True:
            taken = take(ledger.entries, handed_in, now)
            if not taken.events or not await ledger.write(*taken.events):
                return await Record.of(dossier_id, self._journal), taken.refused

    async def resume(self, dossier_id: str, by: str, warnings: tuple[str, ...] = ()) -> Record:
        """Go on with one that was stopped; one that awaits replies is left as it is.

        Raises ``CallerError`` for one that has its verdict, and ``StoreError``.
        """
        ledger = await self._ledger(dossier_id)
        while True:
            deliberation = Deliberation.restore(entry.event for entry in ledger.entries)
            if deliberation.final:
                raise has_its_verdict(dossier_id)
            if not deliberation.ended:
                break
            if not await ledger.write(*reopening(deliberation, by, warnings)):
                break
        return await Record.of(dossier_id, self._journal)

    async def _ledger(self, dossier_id: str) -> Ledger:
        return self._ledger_of(dossier_id, await self._journal.read(dossier_id))


def has_its_verdict(dossier_id: str) -> CallerError:
    """The error for whoever would go on with a deliberation that is over."""
    return CallerError(
        "dossier_id", f"{short_id(dossier_id)} has its verdict, which is final; read it instead."
    )
