"""Core: the dossier, everything a deliberation left: the fold of its journal.

The fold knows events and nothing of procedures, so a running deliberation, a finished one
and one recorded by another version are all read the same way.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from magi_mcp.core.accounts import calls_of
from magi_mcp.core.asks import ROUND_PURPOSES, ClosingReason, Purpose, Refused
from magi_mcp.core.ballots import Ballot
from magi_mcp.core.case import AnyCase
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.events import (
    AskIssued,
    AskReopened,
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Entry,
    LateReply,
    OutcomeRecorded,
    ReplyReceived,
    Resumed,
    RoundAsked,
    RoundClosed,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.replies import NO_USAGE, Reply, Usage
from magi_mcp.core.verdict import UNDER_WAY, Actual, AnyDecision, Status, status_of_open


@dataclass(frozen=True)
class Response:
    """One seat's reply in a round, and the ballot that was read from it."""

    seat: str
    ask_id: str
    at: float
    reply: Reply
    ballot: Ballot | None


@dataclass
class RoundRecord:
    """What became of one round: what was asked of whom, under which pseudonyms, who replied.

    ``heard`` and ``overdue`` hold the responses by ask; what came after the round was closed is
    overdue, and counts for nothing. ``superseded`` holds what failed and was asked for again.
    ``lost`` are the seats whose calls somebody stopped or a crash cut off, once for each time:
    they were asked again, and nobody knows what those cost.
    """

    round_id: str
    number: int
    purpose: Purpose
    asks: tuple[AskIssued, ...]
    pseudonyms: Mapping[str, str]
    heard: dict[str, Response] = field(default_factory=dict)
    overdue: dict[str, Response] = field(default_factory=dict)
    superseded: list[Response] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    closed: ClosingReason | None = None

    @property
    def seats(self) -> tuple[str, ...]:
        """Who was asked; a seat that has several asks stands there once."""
        return tuple(dict.fromkeys(ask.seat for ask in self.asks))

    @property
    def responses(self) -> dict[str, Response]:
        """What came in time, by seat; of a seat with several asks, what came last."""
        return {response.seat: response for response in self.heard.values()}

    @property
    def late(self) -> dict[str, Response]:
        """What came too late, by seat; of a seat with several asks, what came last."""
        return {response.seat: response for response in self.overdue.values()}

    @property
    def unheard(self) -> tuple[str, ...]:
        """The seats that have not replied, neither in time nor late, once for each open ask."""
        arrived = {*self.heard, *self.overdue}
        return tuple(ask.seat for ask in self.asks if ask.ask_id not in arrived)

    def in_order(self, held: Mapping[str, Response]) -> list[Response]:
        """Of what was heard or is overdue, all, in the order in which it was asked for.

        Who answers first is chance, and two accounts of one council are to read alike.
        """
        return [held[ask.ask_id] for ask in self.asks if ask.ask_id in held]


@dataclass(frozen=True)
class Leg:
    """A stretch in which a deliberation was driven, after the first: from ``began_at`` on.

    ``by`` says who went on, ``lost_calls`` how many calls had been cut off until then.
    """

    began_at: float
    by: str
    lost_calls: int
    warnings: tuple[str, ...]


