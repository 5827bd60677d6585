"""Core: what did not go as it should, as Markdown: failed calls, late replies, rounds cut short.

Takes everything from the dossier; decides nothing.
"""

from collections.abc import Iterator

from magi_mcp.core.activity import activity, how_closed
from magi_mcp.core.anonymity import Mask
from magi_mcp.core.dossier import Dossier, Response, RoundRecord
from magi_mcp.core.fallbacks import attempts_of, fate
from magi_mcp.core.markup import escaped, inline
from magi_mcp.core.replies import Attempt, Reply
from magi_mcp.core.words import failure_in_words, seat_title, seconds

_SHOWN_FROM_S = 0.05
"""Shorter times are not worth a word."""


def how_it_closed(record: RoundRecord) -> Iterator[str]:
    """Why a round ended before everyone had replied, as a paragraph of its own."""
    if record.closed is not None:
        yield ""
        yield f"Round {record.number} was {how_closed(record.closed)}."


def came_late(reply: Reply, mask: Mask) -> str:
    """What is said of a reply that came after its round; its words are to follow, if it has any."""
    match reply.kind:
        case "answered":
            return "replied after the round was closed, so what it said counts for nothing:"
        case "abstained":
            return "abstained after the round was closed."
        case "failed":
            told = mask.told(failure_in_words(f"{reply.failure}: {reply.detail}"))
            return f"failed after the round was closed: {inline(told)}"


def failed_calls(dossier: Dossier, mask: Mask) -> Iterator[str]:
    """Every reply on the way to which a call failed, with all that was tried for it."""
    lines = [
        f"- {escaped(seat_title(mask.name(response.seat)))}, "
        f"{activity(record.purpose, record.number)}: {_course(response, mask)}"
        for record in dossier.rounds
        for response in (*record.in_order(record.heard), *record.in_order(record.overdue))
        if any(attempt.outcome != "answered" for attempt in attempts_of(response.reply))
    ]
    if lines:
        yield "## Calls that failed"
        yield ""
        yield from lines


def _course(response: Response, mask: Mask) -> str:
    told = "; ".join(map(_attempt, attempts_of(response.reply)))
    return f"{inline(mask.told(told))}."


def _attempt(attempt: Attempt) -> str:
    times = []
    if attempt.elapsed_s >= _SHOWN_FROM_S:
        times.append(seconds(attempt.elapsed_s))
    if attempt.waited_s >= _SHOWN_FROM_S:
        times.append(f"after a pause of {seconds(attempt.waited_s)}")
    return fate(attempt) + (f" ({', '.join(times)})" if times else "")
