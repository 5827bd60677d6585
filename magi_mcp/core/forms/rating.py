"""Core: the form in which drafts are rated."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pydantic import JsonValue

from magi_mcp.core.forms.base import object_schema
from magi_mcp.core.forms.reading import (
    BrokenJson,
    json_objects,
    text_or_none,
    without_thoughts,
)
from magi_mcp.core.normal_form import normal_form, one_line

LOWEST, HIGHEST = 0, 10


@dataclass(frozen=True)
class Rating:
    """A score from 0 to 10 for the draft under a pseudonym, with its justification."""

    draft: str
    score: Fraction
    why: str


@dataclass(frozen=True)
class Ratings:
    """What a rater said: ratings that can be attributed, and in words what cannot."""

    given: tuple[Rating, ...]
    unattributed: tuple[str, ...] = ()


@dataclass(frozen=True)
class RatingForm:
    """Scores for the drafts that stand under ``names``."""

    names: tuple[str, ...]
    name: str = "ratings"

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply."""
        rating = object_schema(
            draft={"type": "string", "enum": list(self.names)},
            why={"type": "string"},
            score={"type": "number"},
        )
        return object_schema(ratings={"type": "array", "items": rating})

    def instructions(self) -> str:
        """The same in words."""
        names = ", ".join(f'"{name}"' for name in self.names)
        return (
            'Reply with one JSON object and nothing else: {"ratings": [{"draft": ..., '
            '"why": ..., "score": ...}, ...]}, with one entry for each of the drafts '
            f"{names}. The score is a number from {LOWEST} to {HIGHEST}, where 5 is "
            "acceptable work and 10 could not be improved."
        )

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, or None if any rating in it can."""
        ratings = self.read(text)
        return ratings if isinstance(ratings, str) else None

    def read(self, text: str) -> Ratings | str:
        """The ratings in ``text``, or what is wrong, in words.

        A rating for a draft that does not exist, a second one for the same draft and a score
        off the scale are not guessed at: they are listed as unattributed.
        """
        try:
            objects, _ = json_objects(without_thoughts(text))
        except BrokenJson as broken:
            return str(broken)
        found = [each["ratings"] for each in objects if "ratings" in each]
        if len(found) != 1 or not isinstance(found[0], list):
            return 'it must be exactly one JSON object with the key "ratings", a list.'
        ratings = self._attributed(found[0])
        if not ratings.given:
            return "none of its ratings names one of the drafts with a score from 0 to 10."
        return ratings

    def _attributed(self, entries: list[JsonValue]) -> Ratings:
        known = {normal_form(name): name for name in self.names}
        given: dict[str, Rating] = {}
        unattributed: list[str] = []
        for entry in entries:
            fields: Mapping[str, JsonValue] = entry if isinstance(entry, dict) else {}
            named = text_or_none(fields.get("draft")) or ""
            draft = known.get(normal_form(named))
            score = _score(fields.get("score"))
            if draft is None or score is None or draft in given:
                unattributed.append(f"{one_line(named)[:40] or '?'}: {fields.get('score')}")
            else:
                given[draft] = Rating(draft, score, text_or_none(fields.get("why")) or "")
        return Ratings(tuple(given.values()), tuple(unattributed))


def _score(value: JsonValue) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        score = Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError):
        return None
    return score if LOWEST <= score <= HIGHEST else None
