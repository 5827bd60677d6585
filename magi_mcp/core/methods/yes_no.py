"""Core: the method ``yes_no``. The ruling is "yes" or "no", in every language."""

from collections.abc import Mapping

from magi_mcp.core.case import Case
from magi_mcp.core.choices import Choices
from magi_mcp.core.forms import BallotForm, Closed
from magi_mcp.core.method import ballot_form
from magi_mcp.core.methods.closed import ClosedMethod

_YES_NO = Closed(Choices(labels=("yes", "no"), ids=("yes", "no")))


class YesNo(ClosedMethod):
    """A question answered by yes or no."""

    name = "yes_no"

    def scale(self, case: Case) -> Closed:
        """Yes and no."""
        return _YES_NO

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        """A ballot for yes or no."""
        return ballot_form(case, _YES_NO, revision=revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        """Nothing beside the question."""
        return {}
