"""Seats: a scripted seat, for tests, demonstrations and benchmarks. A public fake.

It answers from a list, or by a function of the ask, and touches nothing else.
"""

import json
from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Answered, Failed, Reply, Usage

Line = str | Mapping[str, JsonValue] | Reply
"""What a script says: a text, the fields of a JSON reply, or a whole reply."""

Script = Iterable[Line] | Callable[[Ask], Line]

FREE = Usage(calls=1, tokens_in=0, tokens_out=0, cost_usd=0.0)


class ScriptedSeat:
    """Answers each ask with the next line of its script, or with what the function says.

    ``asked`` keeps every ask in order. A list that has run out is a ``Failed`` reply.
    """

    def __init__(self, script: Script, model: str = "scripted/test") -> None:
        self.asked: list[Ask] = []
        self._model = model
        self._next = script if callable(script) else _reader(script)

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:  # noqa: ARG002  (nothing to wait for)
        """The scripted reply to ``ask``; never raises for what a script says."""
        self.asked.append(ask)
        line = self._next(ask)
        if isinstance(line, Mapping):
            line = json.dumps(dict(line))
        if isinstance(line, str):
            return Answered(text=line, served_by=self._model, usage=FREE)
        return line


def _reader(lines: Iterable[Line]) -> Callable[[Ask], Line]:
    rest = iter(lines)

    def read(ask: Ask) -> Line:
        spent = Failed(failure="exhausted", detail=f"the script has no line for {ask.ask_id}")
        return next(rest, spent)

    return read
