"""Core: the method ``options``. The ruling is the winning option, byte for byte."""

from collections.abc import Mapping

from magi_mcp.core.case import Case
from magi_mcp.core.choices import Choices
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm
from magi_mcp.core.methods.base import Steps, count_as_stated


class Options:
    """A choice among the caller's options, shown to the models under short ids."""

    name = "options"

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        return BallotForm(Choices(case.options), revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        return {"options": str(Choices(case.options))}

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        return count_as_stated(case, floor)
