"""Core: which model a seat was served by in place of its own, and why. In words for people."""

from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import AnyCase, Seat
from magi_mcp.core.families import family_of
from magi_mcp.core.replies import Attempt, Reply


def attempts_of(reply: Reply) -> tuple[Attempt, ...]:
    """The attempts a reply tells of; none where a seat keeps no account of them."""
    return () if reply.kind == "abstained" else reply.attempts


def stand_in(seat: Seat, served_by: str | None, attempts: tuple[Attempt, ...]) -> str | None:
    """Who served a seat and what became of those before it; None where its own model did."""
    if served_by in (None, seat.model) or seat.model == CALLER:
        return None
    passed_over = {each.model: each for each in attempts if each.model != served_by}
    if not passed_over:
        return None
    return f"{seat.name} was served by {served_by}: {'; '.join(map(fate, passed_over.values()))}"


def family_of_server(case: AnyCase, seat: Seat, served_by: str | None) -> str | None:
    """Who trained the model that served a seat (semantics, "family").

    What was configured of a candidate holds where that candidate served. A model that is none
    of them is the seat's own, by the name its provider has for it.
    """
    others = (*seat.fallbacks, *case.substitutes)
    configured = {each.model: each.family for each in reversed(others)}
    family = seat.family
    if served_by is not None and served_by != seat.model and served_by in configured:
        family = configured[served_by]
    return family or family_of(served_by or "")


def fate(attempt: Attempt) -> str:
    """What became of an attempt, e.g. ``openai/a failed: HTTP 401: no such key``."""
    match attempt.outcome:
        case "answered":
            return f"{attempt.model} answered"
        case "skipped" | "budget":
            what = "was not called"
        case "malformed":
            what = "gave nothing readable"
        case _:
            what = "failed"
    return f"{attempt.model} {what}: {attempt.detail or attempt.outcome}"
