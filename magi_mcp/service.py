"""The application's service: put a question, find a dossier. All surfaces call this and no other.

Knows neither MCP nor a terminal; the composition root gives it its ports.
"""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

from magi_mcp.convening import Bylaws, Request, convene
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import AnyCase, Case, Seat
from magi_mcp.core.cursors import cursor_of, cursor_values
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.errors import CallerError, CaseConflict
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.heads import Head
from magi_mcp.core.health import Health
from magi_mcp.core.journaled import JournaledCase
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.planned import planned
from magi_mcp.core.playing import HandedIn
from magi_mcp.core.precedent import precedent
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.searching import Find, Search
from magi_mcp.core.verdict import Planned
from magi_mcp.core.viewers import KEEPER, Viewer
from magi_mcp.identity import new_dossier_id
from magi_mcp.judgements import JudgementRequest, convene_judgement
from magi_mcp.ports import Clock, JournalPort, ModelLibrary
from magi_mcp.results import recorded
from magi_mcp.reviews import ReviewRequest, convene_review, cut_to
from magi_mcp.runtime.chamber import Chamber
from magi_mcp.runtime.hearing import Hearing
from magi_mcp.runtime.joining import put_or_join
from magi_mcp.runtime.quota import Quota
from magi_mcp.runtime.record import Record
from magi_mcp.runtime.sitting import Sitting
from magi_mcp.standing import Provisions, Standing, standing_of


