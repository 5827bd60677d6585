"""Core: one deliberation, driven by events.

It holds one generator, the case's procedure, and never does I/O. Whoever drives it asks
:meth:`Deliberation.due` what the procedure wants next, journals events and applies them.
A live run, a resumed one and a replay differ only in where the events come from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from magi_mcp.core.asks import Ask, ClosingReason, Refused, Replies, Round
from magi_mcp.core.ballots import Ballot
from magi_mcp.core.case import AnyCase
from magi_mcp.core.conclusion import Unanswered
from magi_mcp.core.errors import ProcedureError, ReplayDivergence
from magi_mcp.core.events import (
    AskIssued,
    AskReopened,
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Event,
    LateReply,
    OutcomeRecorded,
    ReplyReceived,
    Resumed,
    RoundAsked,
    RoundClosed,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.floor import read
from magi_mcp.core.forms import BallotReader
from magi_mcp.core.kinds import Conclusion, open_procedure
from magi_mcp.core.replies import NO_USAGE, Abstained, Answered, Failed, Reply

LATE = Failed(failure="late", detail="the round closed before this seat had answered")


class Deliberation:
    """A case on its way from the first round to its conclusion.

    ``case`` is the frozen question; ``round`` the round the procedure waits for, None once
    it has concluded. ``ended`` says that nothing more is to be done in this leg, ``final`` that
    nothing ever will be: there is a verdict. Any other end can be resumed (semantics R8).
    """

    def __init__(self, case: AnyCase) -> None:
        self.case = case
        self.round: Round | None = None
        self.ended = False
        self.final = False
        self._cancelled = False
        self._failed = False
        self._late: set[str] = set()
        self._came_late: dict[str, Reply] = {}
        self._opening: _Held | None = None
        self._reopenable: dict[str, Ask] = {}
        self._begin()

    def _begin(self) -> None:
        """Put the procedure at its start, where its first round is due."""
        self._procedure = open_procedure(self.case)
        self._conclusion: Conclusion | None = None
        self._advance(None)

    @classmethod
    def restore(cls, events: Iterable[Event]) -> "Deliberation":
        """The deliberation as its journal left it.

        Raises ``ReplayDivergence`` at the first event that the procedure would not have
        produced, ``ProcedureError`` where the journal does not begin with its case.
        """
        journal = iter(events)
        opened = next(journal, None)
        if not isinstance(opened, CaseOpened):
            raise ProcedureError("a journal begins with case_opened")
        deliberation = cls(opened.case)
        for event in journal:
            deliberation.apply(event)
        return deliberation

    @property
    def pending(self) -> tuple[Ask, ...]:
        """The asks of the current round that nobody has replied to, in seat order."""
        if self.round is None or not self._asked:
            return ()
        return tuple(ask for ask in self.round.asks if ask.ask_id not in self._replies)

    @property
    def foregone(self) -> bool:
        """Whether what is still open in this round can change nothing (semantics R7)."""
        enough = self.round.enough if self.round is not None else None
        if self.ended or enough is None:
            return False
        return bool(self.pending) and enough(self._heard_by_seat())

    def due(self) -> RoundAsked | VerdictReached | CouncilFailed | None:
        """The event that must come next; None while replies are awaited, and at the end."""
        if self.ended or self._asked:
            return None
        if self.round is not None:
            return _asked(self.round)
        match self._conclusion:
            case None:
                raise ProcedureError("the procedure has neither a round nor a conclusion")
            case Unanswered(causes=causes):
                return CouncilFailed(causes=causes)
            case decision:
                return VerdictReached(decision=decision)

    def received(self, ask: Ask, reply: Reply) -> ReplyReceived:
        """The event that records ``reply``, with its ballot read where the ask is for one."""
        return ReplyReceived(
            ask_id=ask.ask_id, seat=ask.seat, reply=reply, ballot=_ballot(ask, reply)
        )

    def arrived(self, ask: Ask, reply: Reply) -> ReplyReceived | LateReply:
        """The event that records ``reply`` now: one whose round is over has come too late."""
        if ask in self.pending:
            return self.received(ask, reply)
        return LateReply(ask_id=ask.ask_id, seat=ask.seat, reply=reply)

    def closed(self, reason: ClosingReason) -> RoundClosed:
        """The event that ends this round with what has been said in it."""
        assert self.round is not None
        missing = tuple(ask.ask_id for ask in self.pending)
        return RoundClosed(round_id=self.round.round_id, reason=reason, missing=missing)

    def resumption(self, by: str, warnings: tuple[str, ...] = ()) -> tuple[Event, ...]:
        """The events with which somebody goes on from here (semantics R8).

        A council that failed gets its failed asks back. Whoever answered one of them too late
        is taken at its word, for no journaled reply is asked for again; what that reply cost
        was counted when it came.
        """
        events: list[Event] = [Resumed(by=by, warnings=warnings, delegated=self.case.is_callers)]
        for ask in self._failed_asks.values():
            events.append(AskReopened(ask_id=ask.ask_id, seat=ask.seat))
            late = self._came_late.get(ask.ask_id)
            if isinstance(late, Answered):
                paid = late.model_copy(update={"usage": NO_USAGE, "attempts": ()})
                events.append(self.received(ask, paid))
            elif isinstance(late, Abstained):
                events.append(self.received(ask, late.model_copy(update={"usage": NO_USAGE})))
        return tuple(events)

    @property
    def _failed_asks(self) -> dict[str, Ask]:
        """The asks that a council failed by, which is to say those of its first round."""
        if not (self._failed and self._opening):
            return {}
        held = self._opening
        failed = (
            ask for ask in held.round.asks if isinstance(held.replies.get(ask.ask_id), Failed)
        )
        return {ask.ask_id: ask for ask in failed}

    def apply(self, event: Event) -> None:
        """Take one event. Raises ``ReplayDivergence`` where it does not fit the procedure."""
        if not self._fits_here(event):
            told = "nothing more" if self.ended else "the end first"
            raise ReplayDivergence("the end", event.type, told)
        if not isinstance(event, AskReopened | ReplyReceived):
            self._reopenable = {}
        match event:
            case CaseOpened():
                raise ReplayDivergence("the start", "a second case", "one")
            case RoundAsked() | VerdictReached() | CouncilFailed():
                self._confirm(event)
            case ReplyReceived():
                self._receive(event)
            case RoundClosed():
                self._close(event)
            case LateReply():
                self._note_late(event)
            case RoundRefused():
                self._refuse(event)
            case Cancelled():
                self.ended = self._cancelled = True
            case Resumed() | AskReopened():
                self._go_on(event)
            case OutcomeRecorded():
                return  # it says how the ruling fared, and changes nothing of how it came about
            case _:
                assert_never(event)

    def _fits_here(self, event: Event) -> bool:
        """Whether an event may come now: after a verdict nothing but how the ruling fared."""
        if self.final or isinstance(event, OutcomeRecorded):
            return self.final and isinstance(event, OutcomeRecorded)
        return not self.ended or self._may_follow_the_end(event)

    def _may_follow_the_end(self, event: Event) -> bool:
        """Whether an event fits a leg that is over: going on, or what a cancel overtook."""
        overtaken = self._cancelled and isinstance(event, ReplyReceived | LateReply)
        return overtaken or isinstance(event, Resumed)

    def _go_on(self, event: Resumed | AskReopened) -> None:
        match event:
            case Resumed():
                self._resume()
            case AskReopened():
                self._reopen(event)

    def _resume(self) -> None:
        """Begin another leg. A council that failed is due to fail again until asks reopen."""
        self._reopenable = self._failed_asks
        if self._failed and self._opening is None:
            self._begin()  # it failed because its first round was never asked
        self.ended = self._cancelled = self._failed = False

    def _reopen(self, event: AskReopened) -> None:
        ask = self._reopenable.pop(event.ask_id, None)
        if ask is None or ask.seat != event.seat:
            raise ReplayDivergence(event.ask_id, "a reopened ask", "no such failed ask")
        assert self._opening is not None, "only asks of the first round are reopened"
        if self._conclusion is not None:
            replies = self._opening.replies
            self._begin()
            self._asked, self._replies = True, dict(replies)
        del self._replies[ask.ask_id]
        self._late.discard(ask.ask_id)

    def _confirm(self, event: RoundAsked | VerdictReached | CouncilFailed) -> None:
        due = self.due()
        if due != event:
            raise ReplayDivergence(_step(event), _told(event), _told(due))
        if isinstance(event, RoundAsked):
            self._asked = True
        else:
            self.ended = True
            self.final = isinstance(event, VerdictReached)
            self._failed = isinstance(event, CouncilFailed)

    def _receive(self, event: ReplyReceived) -> None:
        ask = next((ask for ask in self.pending if ask.ask_id == event.ask_id), None)
        if ask is None:
            raise ReplayDivergence(event.ask_id, "a reply", "no such open ask")
        if event.ballot != _ballot(ask, event.reply):
            raise ReplayDivergence(event.ask_id, str(event.ballot), str(_ballot(ask, event.reply)))
        self._replies[ask.ask_id] = event.reply
        if not self.pending:
            self._conclude_round()

    def _close(self, event: RoundClosed) -> None:
        missing = tuple(ask.ask_id for ask in self.pending)
        held = self.round.round_id if self.round is not None and self._asked else None
        if (event.round_id, event.missing) != (held, missing):
            raise ReplayDivergence(event.round_id, f"open asks {event.missing}", str(missing))
        self._late.update(missing)
        match event.reason:
            case "deadline":
                self._replies.update({ask.ask_id: LATE for ask in self.pending})
            case "settled" if self.round is not None and self.round.purpose == "rebuttal":
                pass
            case "settled":
                raise ReplayDivergence(event.round_id, "a round settled early", "no such round")
        self._conclude_round()

    def _note_late(self, event: LateReply) -> None:
        """Nothing follows from it; but only an ask that a closed round left open can be late."""
        if event.ask_id not in self._late:
            raise ReplayDivergence(event.ask_id, "a late reply", "no such ask left open")
        self._late.remove(event.ask_id)
        self._came_late[event.ask_id] = event.reply

    def _refuse(self, event: RoundRefused) -> None:
        if self.round is None or self._asked or self.round.round_id != event.round_id:
            raise ReplayDivergence(event.round_id, "a refused round", _told(self.due()))
        match event.reason:
            case "cancelled":
                self.ended = True
            case "deadline" | "budget":
                self._advance(Refused(event.reason, event.detail))

    def _conclude_round(self) -> None:
        assert self.round is not None
        # Seat order, never order of arrival: the order would change what peers read next.
        asks = self.round.asks
        heard = {ask.ask_id: self._replies[ask.ask_id] for ask in asks if self._has(ask)}
        if self._opening is None or self._opening.round.round_id == self.round.round_id:
            self._opening = _Held(self.round, heard)
        unheard = tuple(ask.seat for ask in asks if ask.ask_id not in heard)
        self._advance(Replies(self._heard_by_seat(), unheard, heard))

    def _has(self, ask: Ask) -> bool:
        return ask.ask_id in self._replies

    def _heard_by_seat(self) -> dict[str, Reply]:
        assert self.round is not None
        asks = filter(self._has, self.round.asks)
        return {ask.seat: self._replies[ask.ask_id] for ask in asks}

    def _advance(self, said: Replies | Refused | None) -> None:
        self._asked = False
        self._replies = {}
        try:
            self.round = next(self._procedure) if said is None else self._procedure.send(said)
        except StopIteration as end:
            self.round = None
            self._conclusion = end.value


@dataclass(frozen=True)
class _Held:
    """A round that is over, with what was said in it by ask."""

    round: Round
    replies: dict[str, Reply]


def _asked(round_: Round) -> RoundAsked:
    return RoundAsked(
        round_id=round_.round_id,
        number=round_.number,
        purpose=round_.purpose,
        asks=tuple(
            AskIssued(ask_id=ask.ask_id, seat=ask.seat, digest=ask.digest) for ask in round_.asks
        ),
        pseudonyms=dict(round_.pseudonyms),
    )


def _ballot(ask: Ask, reply: Reply) -> Ballot | None:
    return read(reply, ask.form) if isinstance(ask.form, BallotReader) else None


def _step(event: RoundAsked | VerdictReached | CouncilFailed) -> str:
    return event.round_id if isinstance(event, RoundAsked) else "the conclusion"


def _told(event: Event | None) -> str:
    return "nothing" if event is None else event.model_dump_json()
