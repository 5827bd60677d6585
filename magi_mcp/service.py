"""The application's service: put a question, find a dossier. All surfaces call this and no other.

Knows neither MCP nor a terminal; the composition root gives it its ports.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

from magi_mcp.convening import Bylaws, Request, convene
from magi_mcp.core.case import Case, Seat
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.errors import CallerError
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.heads import Head
from magi_mcp.core.health import Health
from magi_mcp.core.planned import planned
from magi_mcp.core.verdict import Planned
from magi_mcp.core.viewers import KEEPER, Viewer
from magi_mcp.identity import new_dossier_id
from magi_mcp.ports import Clock, JournalPort, ModelLibrary
from magi_mcp.runtime.chamber import Chamber, Sitting
from magi_mcp.runtime.quota import Quota
from magi_mcp.standing import Provisions, Standing, standing_of


@dataclass(frozen=True)
class Council:
    """A council in office: its bylaws, its chamber, its archive.

    ``store`` is where dossiers are kept, as a person would look for it; ``health`` knows
    how the models have fared that this process has called. All that is done is done as
    ``viewer``: whatever another one may not see is unknown here. ``quota`` bounds what a
    principal may open.
    """

    bylaws: Bylaws
    chamber: Chamber
    journal: JournalPort
    clock: Clock
    models: ModelLibrary
    store: str
    provisions: Provisions = field(default_factory=Provisions)
    health: Health = field(default_factory=Health)
    viewer: Viewer = KEEPER
    quota: Quota | None = None

    def seen_by(self, viewer: Viewer) -> "Council":
        """The same council as somebody else sees it and puts questions to it."""
        return replace(self, viewer=viewer)

    async def standing(self) -> Standing:
        """How the council stands now: seats and their health, limits, configuration.

        Asks no model; where nobody is configured it may ask a local server what models it has.
        """
        bylaws = await self.bylaws.for_request(Request(question=""))
        now = self.clock.now()
        return standing_of(bylaws, self.provisions, self.health.conditions(now), now)

    async def put(self, request: Request) -> Sitting:
        """Open a deliberation on a request; it goes on whether or not anybody waits.

        Raises ``CallerError`` for what the caller can mend, ``StoreError`` where the case
        cannot be written; in both cases nothing was asked.
        """
        case = await self.case_for(request)
        async with self.quota.place(case.principal) if self.quota else nullcontext():
            return await self.chamber.open(case)

    async def case_for(self, request: Request) -> Case:
        """The frozen case for a request. Raises ``CallerError`` for what the caller can mend.

        Asks no model; but where nobody is configured it may ask a local server what models it
        has.
        """
        bylaws = await self.bylaws.for_request(request)
        dossier_id = new_dossier_id(self.clock.now())
        return convene(request, bylaws, dossier_id=dossier_id, principal=self.viewer.principal)

    async def plan(self, request: Request) -> Planned:
        """What putting a request would take, and whether that may be spent.

        Nothing is sent and nothing is journaled. Raises ``CallerError`` as ``put`` does.
        """
        case = await self.case_for(request)
        return planned(case, await self.chamber.plan(case))

    @property
    def expects_models(self) -> bool:
        """Whether the seats are known to be models, so that loading their library ahead pays.

        Seats that only a local server can tell of are not known before a question is put.
        """
        try:
            return _any_model(self.bylaws.seats_for(Request(question="")))
        except CallerError:
            return False

    def must_load_models(self, case: Case) -> bool:
        """Whether the first calls of a case wait until the models' library is loaded."""
        return _any_model(case.everybody) and not self.models.loaded

    async def dossier(self, reference: str) -> Dossier:
        """The dossier that an id, its last 8 characters or ``latest`` names, as it is now.

        Raises ``UnknownDossier`` and ``StoreError``.
        """
        dossier_id = await self.journal.resolve(reference, self.viewer)
        sitting = self.chamber.sitting(dossier_id)
        if sitting is not None:
            return sitting.dossier
        # The claim is looked up first: whoever finishes in between leaves a complete journal.
        driven = await self.journal.claimed(dossier_id)
        return fold(await self.journal.read(dossier_id), driven=driven)

    async def cancel(self, reference: str, by: str) -> Dossier:
        """Stop a deliberation at once, and keep what had arrived (semantics R9).

        One that has ended stays as it is. Raises ``UnknownDossier``, ``StoreError``, and
        ``CallerError`` where another process drives it.
        """
        dossier = await self.dossier(reference)
        if dossier.status != "running":
            return dossier
        sitting = self.chamber.sitting(dossier.dossier_id)
        if sitting is None:
            problem = "is driven by another process, which alone can stop it"
            raise CallerError("dossier_id", f"{dossier.dossier_id} {problem}")
        await self.chamber.cancel(sitting, by)
        return await self.dossier(dossier.dossier_id)

    async def heads(self, limit: int, before: str | None = None) -> tuple[Head, ...]:
        """The newest dossiers, newest first, older than ``before`` where that is given.

        One that has no end and that nobody drives is told to be interrupted.
        """
        heads = await self.journal.heads(limit, before, self.viewer)
        return tuple([await self._as_it_is(head) for head in heads])

    async def _as_it_is(self, head: Head) -> Head:
        if head.status != "running" or await self.journal.claimed(head.dossier_id):
            return head
        return head.model_copy(update={"status": "interrupted"})


def _any_model(seats: Iterable[Seat]) -> bool:
    return not all(
        candidate.model.startswith(SCRIPTED) for seat in seats for candidate in seat.candidates
    )