@dataclass(frozen=True)
class Finds:
    """A page of finds; ``cursor`` asks for the next one, None where this is the last."""

    finds: tuple[Find, ...]
    cursor: str | None


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
        bylaws = await self.bylaws.for_request(Request(question="", playable=True))
        now = self.clock.now()
        return standing_of(bylaws, self.provisions, self.health.conditions(now), now)

    async def put(self, request: Request) -> Hearing:
        """Open a deliberation on a request; it goes on whether or not anybody waits.

        The same question that runs already, here or in another process on this store, or has
        just ended, is joined instead (semantics R10). Raises ``CallerError`` for what the caller
        can mend, ``StoreError`` where the case cannot be written; in both cases nothing was asked.
        """
        return await self._hear(await self.case_for(request), fresh=request.fresh)

    async def judge(self, request: JudgementRequest) -> Hearing:
        """Have answers judged; the same holds as for ``put``."""
        return await self._hear(await self.judgement_for(request), fresh=request.terms.fresh)

    async def review(self, request: ReviewRequest) -> Hearing:
        """Have a change reviewed; the same holds as for ``put``."""
        return await self._hear(await self.review_for(request), fresh=request.terms.fresh)

    async def _hear(self, case: JournaledCase, *, fresh: bool) -> Hearing:
        if fresh:
            return Hearing(await self._open(case))
        return await put_or_join(case, self._open, self.chamber, self.journal, self.clock.now())

    async def _open(self, case: JournaledCase) -> Sitting | Record:
        async with self.quota.place(case.principal) if self.quota else nullcontext():
            if case.is_callers:
                return await self.chamber.delegate.open(case)
            return await self.chamber.open(case)

    async def submit(self, reference: str, replies: Sequence[HandedIn]) -> Hearing:
        """Take the replies of whoever plays the seats of a deliberation, and go on with it.

        What of them was not taken is told in the ``notes`` of the hearing. Raises ``CallerError``
        where nothing could be taken, ``UnknownDossier`` and ``StoreError``.
        """
        dossier_id = await self.journal.resolve(reference, self.viewer)
        now = self.clock.now()
        record, refused = await self.chamber.delegate.submit(dossier_id, replies, now)
        return Hearing(record, notes=refused)

    async def hearing(self, reference: str) -> Hearing:
        """A place at the deliberation that an id, its last 8 characters or ``latest`` names.

        It may be driven here, by another process, or be long over. Raises ``UnknownDossier``
        and ``StoreError``.
        """
        dossier_id = await self.journal.resolve(reference, self.viewer)
        sitting = self.chamber.sitting(dossier_id)
        return Hearing(sitting or await Record.of(dossier_id, self.journal))

    async def cancel(self, reference: str, by: str) -> Dossier:
        """Stop a deliberation at once, whoever drives it; what had arrived is kept.

        One that is not running is left as it is. Raises ``UnknownDossier`` and ``StoreError``.
        """
        dossier_id = await self.journal.resolve(reference, self.viewer)
        sitting = self.chamber.sitting(dossier_id)
        if sitting is None:
            return (await self.chamber.cancel_elsewhere(dossier_id, by)).dossier
        await self.chamber.cancel(sitting, by)
        return sitting.dossier

    async def resume(self, reference: str, by: str) -> Hearing:
        """Go on with a deliberation that has no verdict, where its journal ends (semantics R8).

        The frozen case holds, and only keys are read anew. One that runs is joined. Raises
        ``CallerError`` for one that has its verdict, ``UnknownDossier`` and ``StoreError``.
        """
        dossier_id = await self.journal.resolve(reference, self.viewer)
        case = (await self.dossier(dossier_id)).case
        request = Request(question="", playable=case.is_callers)
        changes = (await self.bylaws.for_request(request)).changes_since(case)
        if case.is_callers:
            return Hearing(await self.chamber.delegate.resume(dossier_id, by, changes))
        sitting = await self.chamber.resume(dossier_id, by, changes)
        if sitting is not None:
            return Hearing(sitting)
        return Hearing(await Record.of(dossier_id, self.journal), joined=True)

    async def case_for(self, request: Request) -> Case:
        """The frozen case for a request. Raises ``CallerError`` for what the caller can mend.

        Asks no model; but where nobody is configured it may ask a local server what models it
        has.
        """
        bylaws = await self.bylaws.for_request(request)
        if request.follows:
            earlier = await self._followed(request.follows)
            request = replace(request, follows=earlier.dossier_id, precedent=precedent(earlier))
        dossier_id = new_dossier_id(self.clock.now())
        return convene(request, bylaws, dossier_id=dossier_id, principal=self.viewer.principal)

    async def judgement_for(self, request: JudgementRequest) -> JudgementCase:
        """The frozen case for a judgement. Raises ``CallerError`` as ``case_for`` does."""
        bylaws = await self.bylaws.for_request(request.terms)
        dossier_id = new_dossier_id(self.clock.now())
        return convene_judgement(
            request, bylaws, dossier_id=dossier_id, principal=self.viewer.principal
        )

    async def review_for(self, request: ReviewRequest) -> ReviewCase:
        """The frozen case for a review. Raises ``CallerError`` as ``case_for`` does.

        Loads the models' library, if seats are models: how much they can read decides how the
        change is cut.
        """
        bylaws = await self.bylaws.for_request(request.terms)
        dossier_id = new_dossier_id(self.clock.now())
        case = convene_review(
            request, bylaws, dossier_id=dossier_id, principal=self.viewer.principal
        )
        windows = await self.chamber.windows(case)
        return cut_to(case, request.change, windows)

    async def _followed(self, reference: str) -> Dossier:
        try:
            return await self.dossier(reference)
        except CallerError as fault:
            raise CallerError("follows", fault.problem) from fault

    async def plan(self, request: Request) -> Planned:
        """What putting a request would take, and whether that may be spent.

        Nothing is sent and nothing is journaled. Raises ``CallerError`` as ``put`` does.
        """
        return await self._planned(await self.case_for(request))

    async def plan_judgement(self, request: JudgementRequest) -> Planned:
        """What a judgement would take; the same holds as for ``plan``."""
        return await self._planned(await self.judgement_for(request))

    async def plan_review(self, request: ReviewRequest) -> Planned:
        """What a review would take; the same holds as for ``plan``."""
        return await self._planned(await self.review_for(request))

    async def _planned(self, case: AnyCase) -> Planned:
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

    def must_load_models(self, case: AnyCase) -> bool:
        """Whether the first calls of a case wait until the models' library is loaded."""
        return _any_model(case.everybody) and not self.models.loaded

    async def dossier(self, reference: str) -> Dossier:
        """The dossier that an id, its last 8 characters or ``latest`` names, as it is now.

        Raises ``UnknownDossier`` and ``StoreError``.
        """
        return (await self.hearing(reference)).dossier

    async def search(self, wanted: Search, limit: int, cursor: str | None = None) -> Finds:
        """One page of what a search finds, best first, and where the next one begins.

        Raises ``CallerError`` for a cursor that no answer to this search has given.
        """
        purpose = f"search {wanted.model_dump_json()}"
        after = None
        if cursor:
            hits, dossier_id = cursor_values(purpose, cursor, (int, str))
            after = int(hits or 0), str(dossier_id)
        found = await self.journal.search(wanted, limit + 1, after, self.viewer)
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
        dossier_id = await self.journal.resolve(reference, self.viewer)
        while True:
            dossier = (await Record.of(dossier_id, self.journal)).dossier
            event = recorded(dossier, actual, note)
            try:
                (entry,) = await self.journal.append(dossier_id, dossier.last_seq, [event])
            except CaseConflict:  # somebody else recorded one meanwhile; ours comes after it
                continue
            dossier.record(entry)
            self.chamber.news.tell(dossier.case, entry)
            return dossier

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
        candidate.model.startswith(SCRIPTED) or candidate.model == CALLER
        for seat in seats
        for candidate in seat.candidates
    )
