"""Runtime: the chamber, the deliberations that are alive in this process.

Whoever calls only waits. A deliberation belongs to the chamber, so a caller that goes away
takes nothing with it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from magi_mcp.core.case import Case
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.errors import CaseConflict, MagiError
from magi_mcp.core.events import Cancelled, CaseOpened
from magi_mcp.core.verdict import Plan
from magi_mcp.logs import about, logger
from magi_mcp.ports import JournalPort, Seating, SeatPort
from magi_mcp.runtime.forecast import forecast
from magi_mcp.runtime.ledger import Ledger
from magi_mcp.runtime.live import deliberate
from magi_mcp.runtime.news import News
from magi_mcp.runtime.spending import DayBudget
from magi_mcp.runtime.treasury import Treasury
from magi_mcp.telemetry import deliberation_span

CLAIM_TTL_S = 30.0
"""How long a claim outlives its process: after this a deliberation counts as interrupted."""


@dataclass
class Sitting:
    """One deliberation in session.

    ``fault`` is what ended it without an end of its own, ``cancelled_by`` who stopped it.
    """

    ledger: Ledger
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    fault: Exception | None = None
    cancelled_by: str | None = None

    @property
    def dossier_id(self) -> str:
        return self.ledger.dossier_id

    @property
    def dossier(self) -> Dossier:
        """The dossier as it stands now."""
        return fold(self.ledger.entries, driven=not self.ledger.closed)

    async def wait(self) -> Dossier:
        """Wait for the end. Raises what broke the deliberation off, if it did not end."""
        await self.ledger.closing()
        if self.fault is not None:
            raise self.fault
        return self.dossier


class Chamber:
    """Opens deliberations and keeps them going; made by :func:`open_chamber`.

    ``news`` hears of all that is written to their journals.
    """

    def __init__(
        self,
        journal: JournalPort,
        seating: Seating,
        owner: str,
        tasks: TaskGroup,
        day: DayBudget | None,
    ) -> None:
        self._journal = journal
        self._seating = seating
        self._owner = owner
        self._tasks = tasks
        self._day = day
        self._sittings: dict[str, Sitting] = {}
        self.news = News()

    async def plan(self, case: Case) -> Plan:
        """What a case takes at most, and how much of that may be spent. Asks nobody."""
        treasury = Treasury(case, self._seating, self._day)
        await treasury.refresh()
        return await forecast(case, self._seating, treasury.purse)

    async def open(self, case: Case) -> Sitting:
        """Claim and journal the case, and start deliberating.

        Raises ``StoreError`` where the case cannot be written, and ``CaseConflict`` where
        somebody else claims its id or has written under it; nothing is asked then.
        """
        treasury = Treasury(case, self._seating, self._day)
        seats = self._seating.seats(case, treasury.purse)
        deliberation = Deliberation(case)
        if not await self._journal.claim(case.dossier_id, self._owner, CLAIM_TTL_S):
            raise CaseConflict(case.dossier_id, 0)
        sitting = Sitting(Ledger(self._journal, case.dossier_id, news=self.news))
        try:
            await sitting.ledger.write(CaseOpened(case=case))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._give_up(case.dossier_id)
            raise
        self._sittings[case.dossier_id] = sitting
        treasury.open()
        self._tasks.start_soon(self._sit, sitting, deliberation, seats, treasury)
        return sitting

    async def _give_up(self, dossier_id: str) -> None:
        """Release the claim on a case that was not opened; what kept it from that is told."""
        try:
            await self._journal.release(dossier_id, self._owner)
        except MagiError:
            logger(__name__).exception("claim was not released", dossier_id=dossier_id)

    def sitting(self, dossier_id: str) -> Sitting | None:
        """The deliberation of that id if it is in session in this process."""
        return self._sittings.get(dossier_id)

    async def cancel(self, sitting: Sitting, by: str) -> None:
        """Stop a deliberation at once; what had arrived is kept (semantics R9)."""
        sitting.cancelled_by = by
        sitting.scope.cancel()
        await sitting.ledger.closing()

    async def _sit(
        self,
        sitting: Sitting,
        deliberation: Deliberation,
        seats: Mapping[str, SeatPort],
        treasury: Treasury,
    ) -> None:
        case = deliberation.case
        names = [seat.name for seat in case.seats]
        with (
            about(case.dossier_id),
            deliberation_span(case.dossier_id, case.method, case.protocol, names),
        ):
            try:
                await self._conduct(sitting, deliberation, seats, treasury)
            finally:
                treasury.close()

    async def _conduct(
        self,
        sitting: Sitting,
        deliberation: Deliberation,
        seats: Mapping[str, SeatPort],
        treasury: Treasury,
    ) -> None:
        try:
            with sitting.scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._hold_claim, sitting)
                    await deliberate(deliberation, seats, sitting.ledger, treasury)
                    tasks.cancel_scope.cancel()
        except* Exception as broken:
            # Ours, not the world's: the record so far stands, the caller is told, and the
            # other deliberations of this process go on.
            sitting.fault = _first(broken)
            log = logger(__name__)
            log.exception("deliberation broke off")
        finally:
            with anyio.CancelScope(shield=True):
                await self._adjourn(sitting, deliberation)

    async def _adjourn(self, sitting: Sitting, deliberation: Deliberation) -> None:
        """Complete the record; a store that fails at this takes no other deliberation along."""
        try:
            try:
                if sitting.cancelled_by is not None and not deliberation.ended:
                    await sitting.ledger.write(Cancelled(by=sitting.cancelled_by))
            finally:
                await self._journal.release(sitting.dossier_id, self._owner)
        except MagiError as broken:
            sitting.fault = sitting.fault or broken
            logger(__name__).exception("deliberation was not closed")
        finally:
            sitting.ledger.close()
            del self._sittings[sitting.dossier_id]

    async def _hold_claim(self, sitting: Sitting) -> None:
        while True:
            await anyio.sleep(CLAIM_TTL_S / 3)
            if not await self._journal.claim(sitting.dossier_id, self._owner, CLAIM_TTL_S):
                raise CaseConflict(sitting.dossier_id, sitting.ledger.entries[-1].seq)


def _first(fault: Exception) -> Exception:
    # Task groups wrap what their tasks raise; what several seats meet at once is one fault.
    while isinstance(fault, ExceptionGroup):
        fault = fault.exceptions[0]
    return fault


@asynccontextmanager
async def open_chamber(
    journal: JournalPort, seating: Seating, owner: str, day: DayBudget | None = None
) -> AsyncIterator[Chamber]:
    """A chamber whose deliberations end with the block: unfinished ones stay interrupted.

    ``day`` is what all of them together may spend, None for no bound.
    """
    async with anyio.create_task_group() as tasks:
        try:
            yield Chamber(journal, seating, owner, tasks, day)
        finally:
            tasks.cancel_scope.cancel()
