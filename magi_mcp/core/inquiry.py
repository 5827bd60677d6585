"""Core: a search as callers word it, read strictly, and what they are told of each find."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from pydantic import JsonValue

from magi_mcp.core.case import Kind
from magi_mcp.core.details import Json
from magi_mcp.core.dossier import short_id
from magi_mcp.core.errors import CallerError, quoted, unknown_name
from magi_mcp.core.heads import Head
from magi_mcp.core.judging.findings import JudgementOutcome
from magi_mcp.core.reviewing.standing import Assessment
from magi_mcp.core.searching import Find, Search, phrases_of
from magi_mcp.core.verdict import Outcome
from magi_mcp.core.words import shortened

KINDS: tuple[Kind, ...] = get_args(Kind)
OUTCOMES: tuple[Outcome | JudgementOutcome | Assessment, ...] = tuple(
    dict.fromkeys((*get_args(Outcome), *get_args(JudgementOutcome), *get_args(Assessment)))
)
DEFAULT_LIMIT, MAX_LIMIT = 10, 50
_QUESTION_CHARS, _RULING_CHARS = 160, 100


def search_for(
    query: str = "", *, kind: str = "", outcome: str = "", since: str = "", until: str = ""
) -> Search:
    """What a caller looks for. Raises ``CallerError``; empty words set no bound.

    A day means all of it in UTC: ``until`` it includes its last moment.
    """
    phrases = phrases_of(query)
    if query.strip() and not phrases:
        raise CallerError("query", f"{quoted(query)} holds no word that could be looked for.")
    if kind and kind not in KINDS:
        raise unknown_name("kind", kind, KINDS)
    if outcome and outcome not in OUTCOMES:
        raise unknown_name("outcome", outcome, OUTCOMES)
    search = Search(
        phrases=phrases,
        kind=kind or None,
        outcome=outcome or None,
        since=_moment("since", since, after_the_day=False) if since.strip() else None,
        until=_moment("until", until, after_the_day=True) if until.strip() else None,
    )
    if search.since is not None and search.until is not None and search.since >= search.until:
        raise CallerError("since", f"{quoted(since)} is not before until, {quoted(until)}.")
    return search


def entry(find: Find) -> Json:
    """A find as one short entry, for programs."""
    head = find.head
    found: dict[str, JsonValue] = {
        "dossier_id": head.dossier_id,
        "kind": head.kind,
        "question": shortened(head.question, _QUESTION_CHARS),
        "status": head.status,
        "outcome": head.outcome,
        "ruling": None if head.ruling is None else shortened(head.ruling, _RULING_CHARS),
        "opened_at": f"{datetime.fromtimestamp(head.opened_at, UTC):%Y-%m-%dT%H:%MZ}",
    }
    return found


def announce_finds(finds: Sequence[Find], next_cursor: str | None) -> str:
    """The text form of one page of finds."""
    return "\n".join(_lines(finds, next_cursor))


def gist(head: Head) -> str:
    """What came of a dossier, in a few words."""
    outcome = (head.outcome or "").replace("_", " ")
    match head.status:
        case "decided":
            said = f"{shortened(_ruling(head), 60)} ({outcome})" if head.ruling else outcome
        case "undecided":
            said = f"no ruling ({outcome})"
        case other:
            said = other.replace("_", " ")
    return f"provisional: {said}" if head.provisional else said


def _ruling(head: Head) -> str:
    return f"draft {head.ruling}" if head.outcome == "ranking" else head.ruling or ""


def _lines(finds: Sequence[Find], next_cursor: str | None) -> Iterator[str]:
    if not finds:
        yield (
            "NOTHING FOUND. Try fewer or other words; the newest dossiers are at magi://dossiers."
        )
        return
    yield f"FOUND {len(finds)}{', and there are more' if next_cursor else ''}:"
    for find in finds:
        head = find.head
        opened = datetime.fromtimestamp(head.opened_at, UTC)
        question = shortened(head.question, _QUESTION_CHARS)
        yield f"- {short_id(head.dossier_id)} ({opened:%Y-%m-%d}) {question} -> {gist(head)}"
    yield f"Next: {next_step(finds, next_cursor)}"


def next_step(finds: Sequence[Find], next_cursor: str | None) -> str | None:
    """What to do with what was found; None where nothing was."""
    if not finds:
        return None
    first = short_id(finds[0].head.dossier_id)
    more = f' More: the same search with cursor="{next_cursor}".' if next_cursor else ""
    return (
        f'get_dossier("{first}") reads one of them; where it answers the question, give that '
        f"instead of asking again.{more}"
    )


def _moment(argument: str, told: str, *, after_the_day: bool) -> float:
    """Seconds since the epoch. Without a zone UTC is meant."""
    words = told.strip()
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return _instant(argument, words)
    if after_the_day and day < date.max:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _instant(argument: str, words: str) -> float:
    try:
        instant = datetime.fromisoformat(words)
    except ValueError:
        raise CallerError(
            argument,
            f"{quoted(words)} is no date; write a day as 2026-11-22, or a moment as "
            "2026-11-22T09:30Z.",
        ) from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
