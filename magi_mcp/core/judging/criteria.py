"""Core: criteria by which answers are judged, each with anchors for low, middle and high."""

import math
from collections.abc import Iterable, Sequence

from pydantic import Field

from magi_mcp.core.case import check_text
from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.normal_form import normal_form, one_line

LOWEST, HIGHEST = 1, 10
"""The ends of the scale on which criteria are scored."""

OVERALL = "overall"
"""The criterion whose scores, where it is one of them, are the overall scores."""

MAX_CRITERIA = 12

MAX_CRITERION_CHARS = 2_000
"""How long a criterion may be, its anchors apart: it is said to every judge in every ask."""

_LOW = "nothing, or next to nothing, of what earns a 10 is there"
_MIDDLE = "about half of what earns a 10 is there, or all of it with faults that matter"


class Criterion(Frozen):
    """What one score is given for. The anchors say what earns a 1 or 2, a 5 or 6, and a 10.

    ``weight`` is its share in the overall score of a judge, beside those of the others.
    """

    name: str = Field(min_length=1)
    high: str = Field(min_length=1)
    middle: str = _MIDDLE
    low: str = _LOW
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @property
    def is_overall(self) -> bool:
        """Whether it asks for the judgement as a whole."""
        return normal_form(self.name) == OVERALL


DEFAULT_CRITERIA = (
    Criterion(
        name="correctness",
        high="everything it states is true, and every step of its reasoning holds",
        middle="its main point holds, but a statement or step that matters is wrong",
        low="its main point is wrong or misleading",
    ),
    Criterion(
        name="completeness",
        high="every part of what was asked is dealt with, and nothing is missing that matters",
        middle="the main part is dealt with, but a part that was asked for is missing",
        low="most of what was asked is left out",
    ),
    Criterion(
        name="clarity",
        high="whoever asked understands it at the first reading and knows what to do with it",
        middle="it is understood with some effort, or has to be searched for its point",
        low="whoever asked could not tell what it says",
    ),
    Criterion(
        name=OVERALL,
        high="whoever asked could rely on it as it stands",
        middle="it is of use once faults that matter have been mended",
        low="it would do whoever asked more harm than good",
    ),
)
"""What is scored where a caller names no criteria of its own."""


def criteria_from(texts: Sequence[str]) -> tuple[Criterion, ...]:
    """The criteria that ``"name: what earns a 10"`` name; none stand for the default ones.

    Raises ``CallerError`` for too many, for one that is too long, and for one without a name.
    """
    _check_number(len(texts))
    return tuple(map(_criterion, texts)) or DEFAULT_CRITERIA


def _check_number(number: int) -> None:
    if number > MAX_CRITERIA:
        raise CallerError("criteria", f"{number} given; at most {MAX_CRITERIA} are allowed.")


def _criterion(text: str) -> Criterion:
    check_text("criteria", text)
    if len(text) > MAX_CRITERION_CHARS:
        raise CallerError(
            "criteria",
            f"{quoted(text)} has {len(text):,} characters, more than {MAX_CRITERION_CHARS:,}; "
            "shorten it, or put the facts into the reference.",
        )
    named, _, earns = text.partition(":")
    name, high = one_line(named), one_line(earns)
    if not name:
        raise CallerError(
            "criteria",
            f'{quoted(text)} has no name; write "name: what earns a 10", such as '
            '"accuracy: every figure agrees with the source".',
        )
    known = {normal_form(each.name): each for each in DEFAULT_CRITERIA}
    if not high and normal_form(name) in known:
        return known[normal_form(name)]
    return Criterion(name=name, high=high or f"in respect of {name} it could not be better")


def check_criteria(criteria: Iterable[Criterion]) -> None:
    """Raises ``CallerError`` for criteria that are too few, too many or cannot be told apart."""
    listed = list(criteria)
    if not listed:
        raise CallerError(
            "criteria", "none are given; name at least one, or leave them out for the default ones."
        )
    _check_number(len(listed))
    seen: dict[str, str] = {}
    for criterion in listed:
        plain = normal_form(criterion.name)
        if not plain:
            raise CallerError("criteria", f"{quoted(criterion.name)} is no name; give it one.")
        if plain in seen:
            raise CallerError(
                "criteria",
                f"{quoted(criterion.name)} stands twice (also as {quoted(seen[plain])}); name each "
                "criterion once.",
            )
        seen[plain] = criterion.name
    if OVERALL in seen and len({criterion.weight for criterion in listed}) > 1:
        raise CallerError(
            "criteria",
            f"{seen[OVERALL]!r} is scored itself, so the weights of the others have no effect; "
            "leave out either.",
        )


def check_pass_threshold(threshold: float) -> None:
    """Raises ``CallerError`` for a threshold off the scale; nothing is clipped."""
    if not (math.isfinite(threshold) and LOWEST <= threshold <= HIGHEST):
        raise CallerError(
            "pass_threshold",
            f"{threshold:g} is not in {LOWEST}..{HIGHEST}; it is the overall median at which an "
            "answer passes, such as 7.",
        )
