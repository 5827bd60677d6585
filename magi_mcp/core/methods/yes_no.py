"""Core: the method ``yes_no``. The ruling is "yes" or "no", in every language."""

from collections.abc import Mapping

from magi_mcp.core.case import Case
from magi_mcp.core.choices import Choices
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm
from magi_mcp.core.methods.base import Steps, count_as_stated

_YES_NO = Choices(labels=("yes", "no"), ids=("yes", "no"))


class YesNo:
    """A question answered by yes or no; every seat may abstain."""

    name = "yes_no"

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        return BallotForm(_YES_NO, revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        return {}

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        return count_as_stated(case, floor)
