"""Seats: a seat on one model. Demands a shape, checks it, asks once for a repair.

What fails for a moment is tried again; which model comes next when this one has failed for
good is decided elsewhere.
"""

from dataclasses import dataclass
from functools import partial

import anyio

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Candidate
from magi_mcp.core.health import endpoint_of
from magi_mcp.core.replies import NO_USAGE, Answered, Attempt, Failed, Reply, Usage
from magi_mcp.seats.completions import Completion, ModelFacts, ModelFault, Prompt, ReplyFormat
from magi_mcp.seats.conversation import Conversation
from magi_mcp.seats.one_call import Caller, Trail
from magi_mcp.seats.reply_formats import ReplyFormats
from magi_mcp.seats.retrying import Retries

MAX_REPAIRS = 1


@dataclass(frozen=True)
class ModelSeat:
    """Puts asks to one model. ``formats`` are shared by the seats of a process."""

    candidate: Candidate
    caller: Caller
    formats: ReplyFormats
    retries: Retries

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        """The model's reply within ``deadline_s`` seconds, or why there is none.

        Where the repair of an unreadable reply fails, the unreadable one is returned: words
        that came back are never lost.
        """
        began = anyio.current_time()
        trail = Trail(began + deadline_s)
        talk = _Talk(Conversation(ask), endpoint_of(self.candidate), self.formats)
        fault: ModelFault | None = None
        with anyio.CancelScope(deadline=trail.ends_at) as time:
            try:
                await self._converse(ask, talk, trail)
            except ModelFault as met:
                fault = met
        if time.cancelled_caught:
            fault = self.caller.give_up(self.candidate, trail)
        elapsed_s = anyio.current_time() - began
        attempts = tuple(trail.attempts)
        answer = talk.conversation.answer
        if answer is not None:
            return Answered(
                text=answer.text,
                served_by=answer.served_by,
                usage=usage_of(attempts),
                elapsed_s=elapsed_s,
                repairs=talk.conversation.repairs,
                attempts=attempts,
            )
        assert fault is not None, "a model that did not answer has failed"
        return Failed(
            failure=fault.failure,
            detail=f"{self.candidate.model}: {attempts[-1].detail}",
            retryable=fault.retryable,
            usage=usage_of(attempts),
            elapsed_s=elapsed_s,
            attempts=attempts,
        )

    async def _converse(self, ask: Ask, talk: "_Talk", trail: Trail) -> None:
        malformed = await self._put(ask, talk, trail)
        while malformed and talk.conversation.repairs < MAX_REPAIRS:
            talk.conversation.object(malformed)
            malformed = await self._put(ask, talk, trail)

    async def _put(self, ask: Ask, talk: "_Talk", trail: Trail) -> str | None:
        """Put the next prompt until it is answered; formats that are refused are given up."""
        call = partial(self.caller.call, ask, self.candidate, talk, trail)
        while True:
            before = len(trail.attempts)
            try:
                return await self.retries.run(call, trail.ends_at, made=talk.second_tries)
            except ModelFault as fault:
                if not (fault.format_refused and talk.weaken()):
                    raise
            finally:
                talk.second_tries += max(len(trail.attempts) - before - 1, 0)


@dataclass
class _Talk:
    """A conversation in the reply format that its model takes. Implements ``Partner``.

    ``second_tries`` counts what was sent once more because a call had failed: there are so many
    for an ask, not for each of its prompts.
    """

    conversation: Conversation
    endpoint: str
    formats: ReplyFormats
    demanded: ReplyFormat = "schema"
    second_tries: int = 0

    def prompt(self, facts: ModelFacts) -> Prompt:
        self.demanded = self.formats.to_demand(self.endpoint, facts)
        return self.conversation.prompt(self.demanded)

    def hear(self, answer: Completion) -> str | None:
        return self.conversation.hear(answer)

    def weaken(self) -> bool:
        return self.formats.refused(self.endpoint, self.demanded)


def usage_of(attempts: tuple[Attempt, ...]) -> Usage:
    """What attempts consumed together."""
    return sum((attempt.usage for attempt in attempts), NO_USAGE)
