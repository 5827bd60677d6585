"""Core: the journal's events, one union tagged by ``type``.

A deliberation is nothing but its events: it is resumed, replayed, shown and searched from
them alone. Whatever rests on the clock is an event, so that a replay reads it and never
decides it again (semantics R7).
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from magi_mcp.core.asks import ClosingReason, Purpose, RefusalReason
from magi_mcp.core.ballots import Ballot
from magi_mcp.core.frozen import Frozen, Words
from magi_mcp.core.journaled import JournaledCase, JournaledDecision
from magi_mcp.core.replies import Reply


class CaseOpened(Frozen):
    """The first event: the frozen case. ``version`` is that of the journal's format."""

    type: Literal["case_opened"] = "case_opened"
    version: Literal[1] = 1
    case: JournaledCase


class AskIssued(Frozen):
    """That a seat was asked, and the digest of all it was sent."""

    ask_id: str
    seat: str
    digest: str


class RoundAsked(Frozen):
    """A round goes out; written before any call is made."""

    type: Literal["round_asked"] = "round_asked"
    round_id: str
    number: int
    purpose: Purpose
    asks: tuple[AskIssued, ...]
    pseudonyms: Mapping[str, str] = Field(default_factory=dict)


class ReplyReceived(Frozen):
    """A reply, written as it arrives and before the procedure sees it.

    ``ballot`` is the strict reading of the reply; None for asks that are no ballots.
    """

    type: Literal["reply_received"] = "reply_received"
    ask_id: str
    seat: str
    reply: Reply
    ballot: Ballot | None


class RoundClosed(Frozen):
    """The round ended before everyone had replied; ``missing`` are the asks left open."""

    type: Literal["round_closed"] = "round_closed"
    round_id: str
    reason: ClosingReason
    missing: tuple[str, ...]


class LateReply(Frozen):
    """A reply that came after its round was closed. It was paid for, and counts for nothing."""

    type: Literal["late_reply"] = "late_reply"
    ask_id: str
    seat: str
    reply: Reply


class RoundRefused(Frozen):
    """A round that was due was not asked; ``detail`` as in ``Refused``.

    With the reason ``cancelled`` nothing follows from it but the end of this leg: the round is
    due again when somebody goes on.
    """

    type: Literal["round_refused"] = "round_refused"
    round_id: str
    reason: RefusalReason
    detail: str = ""


class VerdictReached(Frozen):
    """The procedure ended in a decision. It is final."""

    type: Literal["verdict_reached"] = "verdict_reached"
    decision: JournaledDecision


class CouncilFailed(Frozen):
    """No seat answered; ``causes`` holds one line for each."""

    type: Literal["council_failed"] = "council_failed"
    causes: tuple[str, ...]


class Cancelled(Frozen):
    """Somebody stopped the deliberation on purpose; what had arrived is kept.

    It may be written by another process than the one that drives the deliberation. Replies that
    were on their way to the journal then still follow it.
    """

    type: Literal["cancelled"] = "cancelled"
    by: str


class Resumed(Frozen):
    """Somebody goes on with a deliberation that has no verdict: a new leg begins (semantics R8).

    Asks that are open at this point are sent again; what became of the calls made for them
    before is not known. ``warnings`` say what of the configuration has changed since;
    ``delegated`` that nobody drives this leg, since the caller plays the seats.
    """

    type: Literal["resumed"] = "resumed"
    by: str
    warnings: tuple[str, ...] = ()
    delegated: bool = False


class AskReopened(Frozen):
    """A failed ask of a council that failed is open again; follows ``Resumed``."""

    type: Literal["ask_reopened"] = "ask_reopened"
    ask_id: str
    seat: str


class OutcomeRecorded(Frozen):
    """What really happened, told after the end. Of several the newest counts.

    ``actual`` is the option that proved right, or ``correct`` or ``wrong`` of what the council
    found; ``correct`` says the same of the ruling, None where there was none to be right.
    """

    type: Literal["outcome_recorded"] = "outcome_recorded"
    actual: Words
    correct: bool | None
    note: Words = ""


Event = Annotated[
    CaseOpened
    | RoundAsked
    | ReplyReceived
    | RoundClosed
    | LateReply
    | RoundRefused
    | VerdictReached
    | CouncilFailed
    | Cancelled
    | Resumed
    | AskReopened
    | OutcomeRecorded,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event, config=ConfigDict(defer_build=True))
"""Reads and writes any event as JSON."""


class Entry(Frozen):
    """An event in its place: ``seq`` counts from 1, ``at`` is seconds since the epoch."""

    seq: int = Field(ge=1)
    at: float
    event: Event
