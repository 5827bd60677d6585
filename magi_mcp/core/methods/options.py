"""Core: the method ``options``. The ruling is the winning option, byte for byte."""

from collections.abc import Mapping
from functools import lru_cache

from magi_mcp.core.case import Case
from magi_mcp.core.choices import Choices
from magi_mcp.core.forms import BallotForm, Closed
from magi_mcp.core.method import ballot_form
from magi_mcp.core.methods.closed import ClosedMethod


class Options(ClosedMethod):
    """A choice among the caller's options, shown to the models under short ids."""

    name = "options"

    def scale(self, case: Case) -> Closed:
        """The case's options."""
        return Closed(_choices(case.options))

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        """A ballot for one of the options."""
        return ballot_form(case, self.scale(case), revision=revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        """The options under their ids."""
        return {"options": str(_choices(case.options))}


@lru_cache(maxsize=64)
def _choices(options: tuple[str, ...]) -> Choices:
    # A case asks for them at every prompt and every reply, and their spellings are many.
    return Choices(options)
