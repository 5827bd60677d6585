"""Core: the method ``majority``. Open answers, each with a short position; the prevailing view.

Positions are brought together by asking a seat which of them mean the same, never by text
similarity. The ruling is the label of the leading group.
"""

from collections.abc import Mapping

from magi_mcp.core.case import Case
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm
from magi_mcp.core.methods.base import Steps, tally_of
from magi_mcp.core.methods.grouping import group


class Majority:
    """An open question; the view that most seats share prevails."""

    name = "majority"

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        return BallotForm(None, revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        return {}

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        grouping = yield from group(case, floor)
        votes = {
            seat: grouping.labels[ballot.position] for seat, ballot in floor.positions().items()
        }
        return Count(
            tally=tally_of(case, votes), labels=grouping.labels, warnings=grouping.warnings
        )
