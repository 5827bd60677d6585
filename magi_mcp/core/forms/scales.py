"""Core: the scales on which positions are taken: given options, probabilities, open words."""

import math
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from magi_mcp.core.choices import Choices
from magi_mcp.core.normal_form import normal_form, one_line


class Scale(Protocol):
    """What positions there are, and exact recognition of one of them."""

    def schema(self, *extra: str) -> dict[str, JsonValue]:
        """The JSON schema of a position; ``extra`` are words allowed beside the scale."""

    def words(self) -> str:
        """What a position has to be, for the prompt and for a repair."""

    def recognise(self, stated: str) -> str | None:
        """The position that ``stated`` is, in its canonical form; None if it is none."""

    def same(self, position: str) -> str:
        """A key that is equal for equal positions."""


@dataclass(frozen=True)
class Closed:
    """The options of a case, or yes and no."""

    choices: Choices

    def schema(self, *extra: str) -> dict[str, JsonValue]:
        """The ids, and ``extra``."""
        return {"type": "string", "enum": [*self.choices.ids, *extra]}

    def words(self) -> str:
        """All the ids."""
        ids = ", ".join(f'"{option_id}"' for option_id in self.choices.ids)
        return f"exactly one of {ids}"

    def recognise(self, stated: str) -> str | None:
        """The option's label, byte for byte."""
        return self.choices.recognise(stated)

    def same(self, position: str) -> str:
        """The label itself."""
        return position


@dataclass(frozen=True)
class Open:
    """A short position in the seat's own words."""

    def schema(self, *extra: str) -> dict[str, JsonValue]:
        """Any text."""
        return {"type": "string"}

    def words(self) -> str:
        """How long it may be."""
        return "your position in at most twelve words"

    def recognise(self, stated: str) -> str | None:
        """The words as they stand, on one line; None for nothing but punctuation."""
        return one_line(stated) if normal_form(stated) else None

    def same(self, position: str) -> str:
        """The normal form."""
        return normal_form(position)


@dataclass(frozen=True)
class Probability:
    """A probability from 0 to 1; per cent are understood."""

    def schema(self, *extra: str) -> dict[str, JsonValue]:
        """A text, since ``extra`` words stand beside the numbers."""
        return {"type": "string"}

    def words(self) -> str:
        """The range, with an example."""
        return 'the probability that the answer is yes, a number from 0 to 1 such as "0.35"'

    def recognise(self, stated: str) -> str | None:
        """The shortest decimal form of the number, e.g. ``"35 %"`` -> ``"0.35"``."""
        plain = normal_form(stated)
        share = plain.removesuffix("%").strip()
        try:
            value = float(share)
        except ValueError:
            return None
        if plain.endswith("%"):
            value = round(value / 100, 12)
        return repr(value + 0.0) if math.isfinite(value) and 0 <= value <= 1 else None

    def same(self, position: str) -> str:
        """The canonical number."""
        return position
