"""Seats: one call to one model, with everything that has to happen around it.

A free place is waited for, money is set aside and settled, the model's health is kept, a span
is opened, and a record is made: whatever is called is an ``Attempt``. Whether there is another
call after this one is decided elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from magi_mcp.core.asks import Ask
from magi_mcp.core.budget import Purse
from magi_mcp.core.case import Candidate
from magi_mcp.core.health import Condition, Health, endpoint_of
from magi_mcp.core.replies import NO_USAGE, Attempt, AttemptOutcome, Usage
from magi_mcp.logs import logger
from magi_mcp.ports import Clock
from magi_mcp.seats.completions import (
    Call,
    Completion,
    Completions,
    ModelFacts,
    ModelFault,
    Prompt,
)
from magi_mcp.seats.places import Places
from magi_mcp.seats.secrecy import Redactor
from magi_mcp.seats.tariffs import reply_cap, tariff_of, tokens_in
from magi_mcp.telemetry import call_span

_LOG = logger(__name__)


class Partner(Protocol):
    """Whoever talks to a model: says what is sent, and hears what comes back."""

    def prompt(self, facts: ModelFacts) -> Prompt:
        """What to send to a model of which that is known."""

    def hear(self, answer: Completion) -> str | None:
        """Take an answer; why it cannot be read, if it cannot."""


class Trail:
    """What has been tried at one model for one ask, until ``ends_at`` on the loop's clock."""

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at
        self.attempts: list[Attempt] = []
        self._idle_since = anyio.current_time()
        self._sent_at: float | None = None

    @property
    def call_under_way(self) -> bool:
        return self._sent_at is not None

    @property
    def left_s(self) -> float:
        """The time that the call under way was given, or that there was to wait for one."""
        began = self._idle_since if self._sent_at is None else self._sent_at
        return max(self.ends_at - began, 0.0)

    def send(self) -> None:
        """A call goes out now."""
        self._sent_at = anyio.current_time()

    def end(self, model: str, outcome: AttemptOutcome, usage: Usage, detail: str = "") -> None:
        """The call under way has ended so, or none could be made."""
        now = anyio.current_time()
        sent_at = now if self._sent_at is None else self._sent_at
        attempt = Attempt(
            model=model,
            outcome=outcome,
            detail=detail,
            waited_s=_rounded(sent_at - self._idle_since),
            elapsed_s=_rounded(now - sent_at),
            usage=usage,
        )
        self.attempts.append(attempt)
        self._idle_since, self._sent_at = now, None


@dataclass(frozen=True)
class CallFacilities:
    """What all calls of a process go through."""

    completions: Completions
    health: Health
    places: Places
    clock: Clock
    redact: Redactor


