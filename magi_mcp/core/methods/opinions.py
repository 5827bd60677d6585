"""Core: what the methods with open answers share: positions grouped by meaning."""

from collections.abc import Mapping, Sequence

from magi_mcp.core.case import Case
from magi_mcp.core.choices import Choices
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm, Closed, Open
from magi_mcp.core.method import Steps, ballot_form, count_of
from magi_mcp.core.methods.grouping import group
from magi_mcp.core.verdict import Findings


class OpenMethod:
    """Open answers, each with a short position; positions are grouped, never compared as text."""

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        """A ballot whose position is in the seat's own words."""
        return ballot_form(case, Open(), revision=revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        """Nothing beside the question."""
        return {}

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        """Every position counts for the label of its group."""
        grouping = yield from group(case, floor)
        return count_of(case, floor, grouping.labels, grouping.warnings, grouping.ungrouped)

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """The groups; with fewer than two there is nothing to settle."""
        labels = [entry.position for entry in floor.count.tally.entries] if floor.count else []
        return Closed(Choices(labels, _ids(labels))) if len(labels) > 1 else None


def leaders(findings: Findings) -> list[str]:
    """The positions with the most votes: several on a tie, none where nobody voted."""
    return [entry.position for entry in findings.tally if entry.votes == findings.tally[0].votes]


def _ids(labels: Sequence[str]) -> list[str]:
    """Ids that no label contains: models word the labels, and may word them like any id."""
    stem = "view"
    while any(stem in label.casefold() for label in labels):
        stem += "x"
    return [f"{stem}-{number}" for number in range(1, len(labels) + 1)]
