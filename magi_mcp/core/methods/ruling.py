"""Core: putting a result into words, for the methods that ask a rapporteur."""

from collections.abc import Sequence

from magi_mcp.core.case import Case
from magi_mcp.core.floor import Floor
from magi_mcp.core.forms import StatementForm
from magi_mcp.core.method import Steps
from magi_mcp.core.rapporteur import Unwritten, by_claim, candidates, holders, written
from magi_mcp.core.verdict import Findings

_FORM = StatementForm("the ruling argued in two to five sentences")


def asked_for(case: Case) -> bool:
    """Whether the case wants a rapporteur where the ballots would do."""
    return case.rapporteur == "always" or bool(case.rapporteur_prompt.strip())


def with_written_ruling(
    case: Case, floor: Floor, findings: Findings
) -> Steps[tuple[Findings, Floor]]:
    """The findings with the ruling, where there is one, argued by one of its holders."""
    if findings.ruling is None:
        return findings, floor
    winners = by_claim(case, holders(floor, findings.ruling))
    return (yield from with_written_answer(case, floor, findings, findings.ruling, winners))


def with_written_answer(
    case: Case, floor: Floor, findings: Findings, result: str, first: Sequence[str]
) -> Steps[tuple[Findings, Floor]]:
    """The findings with an answer in a rapporteur's words, asked of ``first`` first.

    ``result`` is what is to be argued. Where the arbiter decided, its argument is no seat's
    and is shown beside the seats' own. If nobody can write, the answer taken from the ballots
    stands, and a warning says so.
    """
    settled = floor.settlement
    arbiters = {}
    if settled is not None and settled.decided_by == "arbiter" and settled.argument:
        arbiters = {"argument of the arbiter, who settled it": settled.argument}
    text = yield from written(
        case,
        floor,
        candidates(case, floor, first),
        _FORM,
        purpose="ruling",
        template="ruling",
        material=arbiters,
        ruling=result,
    )
    if isinstance(text, Unwritten):
        return findings, floor.warned(text.told("ruling"))
    return findings.model_copy(update={"answer": text.text}), floor