@dataclass(frozen=True)
class Caller:
    """Makes the calls of one deliberation, which pays for them out of its purse.

    ``timeout_s`` bounds each call; what it has to wait before it is sent does not count.
    """

    facilities: CallFacilities
    deliberation: str
    purse: Purse
    timeout_s: float

    async def call(
        self, ask: Ask, candidate: Candidate, partner: Partner, trail: Trail
    ) -> str | None:
        """Have ``partner`` put one prompt to a model and hear the answer.

        Returns why the answer cannot be read, None where it can. Raises ``ModelFault`` where
        there is none. The attempt is on the trail in any case, except where this is cancelled:
        then it depends on who cancelled it (:meth:`give_up`).
        """
        try:
            completion = await self._completion(ask, candidate, partner, trail)
        except ModelFault as fault:
            outcome: AttemptOutcome = "format_refused" if fault.format_refused else fault.failure
            self._note(
                candidate, trail, outcome, fault.usage, fault.detail, retryable=fault.retryable
            )
            raise
        malformed = partner.hear(completion)
        outcome = "malformed" if malformed else "answered"
        self._note(candidate, trail, outcome, completion.usage, malformed or "")
        return malformed

    def give_up(self, candidate: Candidate, trail: Trail) -> ModelFault:
        """The time was over: what was under way is put on the trail as timed out."""
        sent = trail.call_under_way
        what = "no answer within" if sent else "no call could be made within"
        fault = ModelFault(
            "timeout",
            f"{what} {round(trail.left_s, 2):g} s",
            usage=Usage() if sent else NO_USAGE,
            retryable=True,
        )
        if sent:
            self._note(candidate, trail, "timeout", fault.usage, fault.detail)
        else:
            trail.end(candidate.model, "timeout", fault.usage, fault.detail)
        return fault

    async def _completion(
        self, ask: Ask, candidate: Candidate, partner: Partner, trail: Trail
    ) -> Completion:
        # Nothing is sent that nobody has the time to wait for.
        await checkpoint_if_cancelled()
        facilities = self.facilities
        facts = await facilities.completions.facts(candidate.model)
        async with facilities.places.place(self.deliberation, facts.provider):
            prompt = partner.prompt(facts)
            with self._paid(ask, candidate, facts, prompt) as bill:
                trail.send()
                call = Call(candidate, prompt, self.timeout_s, bill.max_tokens)
                with call_span(ask.seat, candidate.model, facts.provider) as span:
                    try:
                        completion = await facilities.completions.complete(call)
                    except ModelFault as fault:
                        span.failed(fault.failure)
                        bill.usage = fault.usage
                        raise
                    span.answered(completion.served_by, completion.usage)
                bill.usage = completion.usage
        return completion

    @contextmanager
    def _paid(
        self, ask: Ask, candidate: Candidate, facts: ModelFacts, prompt: Prompt
    ) -> "Iterator[_Bill]":
        """Set money aside for the call in the block, if money matters, and settle its bill."""
        if not self.purse.limited:
            yield _Bill(max_tokens=candidate.access.max_tokens)
            return
        tariff = tariff_of(candidate, facts)
        draw = self.purse.draw(ask.ask_id, tariff.worst_case(tokens_in(prompt)))
        if isinstance(draw, str):
            raise ModelFault("budget", draw, usage=NO_USAGE)
        bill = _Bill(max_tokens=reply_cap(candidate, tariff, self.purse))
        try:
            yield bill
        finally:
            self.purse.settle(draw, bill.usage)

    def _note(
        self,
        candidate: Candidate,
        trail: Trail,
        outcome: AttemptOutcome,
        usage: Usage,
        detail: str,
        *,
        retryable: bool = True,
    ) -> None:
        facilities, now = self.facilities, self.facilities.clock.now()
        safe = facilities.redact(detail) if detail else ""
        trail.end(candidate.model, outcome, usage, safe)
        _LOG.debug("call ended", model=candidate.model, outcome=outcome, detail=safe)
        endpoint = endpoint_of(candidate)
        before = facilities.health.condition(endpoint, now)
        facilities.health.record(endpoint, outcome, now, retryable=retryable)
        _tell(before, facilities.health.condition(endpoint, now))


def _tell(before: Condition | None, after: Condition | None) -> None:
    """Log that a model is paused from now on, or no longer."""
    was, is_now = (each.state if each else "closed" for each in (before, after))
    if after is None or was == is_now:
        return
    if is_now == "open":
        _LOG.warning(
            "model paused",
            model=after.endpoint,
            failures=after.failures,
            last_outcome=after.last_outcome,
            paused_s=round((after.paused_until or after.last_at) - after.last_at),
        )
    if is_now == "closed":
        _LOG.info("model answers again", model=after.endpoint)


@dataclass
class _Bill:
    """What a call may bring back, and what it has cost.

    Of a call that is cut off, by the deadline or by whoever asked, nobody learns the price.
    """

    max_tokens: int | None
    usage: Usage = field(default_factory=Usage)


def _rounded(duration_s: float) -> float:
    return round(max(duration_s, 0.0), 4)
