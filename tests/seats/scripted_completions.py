"""Models that answer from lists, or by a function of the prompt. Implements ``Completions``."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import anyio

from magi_mcp.core.replies import Usage
from magi_mcp.seats.completions import Call, Completion, ModelFacts, ModelFault, Prompt, ReplyFormat

SILENCE = None
"""A line that is never spoken: the call hangs."""

Line = str | Completion | ModelFault | None
Lines = Sequence[Line] | Callable[[Prompt], Line]

SPENT = Usage(tokens_in=100, tokens_out=10, cost_usd=0.5)


class ScriptedCompletions:
    """``calls`` keeps every call in order; the last line of a list is said again and again.

    ``lines`` are those of every model, or by model. ``known`` holds the facts of models that
    differ from all others.
    """

    def __init__(
        self,
        lines: Lines | Mapping[str, Lines],
        *,
        accepts: ReplyFormat = "schema",
        known: Mapping[str, ModelFacts | ModelFault] | None = None,
    ) -> None:
        self.calls: list[Call] = []
        self._lines = lines
        self._said: Counter[str] = Counter()
        self._facts = ModelFacts("openai", accepts, free=False)
        self._known = known or {}

    @property
    def prompts(self) -> list[Prompt]:
        return [call.prompt for call in self.calls]

    @property
    def models(self) -> list[str]:
        """The models that were called, in order."""
        return [call.candidate.model for call in self.calls]

    async def facts(self, model: str) -> ModelFacts:
        facts = self._known.get(model, self._facts)
        if isinstance(facts, ModelFault):
            raise facts
        return facts

    async def complete(self, call: Call) -> Completion:
        self.calls.append(call)
        line = self._line(call)
        if isinstance(line, ModelFault):
            raise line
        if isinstance(line, str):
            line = Completion(line, served_by=call.candidate.model, usage=SPENT)
        if line is SILENCE:
            await anyio.sleep_forever()
        assert line is not None
        return line

    def _line(self, call: Call) -> Line:
        model = call.candidate.model
        lines, who = self._lines, "anybody"
        if isinstance(lines, Mapping):
            lines, who = lines[model], model
        if callable(lines):
            return lines(call.prompt)
        self._said[who] += 1
        return lines[min(self._said[who], len(lines)) - 1]
