"""Core: putting a ruling into words, for the methods that ask a rapporteur."""

from magi_mcp.core.case import Case
from magi_mcp.core.floor import Floor
from magi_mcp.core.forms import StatementForm
from magi_mcp.core.method import Steps
from magi_mcp.core.rapporteur import NOBODY_WROTE, by_claim, candidates, holders, written
from magi_mcp.core.verdict import Findings

_FORM = StatementForm("the ruling argued in two to five sentences")


def with_written_answer(
    case: Case, floor: Floor, findings: Findings
) -> Steps[tuple[Findings, Floor]]:
    """The findings with an answer in the rapporteur's words, where there is a ruling.

    If nobody can write, the answer taken from the ballots stands, and a warning says so.
    """
    if findings.ruling is None:
        return findings, floor
    winners = by_claim(case, holders(floor, findings.ruling))
    statement = yield from written(
        case,
        floor,
        candidates(case, floor, winners),
        _FORM,
        purpose="ruling",
        template="ruling",
        ruling=findings.ruling,
    )
    if statement is None:
        return findings, floor.warned(NOBODY_WROTE.format(what="ruling"))
    return findings.model_copy(update={"answer": statement.text}), floor
