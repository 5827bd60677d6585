"""Core: the forms of a judge's replies: a score for one criterion, a preference between two.

Read as strictly as ballots: nothing is clipped, nothing is guessed, and a reply that states two
different things states none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from magi_mcp.core.ballots import Abstention, Unreadable
from magi_mcp.core.forms.base import object_schema
from magi_mcp.core.forms.reading import (
    BrokenJson,
    json_objects,
    text_or_none,
    without_thoughts,
)
from magi_mcp.core.frozen import Frozen, Words
from magi_mcp.core.judging.criteria import HIGHEST, LOWEST
from magi_mcp.core.normal_form import normal_form, one_line

_NOTE = "rationale"
_OF_TEN = re.compile(rf"(\d{{1,3}})(?:\.0+)?(?:\s*/\s*{HIGHEST})?")
# Quoted lines, with ">", are somebody else's.
_LABELLED = re.compile(
    r"^[\s*_#`-]*(score|better|rationale)[*_`]*\s*[:：][*_`]*(.*)", re.IGNORECASE
)


class Score(Frozen):
    """A score from 1 to 10, with its reasons."""

    kind: Literal["score"] = "score"
    value: int
    rationale: Words = ""


Place = Literal["first", "second"]


class Preference(Frozen):
    """Which of two answers is better, by the place where it was shown; None for neither."""

    kind: Literal["preference"] = "preference"
    better: Place | None
    rationale: Words = ""


@dataclass(frozen=True)
class ScoreForm:
    """A whole number from 1 to 10. Without ``abstain`` no judge may decline to give one."""

    abstain: bool = True
    name: str = "score"

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply. Reasons come first: a score is to follow from them."""
        score: JsonValue = ["integer", "null"] if self.abstain else "integer"
        return object_schema(rationale={"type": "string"}, score={"type": score})

    def instructions(self) -> str:
        """The same in words."""
        otherwise = "; null if you cannot judge it" if self.abstain else ""
        return (
            "Reply with one JSON object and nothing else:\n"
            '- "rationale": your reasons in two to four sentences, naming what in the answer '
            "earns the score and what costs it\n"
            f'- "score": {self._words()}{otherwise}\n'
            'If you cannot write JSON, write one line "SCORE: ..." and one "RATIONALE: ...".'
        )

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, or None if it can."""
        read = self.read(text)
        return read.reason if isinstance(read, Unreadable) else None

    def read(self, text: str) -> Score | Abstention | Unreadable:
        """The score in ``text``, or why there is none."""
        try:
            stated = list(_stated("score", text))
        except BrokenJson as broken:
            return Unreadable(reason=str(broken))
        if not stated:
            return Unreadable(reason='it has no "score".')
        values: set[int | None] = set()
        for value, _ in stated:
            if self.abstain and _declines(value):
                values.add(None)
                continue
            score = _whole_number(value)
            if score is None or not LOWEST <= score <= HIGHEST:
                return Unreadable(
                    reason=f'its score "{_shown(value)}" is not {self._words()}.',
                )
            values.add(score)
        if len(values) > 1:
            return Unreadable(reason="it states different scores.")
        (given,) = values
        rationale = stated[-1][1]
        if given is None:
            return Abstention(reason=rationale)
        return Score(value=given, rationale=rationale)

    @staticmethod
    def _words() -> str:
        return f"a whole number from {LOWEST} to {HIGHEST}"


@dataclass(frozen=True)
class ComparisonForm:
    """Which of two answers is better. With ``neither`` a judge need not prefer one."""

    neither: bool = True
    name: str = "comparison"

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply. Reasons come first: a preference is to follow from them."""
        places: list[JsonValue] = ["first", "second", *(["neither"] if self.neither else [])]
        better: JsonValue = {"type": "string", "enum": places}
        return object_schema(rationale={"type": "string"}, better=better)

    def instructions(self) -> str:
        """The same in words."""
        return (
            "Reply with one JSON object and nothing else:\n"
            '- "rationale": your reasons in two to four sentences, naming the difference that '
            "decides it\n"
            f'- "better": {self._words()}\n'
            'If you cannot write JSON, write one line "BETTER: ..." and one "RATIONALE: ...".'
        )

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, or None if it can."""
        read = self.read(text)
        return read.reason if isinstance(read, Unreadable) else None

    def read(self, text: str) -> Preference | Unreadable:
        """The preference in ``text``, or why there is none."""
        try:
            stated = list(_stated("better", text))
        except BrokenJson as broken:
            return Unreadable(reason=str(broken))
        if not stated:
            return Unreadable(reason='it does not say which is "better".')
        preferences: set[Place | None] = set()
        for value, _ in stated:
            match _place(value):
                case "first" | "second" as place:
                    preferences.add(place)
                case "neither" if self.neither:
                    preferences.add(None)
                case _:
                    return Unreadable(reason=f'"{_shown(value)}" is not {self._words()}.')
        if len(preferences) > 1:
            return Unreadable(reason="it states different preferences.")
        return Preference(better=preferences.pop(), rationale=stated[-1][1])

    def _words(self) -> str:
        listed = '"first" or "second"'
        return f'{listed}, or "neither" if none is better' if self.neither else listed


def _stated(key: str, text: str) -> Iterator[tuple[JsonValue, str]]:
    """What is stated under ``key``, each with its rationale; JSON objects come last.

    Raises ``BrokenJson``.
    """
    objects, around = json_objects(without_thoughts(text))
    lines = [_LABELLED.match(line) for line in around.splitlines()]
    labelled = [(found[1].lower(), found[2].strip()) for found in lines if found]
    note = next((said for label, said in labelled if label == _NOTE), "")
    yield from ((said, note) for label, said in labelled if label == key and said)
    for each in objects:
        if key in each:
            yield each[key], text_or_none(each.get(_NOTE)) or ""


def _whole_number(value: JsonValue) -> int | None:
    """The whole number that ``value`` is; ``8``, ``8.0``, ``"8"`` and ``"8/10"`` are all 8."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if float(value).is_integer() else None
    found = _OF_TEN.fullmatch(normal_form(value)) if isinstance(value, str) else None
    return int(found[1]) if found else None


def _place(value: JsonValue) -> str:
    """The place that ``value`` names; "the first answer" is the first, and anything is a name."""
    words = normal_form(value) if isinstance(value, str) else ""
    return words.removeprefix("the ").removesuffix(" answer")


def _declines(value: JsonValue) -> bool:
    return value is None or (isinstance(value, str) and normal_form(value) in ("null", "abstain"))


def _shown(value: JsonValue) -> str:
    return one_line(str(value))[:80]
