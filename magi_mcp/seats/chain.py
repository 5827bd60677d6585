"""Seats: a seat with several models behind it, asked one after another until one can serve.

It decides whose turn it is and how long a turn may take, and keeps the record of all of them.
What happens in a turn is each candidate's own affair.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import anyio

from magi_mcp.core.asks import Ask
from magi_mcp.core.budget import Purse
from magi_mcp.core.case import Candidate
from magi_mcp.core.health import Health, endpoint_of
from magi_mcp.core.replies import Abstained, Answered, Attempt, Failed, Reply
from magi_mcp.core.words import plural
from magi_mcp.ports import Clock, SeatPort
from magi_mcp.seats.model_seat import usage_of
from magi_mcp.seats.substitutes import Contender, Substitutes


@dataclass(frozen=True)
class Rota:
    """What decides whose turn it is: how models fare, the time, and what one call may take."""

    health: Health
    clock: Clock
    timeout_s: float

    def may_call(self, contender: Contender) -> bool:
        """Whether calling it is worth while just now."""
        return self.health.may_call(endpoint_of(contender.candidate), self.clock.now())

    def let_through(self, contender: Contender) -> None:
        """It is going to be called."""
        self.health.let_through(endpoint_of(contender.candidate), self.clock.now())

    def why_not(self, contender: Contender) -> str:
        """Why one that may not be called is passed over."""
        now = self.clock.now()
        condition = self.health.condition(endpoint_of(contender.candidate), now)
        assert condition is not None, "only a model that has failed is passed over"
        failed = f"{plural(condition.failures, 'failed call')}, the last: {condition.last_outcome}"
        if condition.paused_until is None:
            return f"passed over while another call tries it, after {failed}"
        return f"passed over for {condition.paused_until - now:.0f} s more after {failed}"

    def turn_s(self, left_s: float, *, others: bool) -> float:
        """How much of the time a turn may take: with ``others`` behind it, not all of it."""
        return left_s - min(self.timeout_s, left_s / 2) if others else left_s


class Chain:
    """A seat whose own candidates are asked in order, and after them the case's substitutes.

    A substitute that stands in for the seat comes first. Candidates that are paused come last:
    they are passed over as long as another, be it a substitute, can serve. ``port`` makes whoever
    answers for this seat with the model of a candidate.
    """

    def __init__(
        self,
        seat: str,
        candidates: Sequence[Candidate],
        port: Callable[[Candidate], SeatPort],
        *,
        substitutes: Substitutes,
        purse: Purse,
        rota: Rota,
    ) -> None:
        self._seat = seat
        self._own = tuple(Contender(candidate, seat) for candidate in candidates)
        self._port = port
        self._ports = {one: port(one.candidate) for one in self._own}
        self._substitutes = substitutes
        self._purse = purse
        self._rota = rota

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        """The first readable reply, within ``deadline_s`` seconds for all turns together.

        Without one, the first words that came back; without any, ``Failed`` with the last
        cause of each candidate.
        """
        began = anyio.current_time()
        turns = _Turns()
        try:
            await self._take_turns(ask, began + deadline_s, turns)
        finally:
            self._purse.dismiss(ask.ask_id)
        return turns.reply(anyio.current_time() - began)

    async def _take_turns(self, ask: Ask, ends_at: float, turns: "_Turns") -> None:
        queue = [*self._substitutes.of(self._seat), *self._own]
        tried: list[Contender] = []
        while waiting := [*queue, *self._substitutes.free(without=tried)]:
            left_s = max(ends_at - anyio.current_time(), 0.0)
            if tried and not left_s:
                return
            one = self._next(waiting, turns)
            tried.append(one)
            queue = [other for other in queue if other is not one]
            behind = [*queue, *self._substitutes.free(without=tried)]
            others = any(map(self._rota.may_call, behind))
            reply = await self._turn(ask, one, self._rota.turn_s(left_s, others=others))
            alone = not behind and turns.words is None
            turns.take(one, reply)
            if _serves(ask, reply, alone=alone):
                turns.served = reply
                return
            self._substitutes.dismiss(one)

    def _next(self, waiting: Sequence[Contender], turns: "_Turns") -> Contender:
        """The first that is not paused, or the first: with no other it is called all the same."""
        able = next((one for one in waiting if self._rota.may_call(one)), None)
        if able is None:
            return waiting[0]
        for one in waiting[: waiting.index(able)]:
            turns.pass_over(one, self._rota)
        return able

    async def _turn(self, ask: Ask, one: Contender, turn_s: float) -> Reply:
        self._rota.let_through(one)
        one.seat = self._seat
        if one not in self._ports:
            self._ports[one] = self._port(one.candidate)
        try:
            return await self._ports[one].ask(ask, turn_s)
        except BaseException:
            self._substitutes.dismiss(one)
            raise


def _serves(ask: Ask, reply: Reply, *, alone: bool) -> bool:
    """Whether nobody else has to be asked; where there is nobody else, any words will do."""
    match reply:
        case Failed():
            return False
        case Abstained():
            return True
        case Answered():
            return alone or ask.form.fault(reply.text) is None


@dataclass
class _Turns:
    """The turns that were taken for one ask, and the reply they come to."""

    attempts: list[Attempt] = field(default_factory=list)
    causes: dict[Contender, str] = field(default_factory=dict)
    served: Reply | None = None
    words: Answered | None = None
    failed: Failed | None = None

    def take(self, one: Contender, reply: Reply) -> None:
        """A turn has brought this reply."""
        attempts = _attempts(one.candidate.model, reply)
        self.attempts += attempts
        self.causes[one] = f"{one.candidate.model}: {attempts[-1].detail}"
        if isinstance(reply, Answered):
            self.words = self.words or reply
        if isinstance(reply, Failed) and self._tells_more(reply):
            self.failed = reply

    def pass_over(self, one: Contender, rota: Rota) -> None:
        """Somebody else goes first; said once."""
        if one not in self.causes:
            why = rota.why_not(one)
            self.attempts.append(Attempt(model=one.candidate.model, outcome="skipped", detail=why))
            self.causes[one] = f"{one.candidate.model}: {why}"

    def reply(self, elapsed_s: float) -> Reply:
        """What they come to; of a single turn, what it has brought."""
        chosen = self.served or self.words or self.failed
        assert chosen is not None, "somebody has been asked"
        if len(self.causes) == 1:
            return chosen
        attempts = tuple(self.attempts)
        whole = {"usage": usage_of(attempts), "elapsed_s": elapsed_s, "attempts": attempts}
        match chosen:
            case Answered():
                return chosen.model_copy(update=whole)
            case Failed():
                detail = "; ".join(cause.rstrip(".") for cause in self.causes.values())
                return chosen.model_copy(update={**whole, "detail": detail})
            case Abstained():
                return chosen

    def _tells_more(self, failed: Failed) -> bool:
        """Why a call failed tells more than why none was made, and the last more than the first."""
        return self.failed is None or self.failed.failure == "budget" or failed.failure != "budget"


def _attempts(model: str, reply: Reply) -> tuple[Attempt, ...]:
    """The attempts behind a reply; whoever keeps no record of them has made one."""
    match reply:
        case Answered() | Failed() if reply.attempts:
            return reply.attempts
        case Failed():
            outcome, detail = reply.failure, reply.detail
            return (Attempt(model=model, outcome=outcome, detail=detail, usage=reply.usage),)
        case Answered() | Abstained():
            return (Attempt(model=model, outcome="answered", usage=reply.usage),)
