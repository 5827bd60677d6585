"""Core: what a review came to, with everything that people may want to know of a finding."""

from typing import Literal

from pydantic import Field

from magi_mcp.core.frozen import Frozen, Words
from magi_mcp.core.reviewing.claims import Examined, Raised, Severity
from magi_mcp.core.reviewing.patches import Replacement
from magi_mcp.core.reviewing.standing import Assessment, Standing
from magi_mcp.core.verdict import AnyDecision, MinorityReport
from magi_mcp.core.words import plural


class Finding(Frozen):
    """The contract's entry for a defect. Lines are those of the new file, None for none.

    ``suggestion`` is a patch where the quoted lines can be replaced as they stand, else words.
    """

    id: str
    file: Words
    line_start: int | None = Field(ge=1)
    line_end: int | None = Field(ge=1)
    severity: Severity
    category: Words
    title: Words
    explanation: Words
    suggestion: Words | None
    quote: Words
    standing: Standing
    raised_by: tuple[str, ...]
    supported_by: tuple[str, ...]
    refuted_by: tuple[str, ...]


class FindingRecord(Frozen):
    """A finding with its history: how each seat worded it, and what the others hold of it."""

    finding: Finding
    members: tuple[Raised, ...]
    examined: tuple[Examined, ...] = ()
    replacement: Replacement | None = None


class ReviewDecision(AnyDecision):
    """What a review came to: its findings in order, and what follows for the change.

    ``left_out`` counts the findings below the least severity that was asked for.
    """

    kind: Literal["review"] = "review"
    assessment: Assessment
    records: tuple[FindingRecord, ...]
    minority_report: tuple[MinorityReport, ...] = ()
    left_out: int = 0

    @property
    def status(self) -> Literal["decided", "undecided"]:
        """A review that anybody has read for comes to an assessment."""
        return "decided"

    @property
    def outcome(self) -> str | None:
        """The assessment."""
        return self.assessment

    @property
    def ruling(self) -> str | None:
        """How many findings are confirmed, beside the assessment."""
        confirmed = sum(each.finding.standing == "confirmed" for each in self.records)
        return f"{confirmed} of {plural(len(self.records), 'finding')} confirmed"

    @property
    def argument(self) -> str:
        """Every finding, by its title and explanation."""
        findings = [record.finding for record in self.records]
        return " ".join(f"{each.title} {each.explanation}" for each in findings)
