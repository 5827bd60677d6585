"""Core: the method ``majority``. Open answers; the prevailing view, argued by a rapporteur.

Positions are brought together by asking a seat which of them mean the same, never by text
similarity. The ruling is the label of the leading group.
"""

from magi_mcp.core.case import Case
from magi_mcp.core.floor import Floor
from magi_mcp.core.method import Steps
from magi_mcp.core.methods.opinions import OpenMethod
from magi_mcp.core.methods.ruling import with_written_ruling
from magi_mcp.core.verdict import Findings


class UnwrittenMajority(OpenMethod):
    """Version 1: the answer is the argument of whoever speaks for the leading group."""

    name = "majority"

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The findings as they follow from the tally."""
        yield from ()
        return findings, floor


class Majority(OpenMethod):
    """An open question; the view that most seats share prevails."""

    name = "majority"

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The leading group's view, argued by the rapporteur."""
        return (yield from with_written_ruling(case, floor, findings))