@dataclass
class Dossier:
    """A deliberation as its journal tells it. Times are seconds since the epoch.

    ``rounds`` holds every round that was asked, groupings included; ``decision`` is there
    once a verdict was reached, ``causes`` where the council failed, ``actual`` where somebody
    told what really happened. ``legs`` are the times that somebody went on with it; ``idle_s``
    is what went by between the legs. ``updated_at`` is the moment of the newest event of the
    deliberation itself.
    """

    case: AnyCase
    opened_at: float
    updated_at: float
    status: Status = "running"
    rounds: list[RoundRecord] = field(default_factory=list)
    refused: Refused | None = None
    decision: AnyDecision | None = None
    causes: tuple[str, ...] = ()
    legs: list[Leg] = field(default_factory=list)
    idle_s: float = 0.0
    actual: Actual | None = None
    last_seq: int = 0

    @property
    def dossier_id(self) -> str:
        return self.case.dossier_id

    @property
    def uri(self) -> str:
        return dossier_uri(self.dossier_id)

    @property
    def is_under_way(self) -> bool:
        """Whether it goes on without being resumed: nobody is shown half a vote."""
        return self.status in UNDER_WAY

    @property
    def ballot_rounds(self) -> list[RoundRecord]:
        """The rounds in which the seats were heard, without what served them."""
        return [record for record in self.rounds if record.purpose in ROUND_PURPOSES]

    @property
    def responses(self) -> list[Response]:
        """Every reply that came in time, round by round, in the order of the seats."""
        return [each for record in self.rounds for each in record.in_order(record.heard)]

    @property
    def late(self) -> list[Response]:
        """Every reply that came after its round was closed, in the same order."""
        return [each for record in self.rounds for each in record.in_order(record.overdue)]

    @property
    def usage(self) -> Usage:
        """All calls that were made, with their sums; None where one of them is unknown."""
        return self.usage_of({seat.name for seat in self.case.everybody})

    def usage_of(self, seats: Collection[str]) -> Usage:
        """The same for some seats. Nobody knows what a call cost that was cut off."""
        replied = [each.reply.usage for each in self._paid if each.seat in seats]
        cut_off = [
            Usage()
            for record in self.rounds
            for seat in (*record.lost, *self._left_off(record))
            if seat in seats
        ]
        return sum((*replied, *cut_off), NO_USAGE)

    @property
    def _paid(self) -> list[Response]:
        """Every reply there is, those that count for nothing included."""
        superseded = (each for record in self.rounds for each in record.superseded)
        return [*self.responses, *self.late, *superseded]

    def _left_off(self, record: RoundRecord) -> tuple[str, ...]:
        """The seats whose calls for a round are not waited for any more."""
        if self.case.is_callers:
            return ()  # nobody was called
        over = record.closed is not None or self.status in ("cancelled", "interrupted")
        return record.unheard if over else ()

    @property
    def unpriced_models(self) -> tuple[str, ...]:
        """The models whose calls have no price though their tokens were counted."""
        calls = (call for each in self._paid for call in calls_of(each.reply))
        unpriced = (
            c.model for c in calls if c.usage.cost_usd is None and c.usage.tokens is not None
        )
        return tuple(dict.fromkeys(filter(None, unpriced)))

    @property
    def elapsed_s(self) -> float:
        """Seconds in session, from the opening of the case to its newest event."""
        return self.elapsed_until(self.updated_at)

    def elapsed_until(self, at: float) -> float:
        """Seconds in session until ``at``, without the time between two legs."""
        return max(0.0, at - self.opened_at - self.idle_s)

    @property
    def leg_began_at(self) -> float:
        """When the newest leg began; its deadline counts from there."""
        return self.legs[-1].began_at if self.legs else self.opened_at

    @property
    def lost_calls(self) -> int:
        """How many calls were cut off and made again; what they cost is not known."""
        return sum(leg.lost_calls for leg in self.legs)

    def record(self, entry: Entry) -> None:
        """Take one more entry of the journal."""
        event = entry.event
        if isinstance(event, Resumed):
            self._begin_leg(event, entry.at)
        self.last_seq = entry.seq
        if not isinstance(event, OutcomeRecorded):
            self.updated_at = entry.at
        match event:
            case CaseOpened():
                raise ProcedureError(f"{self.dossier_id}: a second case in one journal")
            case RoundAsked():
                self.rounds.append(
                    RoundRecord(
                        round_id=event.round_id,
                        number=event.number,
                        purpose=event.purpose,
                        asks=event.asks,
                        pseudonyms=event.pseudonyms,
                    )
                )
            case ReplyReceived():
                record = self._round_of(event.ask_id.partition("/")[0])
                record.heard[event.ask_id] = Response(
                    event.seat, event.ask_id, entry.at, event.reply, event.ballot
                )
            case LateReply():
                record = self._round_of(event.ask_id.partition("/")[0])
                record.overdue[event.ask_id] = Response(
                    event.seat, event.ask_id, entry.at, event.reply, ballot=None
                )
            case RoundClosed():
                self._round_of(event.round_id).closed = event.reason
            case Resumed():
                pass
            case AskReopened():
                self._reopen(self._round_of(event.ask_id.partition("/")[0]), event.ask_id)
            case RoundRefused() | VerdictReached() | CouncilFailed() | Cancelled():
                self._conclude(event)
            case OutcomeRecorded():
                self.actual = Actual(
                    answer=event.actual, correct=event.correct, note=event.note, at=entry.at
                )
            case _:
                assert_never(event)

    def _conclude(self, event: RoundRefused | VerdictReached | CouncilFailed | Cancelled) -> None:
        match event:
            case RoundRefused(reason="cancelled"):
                self.status = "interrupted"
            case RoundRefused():
                self.refused = Refused(event.reason, event.detail)
            case VerdictReached():
                self.decision = event.decision
                self.status = event.decision.status
            case CouncilFailed():
                self.causes = event.causes
                self.status = "failed"
            case Cancelled():
                self.status = "cancelled"

    def _begin_leg(self, event: Resumed, at: float) -> None:
        if self.status == "failed":
            self.causes, self.refused = (), None
        lost = 0
        if self.rounds and self.rounds[-1].closed is None and not event.delegated:
            newest = self.rounds[-1]
            lost = len(newest.unheard)
            newest.lost += newest.unheard
        self.idle_s += max(0.0, at - self.updated_at)
        self.legs.append(Leg(at, event.by, lost, event.warnings))
        self.status = status_of_open(delegated=event.delegated)

    def _reopen(self, record: RoundRecord, ask_id: str) -> None:
        record.lost += self._left_off(record)
        record.closed = None
        if ask_id in record.heard:
            record.superseded.append(record.heard.pop(ask_id))

    def _round_of(self, round_id: str) -> RoundRecord:
        for record in reversed(self.rounds):
            if record.round_id == round_id:
                return record
        raise ProcedureError(f"{self.dossier_id}: no round {round_id} was asked")


def fold(entries: Iterable[Entry], *, driven: bool = True) -> Dossier:
    """The dossier that a journal's entries tell.

    ``driven`` says whether somebody holds the claim: without an end and without a driver the
    deliberation was interrupted, unless it awaits replies of the caller. Raises
    ``ProcedureError`` where the first entry is no case.
    """
    journal = iter(entries)
    first = next(journal, None)
    if first is None or not isinstance(first.event, CaseOpened):
        raise ProcedureError("a journal begins with case_opened")
    case = first.event.case
    dossier = Dossier(
        case=case,
        opened_at=first.at,
        updated_at=first.at,
        status=status_of_open(delegated=case.is_callers),
        last_seq=first.seq,
    )
    for entry in journal:
        dossier.record(entry)
    if dossier.status == "running" and not driven:
        dossier.status = "interrupted"
    return dossier


def dossier_uri(dossier_id: str) -> str:
    """The resource under which a dossier is found."""
    return f"magi://dossiers/{dossier_id}"


def short_id(dossier_id: str) -> str:
    """The last 8 characters, by which people and models name a dossier."""
    return dossier_id[-8:]
