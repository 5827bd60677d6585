"""Core: the case of a judgement: answers that exist, and by what they are to be judged."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from magi_mcp.core.case import AnyCase, check_text
from magi_mcp.core.errors import CallerError
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.judging.criteria import (
    DEFAULT_CRITERIA,
    Criterion,
    check_criteria,
    check_pass_threshold,
)
from magi_mcp.core.normal_form import one_line

MAX_ANSWERS = 20
MOST_IN_ALL_PAIRS = 5
"""Up to so many answers every pair is compared; more of them play a tournament."""

PROCEDURE = "judgement/panel@1"


class Recusal(Frozen):
    """A seat whose models were trained by a family that trained an author of the answers.

    ``model`` is the one it would have judged with, ``substitute`` the one that judges in its
    place. Without one the seat is left out; where nobody else would be left to judge, it sits
    all the same.
    """

    seat: str
    model: str
    family: str
    substitute: str | None


class JudgementCase(AnyCase):
    """Answers to judge. One is scored by each of the ``criteria``; several are compared.

    ``question`` is what the answers were written for; ``reference`` an answer that is taken to
    be right, empty for none. ``pass_threshold`` is the overall median, 1..10, at which one
    answer passes. ``authors`` are the models that wrote the answers, as far as they are told;
    ``recusals`` what followed from it for the panel, which is ``seats``.
    """

    kind: Literal["judgement"] = "judgement"
    procedure: str = PROCEDURE
    answers: tuple[str, ...]
    reference: str = ""
    criteria: tuple[Criterion, ...] = Field(default=DEFAULT_CRITERIA)
    pass_threshold: float | None = None
    authors: tuple[str, ...] = ()
    recusals: tuple[Recusal, ...] = ()

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        check_answers(self.answers)
        check_criteria(self.criteria)
        check_threshold_applies(self.pass_threshold, self.answers)
        return self

    @property
    def wording(self) -> tuple[str, ...]:
        """The caller's own texts."""
        return (*super().wording, self.reference, *self.answers)

    @property
    def compares(self) -> bool:
        """Whether answers are compared with each other; a single one is scored."""
        return len(self.answers) > 1

    def answer(self, number: int) -> str:
        """The answer of that number, from 1."""
        return self.answers[number - 1]


def check_answers(answers: Sequence[str]) -> None:
    """Raises ``CallerError`` for answers that are none, too many, blank or the same."""
    if not answers:
        raise CallerError("answers", "none are given; give at least one text to judge.")
    if len(answers) > MAX_ANSWERS:
        raise CallerError(
            "answers", f"{len(answers)} given; at most {MAX_ANSWERS} are judged at once."
        )
    seen: dict[str, int] = {}
    for number, answer in enumerate(answers, start=1):
        check_text("answers", answer)
        plain = one_line(answer)
        if not plain:
            raise CallerError(
                "answers", f"number {number} is empty; give it a text or leave it out."
            )
        if plain in seen:
            raise CallerError(
                "answers",
                f"numbers {seen[plain]} and {number} are identical, so there is nothing to "
                "compare; leave one of them out.",
            )
        seen[plain] = number


def check_threshold_applies(threshold: float | None, answers: Sequence[str]) -> None:
    """Raises ``CallerError`` for a threshold that is off the scale, or has nothing to apply to."""
    if threshold is None:
        return
    check_pass_threshold(threshold)
    if len(answers) > 1:
        raise CallerError(
            "pass_threshold",
            f"{threshold:g} has no effect on {len(answers)} answers, which are compared and not "
            "scored; leave it out, or judge one answer at a time.",
        )
