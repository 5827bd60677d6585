"""The application's service: put a question, find a dossier. All surfaces call this and no other.

Knows neither MCP nor a terminal; the composition root gives it its ports.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from magi_mcp.convening import Bylaws, Request, convene
from magi_mcp.core.case import Case, Seat
from magi_mcp.core.cursors import cursor_of, cursor_values
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.errors import CallerError, CaseConflict
from magi_mcp.core.events import Entry
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.heads import Head
from magi_mcp.core.health import Health
from magi_mcp.core.outcomes import outcome_recorded
from magi_mcp.core.planned import planned
from magi_mcp.core.result import verdict_of
from magi_mcp.core.searching import Find, Search
from magi_mcp.core.verdict import Planned
from magi_mcp.identity import new_dossier_id
from magi_mcp.ports import Clock, JournalPort, ModelLibrary
from magi_mcp.runtime.chamber import Chamber, Sitting
from magi_mcp.standing import Provisions, Standing, standing_of


@dataclass(frozen=True)
class Record:
    """A dossier with the journal it follows from."""

    dossier: Dossier
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Finds:
    """A page of finds; ``cursor`` asks for the next one, None where this is the last."""

    finds: tuple[Find, ...]
    cursor: str | None


@dataclass(frozen=True)
class Council:
    """A council in office: its bylaws, its chamber, its archive.

    ``store`` is where dossiers are kept, as a person would look for it; ``health`` knows
    how the models have fared that this process has called.
    """

    bylaws: Bylaws
    chamber: Chamber
    journal: JournalPort
    clock: Clock
    models: ModelLibrary
    store: str
    provisions: Provisions = field(default_factory=Provisions)
    health: Health = field(default_factory=Health)

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
        return await self.chamber.open(await self.case_for(request))

    async def case_for(self, request: Request) -> Case:
        """The frozen case for a request. Raises ``CallerError`` for what the caller can mend.

        Asks no model; but where nobody is configured it may ask a local server what models it
        has.
        """
        bylaws = await self.bylaws.for_request(request)
        return convene(request, bylaws, dossier_id=new_dossier_id(self.clock.now()))

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
        dossier_id = await self.journal.resolve(reference)
        sitting = self.chamber.sitting(dossier_id)
        if sitting is not None:
            return sitting.dossier
        # The claim is looked up first: whoever finishes in between leaves a complete journal.
        driven = await self.journal.claimed(dossier_id)
        return fold(await self.journal.read(dossier_id), driven=driven)

    async def record(self, reference: str) -> Record:
        """The dossier that a reference names with the entries it is the fold of.

        Raises as ``dossier`` does.
        """
        dossier_id = await self.journal.resolve(reference)
        driven = await self.journal.claimed(dossier_id)
        entries = await self.journal.read(dossier_id)
        return Record(fold(entries, driven=driven), entries)

    async def search(self, wanted: Search, limit: int, cursor: str | None = None) -> Finds:
        """One page of what a search finds, best first, and where the next one begins.

        Raises ``CallerError`` for a cursor that no answer to this search has given.
        """
        purpose = f"search {wanted.model_dump_json()}"
        after = None
        if cursor:
            hits, dossier_id = cursor_values(purpose, cursor)
            after = int(hits or 0), str(dossier_id)
        found = await self.journal.search(wanted, limit + 1, after)
        shown = [
            find.model_copy(update={"head": await self._as_it_is(find.head)})
            for find in found[:limit]
        ]
        more = cursor_of(purpose, *found[limit - 1].place) if len(found) > limit else None
        return Finds(tuple(shown), more)

    async def record_outcome(self, reference: str, actual: str, note: str = "") -> Dossier:
        """Keep what really happened with a dossier that has ended; the newest word counts.

        Raises ``CallerError`` for what this dossier cannot have come to.
        """
        while True:
            record = await self.record(reference)
            dossier = record.dossier
            event = outcome_recorded(dossier.case, verdict_of(dossier), actual, note)
            try:
                (entry,) = await self.journal.append(dossier.dossier_id, dossier.last_seq, [event])
            except CaseConflict:  # somebody else recorded one meanwhile; ours comes after it
                continue
            dossier.record(entry)
            self.chamber.news.tell(dossier.dossier_id, entry)
            return dossier

    async def heads(self, limit: int, before: str | None = None) -> tuple[Head, ...]:
        """The newest dossiers, newest first, older than ``before`` where that is given.

        One that has no end and that nobody drives is told to be interrupted.
        """
        heads = await self.journal.heads(limit, before)
        return tuple([await self._as_it_is(head) for head in heads])

    async def _as_it_is(self, head: Head) -> Head:
        if head.status != "running" or await self.journal.claimed(head.dossier_id):
            return head
        return head.model_copy(update={"status": "interrupted"})


def _any_model(seats: Iterable[Seat]) -> bool:
    return not all(seat.model.startswith(SCRIPTED) for seat in seats)
