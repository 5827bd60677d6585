"""Core: one ask of a deliberation and what came back for it, as it really was.

A journal keeps an ask's digest and not its words: they follow from the case and from all that
was said before, so they are worked out again here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue, TypeAdapter

from magi_mcp.core.anonymity import Mask
from magi_mcp.core.asks import Ask
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.details import Json
from magi_mcp.core.dossier import Dossier, Response, RoundRecord
from magi_mcp.core.errors import ProcedureError, unknown_name
from magi_mcp.core.events import AskIssued, CaseOpened, Entry, RoundAsked
from magi_mcp.core.frozen import Words
from magi_mcp.core.names import restored
from magi_mcp.core.replies import Abstained, Answered, Failed, Reply

_WORDS: TypeAdapter[str] = TypeAdapter(Words)
WITHHELD = "withheld until the deliberation has ended, so that nobody acts on half a vote"
LOST = "this version of magi-mcp can no longer work out the words; the journal has their digest"


@dataclass(frozen=True)
class _Found:
    record: RoundRecord
    issued: AskIssued
    ask: Ask | None


def ask_ids(dossier: Dossier, mask: Mask) -> tuple[str, ...]:
    """The names of all asks in their order, as people see them, e.g. ``r2/casper``."""
    return tuple(shown_id(issued, mask) for record in dossier.rounds for issued in record.asks)


def shown_id(issued: AskIssued, mask: Mask) -> str:
    """The name of one ask; in an anonymous case it tells no more than a voice.

    What a seat's several asks of a round are told apart by stands at the end of it.
    """
    round_id, rest = issued.ask_id.split("/", 1)
    return f"{round_id}/{mask.name(issued.seat)}{rest.removeprefix(issued.seat)}"


def ask_and_reply(dossier: Dossier, entries: Sequence[Entry], ask_id: str, mask: Mask) -> Json:
    """One ask and its reply under the keys ``ask`` and ``reply``. Raises ``CallerError``."""
    if dossier.status == "awaiting_replies":
        # Whoever plays the seats is shown them as they are, byte for byte.
        mask = Mask(dossier.case.model_copy(update={"anonymous": False}))
    found = _find(dossier, entries, ask_id, mask)
    record, issued, ask = found.record, found.issued, found.ask
    told: Json = {
        "ask_id": shown_id(issued, mask),
        "seat": mask.name(issued.seat),
        "round": record.number,
        "purpose": record.purpose,
    }
    if ask is None:
        told["note"] = LOST
    else:
        told["system"] = mask.said(ask.system)
        told["prompt"] = mask.said(ask.prompt)
        told["reply_format"] = ask.form.instructions()
    response = record.heard.get(issued.ask_id)
    late = record.overdue.get(issued.ask_id)
    return {"ask": told, "reply": _reply(dossier, response, late, record, mask)}


def _find(dossier: Dossier, entries: Sequence[Entry], ask_id: str, mask: Mask) -> _Found:
    for record in dossier.rounds:
        for issued in record.asks:
            if shown_id(issued, mask) == ask_id.strip():
                return _Found(record, issued, _ask(entries, record.round_id, issued.ask_id))
    raise unknown_name("ask_id", ask_id, ask_ids(dossier, mask))


def _ask(entries: Sequence[Entry], round_id: str, ask_id: str) -> Ask | None:
    """The ask as the procedure put it; None where it can no longer be told."""
    opened, *later = entries
    assert isinstance(opened.event, CaseOpened)
    try:
        deliberation = Deliberation(opened.event.case)
        for entry in later:
            event = entry.event
            if isinstance(event, RoundAsked) and event.round_id == round_id:
                # What the procedure wants now is compared with the journal before it is shown.
                deliberation.apply(event)
                assert deliberation.round is not None
                return next(ask for ask in deliberation.round.asks if ask.ask_id == ask_id)
            deliberation.apply(event)
    except ProcedureError:
        return None
    return None


def _reply(
    dossier: Dossier,
    response: Response | None,
    late: Response | None,
    record: RoundRecord,
    mask: Mask,
) -> JsonValue:
    told = response or late
    if told is None:
        return None
    if dossier.is_under_way:
        return {"kind": told.reply.kind, "note": WITHHELD}
    return {
        **_came_back(told.reply, record, mask),
        "late": response is None,
        "calls": told.reply.usage.calls,
        "tokens_in": told.reply.usage.tokens_in,
        "tokens_out": told.reply.usage.tokens_out,
        "cost_usd": told.reply.usage.cost_usd,
        "elapsed_s": round(told.reply.elapsed_s, 3),
    }


def _came_back(reply: Reply, record: RoundRecord, mask: Mask) -> Json:
    match reply:
        case Answered(text=text, served_by=served_by):
            model = None if mask.case.anonymous else served_by
            return {"kind": "answered", "text": _said(text, record, mask), "served_by": model}
        case Abstained(reason=reason):
            return {"kind": "abstained", "reason": _said(reason, record, mask)}
        case Failed(failure=failure, detail=detail):
            return {"kind": "failed", "failure": failure, "detail": mask.told(detail)}


def _said(text: str, record: RoundRecord, mask: Mask) -> str:
    words = _WORDS.validate_python(text)
    # To whoever keeps the real names, what a seat wrote is shown byte for byte.
    return mask.said(restored(words, record.pseudonyms)) if mask.case.anonymous else words
