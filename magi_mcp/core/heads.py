"""Core: the head of a dossier, what a list shows of it, kept up to date event by event."""

from typing import assert_never

from magi_mcp.core.case import Kind
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
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.verdict import Status, status_of_open


class Head(Frozen):
    """One line about a dossier. Times are seconds since the epoch.

    ``principal`` is whose the dossier is, None where it is nobody's. ``status`` is ``running``, or
    ``awaiting_replies`` where the caller plays the seats, until the journal has an end; whether
    somebody still drives it is a matter of claims, which the store knows.
    """

    dossier_id: str
    principal: str | None = None
    kind: Kind
    question: str
    method: str
    protocol: str
    status: Status
    outcome: str | None
    ruling: str | None
    provisional: bool
    opened_at: float
    updated_at: float


def advance(head: Head | None, entry: Entry) -> Head | None:
    """The head after one more entry; None until the case is known."""
    event = entry.event
    if isinstance(event, CaseOpened):
        method, protocol = event.case.course
        return Head(
            dossier_id=event.case.dossier_id,
            principal=event.case.principal,
            kind=event.case.kind,
            question=event.case.question,
            method=method,
            protocol=protocol,
            status=status_of_open(delegated=event.case.is_callers),
            outcome=None,
            ruling=None,
            provisional=False,
            opened_at=entry.at,
            updated_at=entry.at,
        )
    if head is None or isinstance(event, OutcomeRecorded):
        return head
    changes: dict[str, object] = {"updated_at": entry.at}
    match event:
        case VerdictReached(decision=decision):
            changes["status"] = decision.status
            changes["outcome"] = decision.outcome
            changes["ruling"] = decision.ruling
            changes["provisional"] = decision.provisional
        case CouncilFailed():
            changes["status"] = "failed"
        case Cancelled():
            changes["status"] = "cancelled"
        case RoundRefused(reason="cancelled"):
            changes["status"] = "interrupted"
        case Resumed(delegated=delegated):
            changes["status"] = status_of_open(delegated=delegated)
        case RoundAsked() | ReplyReceived() | RoundClosed() | LateReply() | RoundRefused():
            pass
        case AskReopened():
            pass
        case _:
            assert_never(event)
    return head.model_copy(update=changes)
