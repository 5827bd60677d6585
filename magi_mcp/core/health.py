"""Core: which models are worth calling just now: a circuit breaker for each.

Time is passed in, as seconds since the epoch. A model is known by its endpoint, because the
same model behind another address, or paid for with another key, fails on its own account.
"""

from dataclasses import dataclass
from typing import Literal

from magi_mcp.core.case import Candidate
from magi_mcp.core.replies import AttemptOutcome

FAILURES_IN_A_ROW = 3
"""So many failed calls in a row pause a model."""

FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 300.0

BreakerState = Literal[
    "closed",  # called as usual
    "open",  # paused after failures
    "half-open",  # the pause is over, and no call has been answered yet
]

_FAILURES: frozenset[AttemptOutcome] = frozenset(
    ("timeout", "connection", "server", "rate_limited", "authentication", "unknown_model")
)
_LASTING: frozenset[AttemptOutcome] = frozenset(("authentication", "unknown_model"))
"""What waiting does not mend."""

_NO_CALL: frozenset[AttemptOutcome] = frozenset(("late", "budget", "skipped", "exhausted"))
"""What says nothing about a model."""


def endpoint_of(candidate: Candidate) -> str:
    """What a candidate's health is kept under: its model, and its own address and key if any."""
    access = candidate.access
    place = f" at {access.api_base}" if access.api_base else ""
    key = f" with {access.api_key_env}" if access.api_key_env else ""
    return f"{candidate.model}{place}{key}"


@dataclass(frozen=True)
class Condition:
    """How a model has fared, by its endpoint; ``failures`` are those in a row.

    Times are seconds since the epoch; ``paused_until`` is None where it is not paused.
    """

    endpoint: str
    state: BreakerState
    failures: int
    last_outcome: AttemptOutcome
    last_at: float
    paused_until: float | None


@dataclass
class _Breaker:
    failures: int = 0
    last_outcome: AttemptOutcome = "answered"
    last_at: float = 0.0
    pause_s: float = 0.0  # 0 while closed
    paused_until: float = 0.0
    # A trial that brings no outcome, because it was called off, is not waited for any longer.
    trial_until: float = 0.0

    def state(self, now: float) -> BreakerState:
        if not self.pause_s:
            return "closed"
        return "open" if now < self.paused_until else "half-open"

    def condition(self, endpoint: str, now: float) -> Condition:
        state = self.state(now)
        return Condition(
            endpoint=endpoint,
            state=state,
            failures=self.failures,
            last_outcome=self.last_outcome,
            last_at=self.last_at,
            paused_until=self.paused_until if state == "open" else None,
        )

    def pause(self, at: float) -> None:
        self.pause_s = min(self.pause_s * 2 or FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self.paused_until = at + self.pause_s
        self.trial_until = 0.0


class Health:
    """The breakers of a process, by endpoint.

    Failures in a row, or one that waiting does not mend, pause a model. After the pause one
    call is let through to try it; its failure doubles the pause. A failure that comes in while
    the pause lasts, of a call that was under way or had no alternative, leaves it as it is: a
    burst of them tells no more than one. Whatever the model answers ends all of it.
    """

    def __init__(self) -> None:
        self._breakers: dict[str, _Breaker] = {}

    def may_call(self, endpoint: str, now: float) -> bool:
        """Whether a call is worth while: the model is not paused, and not being tried out."""
        breaker = self._breakers.get(endpoint)
        if breaker is None or not breaker.pause_s:
            return True
        return now >= max(breaker.paused_until, breaker.trial_until)

    def let_through(self, endpoint: str, now: float) -> None:
        """A call is about to go out. After a pause it is the trial that others wait for."""
        breaker = self._breakers.get(endpoint)
        if breaker is not None and breaker.state(now) == "half-open":
            breaker.trial_until = now + breaker.pause_s

    def record(
        self, endpoint: str, outcome: AttemptOutcome, at: float, *, retryable: bool = True
    ) -> None:
        """What became of a call; not ``retryable`` is one that waiting does not mend.

        A refusal of the request itself is an answer here: the model is there.
        """
        if outcome in _NO_CALL:
            return
        breaker = self._breakers.setdefault(endpoint, _Breaker())
        breaker.last_outcome, breaker.last_at = outcome, at
        if outcome not in _FAILURES:
            breaker.failures, breaker.pause_s = 0, 0.0
            return
        breaker.failures += 1
        lasting = outcome in _LASTING or (outcome == "rate_limited" and not retryable)
        state = breaker.state(at)
        too_many = lasting or breaker.failures >= FAILURES_IN_A_ROW
        if state == "half-open" or (state == "closed" and too_many):
            breaker.pause(at)

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """Every model that was called, in the order of their first calls."""
        return tuple(
            breaker.condition(endpoint, now) for endpoint, breaker in self._breakers.items()
        )

    def condition(self, endpoint: str, now: float) -> Condition | None:
        """That of one model; None where it was never called."""
        breaker = self._breakers.get(endpoint)
        return None if breaker is None else breaker.condition(endpoint, now)
