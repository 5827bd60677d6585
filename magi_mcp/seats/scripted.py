"""Seats: a scripted seat, for tests, demonstrations and benchmarks. A public fake.

It answers from a list, or by a function of the ask, and touches nothing else.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from magi_mcp.core.asks import Ask
from magi_mcp.core.budget import Purse, Tariff
from magi_mcp.core.case import AnyCase, Seat
from magi_mcp.core.replies import Answered, Failed, Reply, Usage
from magi_mcp.ports import SeatPort
from magi_mcp.seats.tariffs import FREE_OF_CHARGE

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


@dataclass(frozen=True)
class FreeSeating:
    """Seats that a function of the seat makes, free of charge. A public fake of ``Seating``."""

    make: Callable[[Seat], SeatPort]

    def seats(self, case: AnyCase, purse: Purse) -> Mapping[str, SeatPort]:  # noqa: ARG002  (free)
        """Who answers for everybody in the case, by name."""
        return {seat.name: self.make(seat) for seat in case.everybody}

    async def tariffs(self, case: AnyCase) -> Mapping[str, Tariff]:
        """Nothing costs anything, and nobody says more than the script."""
        return {seat.name: FREE_OF_CHARGE for seat in case.everybody}


def _reader(lines: Iterable[Line]) -> Callable[[Ask], Line]:
    rest = iter(lines)

    def read(ask: Ask) -> Line:
        spent = Failed(failure="exhausted", detail=f"the script has no line for {ask.ask_id}")
        return next(rest, spent)

    return read
