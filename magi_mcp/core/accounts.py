"""Core: the calls that a journal's events tell of, one by one and in sum.

Every journal keeps them beside its events, so that what a day has cost, and how models have
answered of late, is known without reading a single dossier.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from magi_mcp.core.budget import Expense
from magi_mcp.core.events import Event, LateReply, ReplyReceived
from magi_mcp.core.fallbacks import attempts_of
from magi_mcp.core.replies import Attempt, AttemptOutcome, Reply

UNNAMED = ""
"""The model of a call whose reply does not say which model was called."""


@dataclass(frozen=True)
class RecordedAttempt:
    """An attempt and where it belongs; ``at`` is when its reply was journaled, epoch seconds."""

    at: float
    dossier_id: str
    seat: str
    attempt: Attempt


@dataclass(frozen=True)
class Spent:
    """What calls have used, as far as anybody knows: sums over what is known.

    ``tokens`` are in and out together. The calls that left their tokens or their price unknown
    are counted beside the sums, so that a budget can go by what is known and say what is not.
    """

    calls: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    uncounted_calls: int = 0
    unpriced_calls: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.calls + other.calls,
            self.tokens + other.tokens,
            self.cost_usd + other.cost_usd,
            self.uncounted_calls + other.uncounted_calls,
            self.unpriced_calls + other.unpriced_calls,
        )

    @property
    def expense(self) -> Expense:
        """What a budget can count of it."""
        return Expense(self.tokens, self.cost_usd)


def spent(attempts: Iterable[Attempt]) -> Spent:
    """What attempts used together; one that was not made used nothing."""
    return sum((_spent(attempt) for attempt in attempts), Spent())


def _spent(attempt: Attempt) -> Spent:
    usage = attempt.usage
    return Spent(
        calls=usage.calls,
        tokens=(usage.tokens_in or 0) + (usage.tokens_out or 0),
        cost_usd=usage.cost_usd or 0.0,
        uncounted_calls=0 if usage.tokens is not None else usage.calls,
        unpriced_calls=0 if usage.cost_usd is not None else usage.calls,
    )


def attempts_in(event: Event) -> tuple[tuple[str, Attempt], ...]:
    """The attempts an event tells of, in order, each with the seat it was made for."""
    match event:
        case ReplyReceived() | LateReply():
            return tuple((event.seat, attempt) for attempt in calls_of(event.reply))
        case _:
            return ()


def calls_of(reply: Reply) -> tuple[Attempt, ...]:
    """The attempts a reply tells of, or what it tells of all its calls together."""
    listed = attempts_of(reply)
    if listed or not reply.usage.calls:
        return listed
    # A seat that keeps no account of its calls, or a journal older than attempts.
    outcome: AttemptOutcome = reply.failure if reply.kind == "failed" else "answered"
    return (
        Attempt(
            model=(None if reply.kind == "failed" else reply.served_by) or UNNAMED,
            outcome=outcome,
            detail=reply.detail if reply.kind == "failed" else "",
            elapsed_s=reply.elapsed_s,
            usage=reply.usage,
        ),
    )
