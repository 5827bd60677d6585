"""Runtime: what the log says of a deliberation's events.

A line for each, none with words of models: those stand in the journal.
"""

from typing import assert_never

from magi_mcp.core.callers import CALLER
from magi_mcp.core.events import (
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
from magi_mcp.core.replies import Abstained, Answered, Attempt, Failed, Reply
from magi_mcp.logs import logger

_LOG = logger("magi_mcp.deliberation")


def log_event(event: Event) -> None:
    """Log an event that has become durable; which deliberation it is of is for the caller."""
    match event:
        case CaseOpened(case=case):
            (method, protocol), seats = case.course, len(case.seats)
            _LOG.info("deliberation opened", method=method, protocol=protocol, seats=seats)
        case RoundAsked():
            _LOG.debug(
                "round asked",
                round_id=event.round_id,
                purpose=event.purpose,
                calls=len(event.asks),
            )
        case ReplyReceived(seat=seat, ask_id=ask_id, reply=reply):
            _log_reply("reply received", seat, ask_id, reply)
        case LateReply(seat=seat, ask_id=ask_id, reply=reply):
            _log_reply("reply came late", seat, ask_id, reply)
        case RoundClosed(round_id=round_id, reason=reason, missing=missing):
            _LOG.info("round closed early", round_id=round_id, reason=reason, missing=missing)
        case RoundRefused(round_id=round_id, reason=reason, detail=detail):
            _LOG.warning("round refused", round_id=round_id, reason=reason, detail=detail)
        case VerdictReached(decision=decision):
            _LOG.info("deliberation ended", status=decision.status, outcome=decision.outcome)
        case CouncilFailed(causes=causes):
            _LOG.warning("deliberation ended", status="failed", causes=causes)
        case Cancelled(by=by):
            _LOG.info("deliberation ended", status="cancelled", by=by)
        case Resumed() | AskReopened() | OutcomeRecorded():
            _log_sequel(event)
        case _:
            assert_never(event)


def _log_sequel(event: Resumed | AskReopened | OutcomeRecorded) -> None:
    match event:
        case Resumed(by=by, warnings=warnings):
            _LOG.info("deliberation resumed", by=by, warnings=warnings)
        case AskReopened(seat=seat, ask_id=ask_id):
            _LOG.debug("ask reopened", seat=seat, ask_id=ask_id)
        case OutcomeRecorded(correct=correct):
            _LOG.info("outcome recorded", correct=correct)


def _log_reply(what: str, seat: str, ask_id: str, reply: Reply) -> None:
    told = {"seat": seat, "ask_id": ask_id, "elapsed_s": round(reply.elapsed_s, 3)}
    match reply:
        case Failed(failure=failure, detail=detail):
            _LOG.warning("seat failed", **told, failure=failure, detail=detail)
        case Answered(served_by=served_by, attempts=[first, *_]) if first.model not in (
            served_by,
            CALLER,
        ):
            _LOG.warning(
                "another model served", **told, served_by=served_by, failed=_failed(reply.attempts)
            )
        case Answered(served_by=served_by, attempts=[_, _, *_]):
            _LOG.info("tried again", **told, served_by=served_by, failed=_failed(reply.attempts))
        case Answered() | Abstained():
            _LOG.debug(what, **told, kind=reply.kind, served_by=reply.served_by)


def _failed(attempts: tuple[Attempt, ...]) -> list[str]:
    return [f"{a.model}: {a.outcome}" for a in attempts if a.outcome != "answered"]
