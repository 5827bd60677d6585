"""Seats: one ask's conversation with one model. Makes no calls.

Only a malformed reply is answered by a repair request that quotes what was wrong; a model is
never told that its reply was malformed because a network failed.
"""

from magi_mcp.core.asks import Ask
from magi_mcp.core.forms import repair_request
from magi_mcp.seats.completions import Completion, Message, Prompt, ReplyFormat


class Conversation:
    """The messages so far, and the newest answer to them."""

    def __init__(self, ask: Ask) -> None:
        self.answer: Completion | None = None
        self.repairs = 0
        self._form = ask.form
        self._messages = [Message("system", ask.system), Message("user", ask.prompt)]

    def prompt(self, demanded: ReplyFormat) -> Prompt:
        """What is sent next."""
        return Prompt(
            messages=tuple(self._messages),
            format=demanded,
            name=self._form.name,
            schema=self._form.json_schema(),
        )

    def hear(self, answer: Completion) -> str | None:
        """Take an answer; why it cannot be read, if it cannot."""
        self.answer = answer
        # An empty assistant message is refused by some providers.
        self._messages.append(Message("assistant", answer.text.strip() or "(empty)"))
        fault = self._form.fault(answer.text)
        if not answer.text.strip() and not answer.cut_short:
            return "it is empty"
        if fault and answer.cut_short:
            return f"it was cut off where your tokens ran out; be brief. As it stands, {fault}"
        return fault

    def object(self, fault: str) -> None:
        """Tell the model that its answer was malformed, and how."""
        self.repairs += 1
        self._messages.append(Message("user", repair_request(self._form, fault)))
