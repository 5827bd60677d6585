"""Core: one reply of a judge, read: what it says of one item, and which model said it."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from magi_mcp.core.ballots import Abstention, Missing, Unreadable
from magi_mcp.core.fallbacks import attempts_of
from magi_mcp.core.judging.forms import ComparisonForm, Preference, Score, ScoreForm
from magi_mcp.core.replies import Abstained, Answered, Attempt, Failed, Reply

Opinion = Score | Preference | Abstention | Unreadable | Missing
"""What one reply of a judge comes to."""


_PLACED = re.compile(r"\b(?:the\s+)?(?P<place>first|second)\s+answer\b", re.IGNORECASE)


@dataclass(frozen=True)
class Heard:
    """What a judge says of one ``item``: a criterion's name, or two answers in an order."""

    seat: str
    item: str
    opinion: Opinion
    served_by: str | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether nothing could be made of what was asked."""
        return isinstance(self.opinion, Unreadable | Missing)


def heard(seat: str, item: str, reply: Reply, form: ScoreForm | ComparisonForm) -> Heard:
    """A reply read by the form it was asked in."""
    served_by = None if isinstance(reply, Failed) else reply.served_by
    return Heard(seat, item, _opinion(reply, form), served_by, attempts_of(reply))


def _opinion(reply: Reply, form: ScoreForm | ComparisonForm) -> Opinion:
    match reply:
        case Answered():
            return form.read(reply.text)
        case Abstained():
            return Abstention(reason=reply.reason)
        case Failed():
            return Missing(reason=f"{reply.failure}: {reply.detail}")


def served_by(said: Iterable[Heard]) -> str | None:
    """The model that answered for a judge; of several, that which answered most, then first."""
    models = Counter(each.served_by for each in said if each.served_by is not None)
    return max(models, key=lambda model: models[model]) if models else None


def spelt_out(rationale: str, shown: tuple[int, int]) -> str:
    """A judge's reasons with the answers' numbers in place of "the first answer"."""

    def number(found: re.Match[str]) -> str:
        word = "Answer" if found[0][0].isupper() else "answer"
        return f"{word} {shown[found['place'].casefold() == 'second']}"

    return _PLACED.sub(number, rationale)
