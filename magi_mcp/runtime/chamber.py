"""Runtime: the chamber, the deliberations that are alive in this process.

Whoever calls only waits. A deliberation belongs to the chamber, so a caller that goes away
takes nothing with it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import anyio
from anyio.abc import TaskGroup

from magi_mcp.core.case import AnyCase
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.errors import CaseConflict, MagiError
from magi_mcp.core.events import Cancelled, CaseOpened, Entry
from magi_mcp.core.journaled import JournaledCase
from magi_mcp.core.verdict import Plan
from magi_mcp.logs import about, logger
from magi_mcp.ports import JournalPort, Seating, SeatPort
from magi_mcp.runtime.delegate import Delegate, has_its_verdict
from magi_mcp.runtime.forecast import forecast
from magi_mcp.runtime.ledger import Ledger
from magi_mcp.runtime.live import deliberate
from magi_mcp.runtime.news import News
from magi_mcp.runtime.record import Record
from magi_mcp.runtime.sitting import Sitting
from magi_mcp.runtime.spending import DayBudget
from magi_mcp.runtime.treasury import Treasury
from magi_mcp.telemetry import deliberation_span

CLAIM_TTL_S = 30.0
"""How long a claim outlives its process: after this a deliberation counts as interrupted."""

_DOOR_TTL_S = 10.0
"""How long a process that dies while it puts a case keeps others from putting the same one."""

_KNOCK_EVERY_S = 0.05
"""How often somebody tries again who waits for another process: one that is about to put the same
case, or one that has yet to leave what was stopped."""


class Chamber:
    """Opens deliberations and keeps them going; made by :func:`open_chamber`.

    ``news`` hears of all that is written to their journals. Those whose seats
    the caller plays are its ``delegate``'s: nobody keeps them going.
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
        self._doors: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()
        self._resuming = anyio.Lock()
        self.news = News()
        self.delegate = Delegate(journal, self._ledger)

    async def plan(self, case: AnyCase) -> Plan:
        """What a case takes at most, and how much of that may be spent. Asks nobody."""
        treasury = self._treasury(case)
        await treasury.refresh()
        return await forecast(case, self._seating, treasury.purse)

    async def windows(self, case: AnyCase) -> tuple[int | None, ...]:
        """How many tokens a prompt may have at each model that may be asked; None for unknown."""
        tariffs = await self._seating.tariffs(case)
        return tuple(window for tariff in tariffs.values() for window in tariff.windows)

    async def open(self, case: JournaledCase) -> Sitting:
        """Claim and journal the case, and start deliberating.

        Raises ``StoreError`` where the case cannot be written, and ``CaseConflict`` where
        somebody else claims its id or has written under it; nothing is asked then.
        """
        treasury = self._treasury(case)
        seats = self._seating.seats(case, treasury.purse)
        deliberation = Deliberation(case)
        if not await self._claim(case.dossier_id):
            raise CaseConflict(case.dossier_id, 0)
        ledger = self._ledger(case.dossier_id)
        async with self._given_up_on_failure(case.dossier_id):
            if await ledger.write(CaseOpened(case=case)):
                raise CaseConflict(case.dossier_id, 0)
        return self._convene(Sitting(ledger, self._journal), deliberation, seats, treasury)

    async def resume(
        self, dossier_id: str, by: str, warnings: tuple[str, ...] = ()
    ) -> Sitting | None:
        """Go on with a deliberation where its journal ends; None where another process does.

        One that is in session here is joined. ``warnings`` say what of the configuration has
        changed. Raises ``CallerError`` for one that has its verdict, and ``StoreError``.
        """
        while True:
            async with self._resuming:
                # The journal is asked, for whoever drives it may not have heard of a cancel yet.
                record = await Record.of(dossier_id, self._journal)
                sitting = self.sitting(dossier_id)
                if record.dossier.status == "running":
                    return sitting
                if sitting is None:
                    async with self._given_up_on_failure(dossier_id):
                        if await self._claim(dossier_id):
                            return await self._reconvene(dossier_id, by, warnings)
            await anyio.sleep(_KNOCK_EVERY_S)

    async def _reconvene(self, dossier_id: str, by: str, warnings: tuple[str, ...]) -> Sitting:
        """Begin another leg of a deliberation on which the claim is held."""
        while True:
            entries = await self._journal.read(dossier_id)
            deliberation = Deliberation.restore(entry.event for entry in entries)
            if deliberation.final:
                raise has_its_verdict(dossier_id)
            treasury = self._treasury(deliberation.case, entries)
            await treasury.refresh()
            seats = self._seating.seats(deliberation.case, treasury.purse)
            ledger = self._ledger(dossier_id, entries)
            events = deliberation.resumption(by, warnings)
            if not await ledger.write(*events):  # else a cancel came in between
                break
        for event in events:
            deliberation.apply(event)
        return self._convene(Sitting(ledger, self._journal), deliberation, seats, treasury)

    def _ledger(self, dossier_id: str, entries: Sequence[Entry] = ()) -> Ledger:
        return Ledger(self._journal, dossier_id, entries, self.news)

    def _treasury(self, case: AnyCase, entries: Sequence[Entry] = ()) -> Treasury:
        return Treasury(case, self._seating, self._day, told=(entry.event for entry in entries))

    def _convene(
        self,
        sitting: Sitting,
        deliberation: Deliberation,
        seats: Mapping[str, SeatPort],
        treasury: Treasury,
    ) -> Sitting:
        self._sittings[sitting.dossier_id] = sitting
        treasury.open()
        self._tasks.start_soon(self._sit, sitting, deliberation, seats, treasury)
        return sitting

    @asynccontextmanager
    async def alone_with(self, key: str) -> AsyncIterator[None]:
        """Nobody else on this store puts a case with this key while the block lasts."""
        door = f"case:{key}"
        async with self._doors.setdefault(key, anyio.Lock()):
            try:
                await self._enter(door)
                yield
            finally:
                with anyio.CancelScope(shield=True):
                    await self._give_up(door)

    async def _enter(self, door: str) -> None:
        while True:
            if await self._journal.claim(door, self._owner, _DOOR_TTL_S):
                return
            await anyio.sleep(_KNOCK_EVERY_S)

    async def _claim(self, dossier_id: str) -> bool:
        return await self._journal.claim(dossier_id, self._owner, CLAIM_TTL_S)

    @asynccontextmanager
    async def _given_up_on_failure(self, dossier_id: str) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._give_up(dossier_id)
            raise

    async def _give_up(self, dossier_id: str) -> None:
        """Release a claim; that it cannot be released is no reason to hide what came before."""
        try:
            await self._journal.release(dossier_id, self._owner)
        except MagiError:
            logger(__name__).exception("claim was not released", dossier_id=dossier_id)

    def sitting(self, dossier_id: str) -> Sitting | None:
        """The deliberation of that id if it is in session in this process."""
        return self._sittings.get(dossier_id)

    @property
    def in_session(self) -> int:
        """How many deliberations are alive in this process."""
        return len(self._sittings)

    async def disband(self) -> None:
        """Leave every deliberation where it stands, without an end: interrupted, from now on.

        Whoever waits for one is given what there is of it.
        """
        sittings = [*self._sittings.values()]
        for sitting in sittings:
            sitting.scope.cancel()
        for sitting in sittings:
            await sitting.ledger.closing()

    async def cancel(self, sitting: Sitting, by: str) -> None:
        """Stop a deliberation at once; what had arrived is kept (semantics R9)."""
        sitting.cancelled_by = by
        sitting.scope.cancel()
        await sitting.ledger.closing()

    async def cancel_elsewhere(self, dossier_id: str, by: str) -> Record:
        """Stop a deliberation that another process drives, by a word in its journal.

        Whoever drives it reads that and obeys. One that is not under way is left as it is.
        """
        while True:
            record = await Record.of(dossier_id, self._journal)
            if not record.dossier.is_under_way:
                return record
            last_seq = record.entries[-1].seq
            try:
                (entry,) = await self._journal.append(dossier_id, last_seq, [Cancelled(by=by)])
            except CaseConflict:
                continue  # it has come further meanwhile
            self.news.tell(record.dossier.case, entry)
            await record.look()

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
            deliberation_span(case.dossier_id, *case.course, names),
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
                    await deliberate(
                        deliberation, seats, sitting.ledger, treasury, sitting.forsaken
                    )
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
            if not await self._claim(sitting.dossier_id):
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
