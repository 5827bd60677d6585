"""CLI: how far a deliberation has come, as whoever watches it may know. Pure.

A fold of the journal's events that leaves out what was said: while a round runs nobody learns
how anybody voted, and a watcher has no use for half a tally.
"""

from dataclasses import dataclass, field
from typing import Literal, assert_never

from magi_mcp.core.activity import activity, how_closed, why_not_asked
from magi_mcp.core.anonymity import Mask
from magi_mcp.core.ballots import Abstention, Ballot, Missing, Position, Unreadable
from magi_mcp.core.case import AnyCase
from magi_mcp.core.events import (
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
from magi_mcp.core.words import (
    failure_in_words,
    plural,
    seat_title,
    seat_titles,
    seconds,
    sentence_case,
    shortened,
)

SeatState = Literal[
    "on call",
    "waiting",
    "thinking",
    "answered",
    "abstained",
    "unreadable",
    "failed",
    "not awaited",  # its round was closed because it could change nothing
]


@dataclass
class Place:
    """One seat as a watcher sees it; ``since`` and ``until`` are seconds since the epoch.

    ``own_model`` is blank where the case is anonymous, ``served_by`` None until a reply says it.
    """

    name: str
    own_model: str
    state: SeatState = "waiting"
    since: float | None = None
    until: float | None = None
    served_by: str | None = None

    @property
    def model(self) -> str:
        """The model that served the seat's newest reply; while it is awaited, the seat's own."""
        return self.served_by or self.own_model

    def seconds(self, now: float) -> float | None:
        """How long the seat has thought, or took; None before it was asked."""
        return None if self.since is None else max(0.0, (self.until or now) - self.since)


@dataclass
class Board:
    """What has happened so far: which round, and every seat's state in it.

    ``asked`` says whether any round was; ``places`` has the seats by their names, and the
    arbiter at the end.
    """

    case: AnyCase
    opened_at: float
    stage: str = "Convening the council"
    asked: bool = False
    places: dict[str, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shown = Mask(self.case).names
        asked = [*map(self.case.seat, shown), *([self.case.arbiter] if self.case.arbiter else [])]
        self.places = {
            seat.name: Place(
                name=shown.get(seat.name, seat.name),
                own_model="" if self.case.anonymous else seat.model,
                state="waiting" if seat.name in shown else "on call",
            )
            for seat in asked
        }

    def record(self, entry: Entry) -> str | None:
        """Take one more entry; what to tell about it in one line, None for nothing."""
        event = entry.event
        match event:
            case RoundAsked():
                return self._ask(event, entry.at)
            case ReplyReceived():
                return self._reply(event, entry.at)
            case RoundClosed():
                return self._close(event, entry.at)
            case RoundRefused():
                return why_not_asked(event.reason, first=not self.asked)
            case CaseOpened():
                return f"Dossier {self.case.dossier_id}"
            case LateReply():
                return f"{seat_title(self.places[event.seat].name)} came too late to count"
            case Resumed():
                return "Going on where it had stopped"
            case AskReopened():
                place = self.places[event.seat]
                place.state, place.since, place.until = "thinking", entry.at, None
                return None
            case VerdictReached() | CouncilFailed() | Cancelled() | OutcomeRecorded():
                return None
            case _:
                assert_never(event)

    def _ask(self, event: RoundAsked, at: float) -> str:
        self.stage = sentence_case(activity(event.purpose, event.number))
        self.asked = True
        names = {ask.seat for ask in event.asks}
        asked = [place for name, place in self.places.items() if name in names]
        for place in asked:  # whoever is not asked again keeps what it came to
            place.state, place.since, place.until = "thinking", at, None
            place.served_by = None
        if event.purpose == "arbitration":
            return self.stage
        return f"{self.stage}: asking {seat_titles([place.name for place in asked])}"

    def _reply(self, event: ReplyReceived, at: float) -> str:
        place = self.places[event.seat]
        place.state = _state_of(event.ballot, event.reply.kind)
        place.until = at
        took = seconds(place.seconds(at) or 0.0)
        told = f"{self.stage}: {seat_title(place.name)} {_VERBS[place.state]} ({took})"
        reply = event.reply
        if reply.kind != "failed":
            place.served_by = None if self.case.anonymous else reply.served_by
            return told
        cause = failure_in_words(f"{reply.failure}: {reply.detail}")
        return f"{told}: {shortened(Mask(self.case).told(cause), _CAUSE)}"

    def _close(self, event: RoundClosed, at: float) -> str:
        missing = [place for place in self.places.values() if place.state == "thinking"]
        for place in missing:
            place.state = "failed" if event.reason == "deadline" else "not awaited"
            place.until = at
        return f"{self.stage}: {how_closed(event.reason)}, {plural(len(missing), 'seat')} missing"


_CAUSE = 160
"""Characters of a failure's cause that are told in passing; the dossier has all of it."""

_VERBS: dict[SeatState, str] = {
    "on call": "is on call",
    "waiting": "waits",
    "thinking": "is thinking",
    "answered": "has answered",
    "abstained": "abstained",
    "unreadable": "was unreadable",
    "failed": "failed",
    "not awaited": "is not awaited",
}


def _state_of(
    ballot: Ballot | None, reply: Literal["answered", "abstained", "failed"]
) -> SeatState:
    match ballot:
        case Position():
            return "answered"
        case Abstention():
            return "abstained"
        case Unreadable():
            return "unreadable"
        case Missing():
            return "failed"
        case None:
            return reply
        case _:
            assert_never(ballot)
