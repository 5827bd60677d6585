"""Core: the dossier, everything a deliberation left: the fold of its journal.

The fold knows events and nothing of procedures, so a running deliberation, a finished one
and one recorded by another version are all read the same way.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from magi_mcp.core.accounts import calls_of
from magi_mcp.core.asks import BALLOT_PURPOSES, ClosingReason, Purpose, Refused
from magi_mcp.core.ballots import Ballot
from magi_mcp.core.case import Case
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.events import (
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Entry,
    LateReply,
    OutcomeRecorded,
    ReplyReceived,
    RoundAsked,
    RoundClosed,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.replies import NO_USAGE, Reply, Usage
from magi_mcp.core.verdict import Actual, Decision, Status


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
    """What became of one round: who was asked, under which pseudonyms, who replied.

    ``late`` holds what came after the round was closed, and counts for nothing.
    """

    round_id: str
    number: int
    purpose: Purpose
    seats: tuple[str, ...]
    pseudonyms: Mapping[str, str]
    responses: dict[str, Response] = field(default_factory=dict)
    late: dict[str, Response] = field(default_factory=dict)
    closed: ClosingReason | None = None

    def in_order(self, held: Mapping[str, Response]) -> list[Response]:
        """Of the responses or of the late ones, all, in the order in which seats were asked.

        Who answers first is chance, and two accounts of one council are to read alike.
        """
        return [held[seat] for seat in self.seats if seat in held]


@dataclass
class Dossier:
    """A deliberation as its journal tells it. Times are seconds since the epoch.

    ``rounds`` holds every round that was asked, groupings included; ``decision`` is there
    once a verdict was reached, ``causes`` where the council failed, ``actual`` where somebody
    told what really happened. ``updated_at`` is the moment of the newest event of the
    deliberation itself.
    """

    case: Case
    opened_at: float
    updated_at: float
    status: Status = "running"
    rounds: list[RoundRecord] = field(default_factory=list)
    refused: Refused | None = None
    decision: Decision | None = None
    causes: tuple[str, ...] = ()
    actual: Actual | None = None
    last_seq: int = 0

    @property
    def dossier_id(self) -> str:
        return self.case.dossier_id

    @property
    def uri(self) -> str:
        return dossier_uri(self.dossier_id)

    @property
    def ballot_rounds(self) -> list[RoundRecord]:
        """The rounds in which the seats took positions, without what served them."""
        return [record for record in self.rounds if record.purpose in BALLOT_PURPOSES]

    @property
    def responses(self) -> list[Response]:
        """Every reply that came in time, round by round, in the order of the seats."""
        return [each for record in self.rounds for each in record.in_order(record.responses)]

    @property
    def late(self) -> list[Response]:
        """Every reply that came after its round was closed, in the same order."""
        return [each for record in self.rounds for each in record.in_order(record.late)]

    @property
    def usage(self) -> Usage:
        """All calls that were made, with their sums; None where one of them is unknown."""
        return self.usage_of({seat.name for seat in self.case.everybody})

    def usage_of(self, seats: Collection[str]) -> Usage:
        """The same for some seats. Nobody knows what a call cost that was cut off."""
        replied = [r.reply.usage for r in (*self.responses, *self.late) if r.seat in seats]
        cut_off = [
            Usage()
            for record in self.rounds
            if record.closed is not None or self.status in ("cancelled", "interrupted")
            for seat in record.seats
            if seat in seats and seat not in record.responses and seat not in record.late
        ]
        return sum((*replied, *cut_off), NO_USAGE)

    @property
    def unpriced_models(self) -> tuple[str, ...]:
        """The models whose calls have no price though their tokens were counted."""
        calls = (call for r in (*self.responses, *self.late) for call in calls_of(r.reply))
        unpriced = (
            c.model for c in calls if c.usage.cost_usd is None and c.usage.tokens is not None
        )
        return tuple(dict.fromkeys(filter(None, unpriced)))

    @property
    def elapsed_s(self) -> float:
        """Seconds from the opening of the case to its newest event."""
        return max(0.0, self.updated_at - self.opened_at)

    def record(self, entry: Entry) -> None:
        """Take one more entry of the journal."""
        event = entry.event
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
                        seats=tuple(ask.seat for ask in event.asks),
                        pseudonyms=event.pseudonyms,
                    )
                )
            case ReplyReceived():
                record = self._round_of(event.ask_id.partition("/")[0])
                record.responses[event.seat] = Response(
                    event.seat, event.ask_id, entry.at, event.reply, event.ballot
                )
            case LateReply():
                record = self._round_of(event.ask_id.partition("/")[0])
                record.late[event.seat] = Response(
                    event.seat, event.ask_id, entry.at, event.reply, ballot=None
                )
            case RoundClosed():
                self._round_of(event.round_id).closed = event.reason
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
            case OutcomeRecorded():
                self.actual = Actual(
                    answer=event.actual, correct=event.correct, note=event.note, at=entry.at
                )

    def _round_of(self, round_id: str) -> RoundRecord:
        for record in reversed(self.rounds):
            if record.round_id == round_id:
                return record
        raise ProcedureError(f"{self.dossier_id}: no round {round_id} was asked")


def fold(entries: Iterable[Entry], *, driven: bool = True) -> Dossier:
    """The dossier that a journal's entries tell.

    ``driven`` says whether somebody holds the claim: without an end and without a driver the
    deliberation was interrupted. Raises ``ProcedureError`` where the first entry is no case.
    """
    journal = iter(entries)
    first = next(journal, None)
    if first is None or not isinstance(first.event, CaseOpened):
        raise ProcedureError("a journal begins with case_opened")
    dossier = Dossier(
        case=first.event.case, opened_at=first.at, updated_at=first.at, last_seq=first.seq
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
