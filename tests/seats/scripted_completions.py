"""A model that answers from a list, or by a function of the prompt. Implements ``Completions``."""

from collections.abc import Callable, Sequence

import anyio

from magi_mcp.core.replies import Usage
from magi_mcp.seats.completions import Completion, ModelFault, Prompt, ReplyFormat

SILENCE = None
"""A line that is never spoken: the call hangs."""

Line = str | Completion | ModelFault | None

SPENT = Usage(tokens_in=100, tokens_out=10, cost_usd=0.5)


class ScriptedCompletions:
    """``prompts`` keeps every call in order; the last line of a list is said again and again."""

    def __init__(
        self, lines: Sequence[Line] | Callable[[Prompt], Line], *, accepts: ReplyFormat = "schema"
    ) -> None:
        self.prompts: list[Prompt] = []
        self.timeouts_s: list[float] = []
        self._lines = lines
        self._accepts = accepts

    async def strongest_format(self, model: str) -> ReplyFormat:
        return self._accepts

    async def complete(self, model: str, prompt: Prompt, timeout_s: float) -> Completion:
        self.prompts.append(prompt)
        self.timeouts_s.append(timeout_s)
        line = self._line(prompt)
        if isinstance(line, ModelFault):
            raise line
        if isinstance(line, str):
            line = Completion(line, served_by=model, usage=SPENT)
        if line is SILENCE:
            await anyio.sleep_forever()
        assert line is not None
        return line

    def _line(self, prompt: Prompt) -> Line:
        if callable(self._lines):
            return self._lines(prompt)
        return self._lines[min(len(self.prompts), len(self._lines)) - 1]
