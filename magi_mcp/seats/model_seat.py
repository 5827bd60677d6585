"""Seats: a seat served by a model. Demands a shape, checks it, asks once for a repair.

Formats are tried from the strictest down: a JSON schema, some JSON object, words alone. A
refusal is remembered for the process, so it is paid for once.
"""

from dataclasses import dataclass, field

import anyio
import anyio.lowlevel

from magi_mcp.core.asks import Ask
from magi_mcp.core.forms import repair_request
from magi_mcp.core.replies import NO_USAGE, Answered, Failed, Reply, Usage
from magi_mcp.seats.completions import (
    Completion,
    Completions,
    Message,
    ModelFault,
    Prompt,
    ReplyFormat,
)

MAX_REPAIRS = 1

_WEAKER: dict[ReplyFormat, ReplyFormat] = {"schema": "json", "json": "text"}


@dataclass
class ReplyFormats:
    """What each model has turned out to accept; shared by the seats of a process."""

    accepted: dict[str, ReplyFormat] = field(default_factory=dict)


class ModelSeat:
    """Puts asks to one model. ``timeout_s`` bounds each call, a repair being one of its own."""

    def __init__(
        self, model: str, completions: Completions, formats: ReplyFormats, timeout_s: float
    ) -> None:
        self._model = model
        self._completions = completions
        self._formats = formats
        self._timeout_s = timeout_s

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        """The model's reply within ``deadline_s`` seconds, or why there is none.

        Where the repair of an unreadable reply fails, the unreadable one is returned: words
        that came back are never lost.
        """
        conversation = _Conversation(ask)
        began = anyio.current_time()
        fault = ModelFault(
            "timeout",
            f"no answer within {round(deadline_s, 2):g} s",
            usage=NO_USAGE,
            retryable=True,
        )
        with anyio.move_on_after(deadline_s):
            try:
                await self._converse(conversation)
            except ModelFault as met:
                fault = met
        elapsed_s = anyio.current_time() - began
        if conversation.answer is not None:
            return Answered(
                text=conversation.answer.text,
                served_by=conversation.answer.served_by,
                usage=conversation.usage,
                elapsed_s=elapsed_s,
                repairs=conversation.repairs,
            )
        return Failed(
            failure=fault.failure,
            detail=f"{self._model}: {fault.detail}",
            retryable=fault.retryable,
            usage=conversation.usage,
            elapsed_s=elapsed_s,
        )

    async def _converse(self, conversation: "_Conversation") -> None:
        answer = await self._complete(conversation)
        while (fault := conversation.hear(answer)) and conversation.repairs < MAX_REPAIRS:
            conversation.object(fault)
            answer = await self._complete(conversation)

    async def _complete(self, conversation: "_Conversation") -> Completion:
        """One readable or unreadable answer; formats that are refused are given up for good."""
        while True:
            demanded = await self._format()
            try:
                return await self._call(conversation, demanded)
            except ModelFault as fault:
                if not fault.format_refused or demanded not in _WEAKER:
                    raise
                # Another seat on this model may have learnt more in the meantime.
                if self._formats.accepted[self._model] == demanded:
                    self._formats.accepted[self._model] = _WEAKER[demanded]

    async def _call(self, conversation: "_Conversation", demanded: ReplyFormat) -> Completion:
        # Nothing is sent that nobody has the time to wait for.
        await anyio.lowlevel.checkpoint()
        # Of a call that is cut off, by the deadline or by whoever asked, nobody learns the price.
        usage = Usage()
        try:
            completion = await self._completions.complete(
                self._model, conversation.prompt(demanded), self._timeout_s
            )
            usage = completion.usage
        except ModelFault as fault:
            usage = fault.usage
            raise
        finally:
            conversation.usage += usage
        return completion

    async def _format(self) -> ReplyFormat:
        known = self._formats.accepted.get(self._model)
        if known is None:
            known = await self._completions.strongest_format(self._model)
            known = self._formats.accepted.setdefault(self._model, known)
        return known


class _Conversation:
    """The messages of one ask, the newest answer to it, and what they have cost so far."""

    def __init__(self, ask: Ask) -> None:
        self.answer: Completion | None = None
        self.repairs = 0
        self.usage = NO_USAGE
        self._form = ask.form
        self._messages = [Message("system", ask.system), Message("user", ask.prompt)]

    def hear(self, answer: Completion) -> str | None:
        """Take an answer; why it cannot be read, if it cannot."""
        self.answer = answer
        # An empty assistant message is refused by some providers.
        self._messages.append(Message("assistant", answer.text.strip() or "(empty)"))
        fault = self._form.fault(answer.text)
        if fault and answer.cut_short:
            return f"it was cut off where your tokens ran out; be brief. As it stands, {fault}"
        return fault

    def object(self, fault: str) -> None:
        """Tell the model that its answer was malformed, and how."""
        self.repairs += 1
        self._messages.append(Message("user", repair_request(self._form, fault)))

    def prompt(self, demanded: ReplyFormat) -> Prompt:
        return Prompt(
            messages=tuple(self._messages),
            format=demanded,
            name=self._form.name,
            schema=self._form.json_schema(),
        )
