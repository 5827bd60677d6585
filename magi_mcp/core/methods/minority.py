"""Core: the method ``minority``. What the prevailing view overlooks, in the dissenters' words."""

from magi_mcp.core.case import Case
from magi_mcp.core.floor import Floor
from magi_mcp.core.forms import Closed, StatementForm
from magi_mcp.core.method import Steps
from magi_mcp.core.methods.opinions import OpenMethod
from magi_mcp.core.methods.synthesis import unruled
from magi_mcp.core.rapporteur import NOBODY_WROTE, by_claim, candidates, written
from magi_mcp.core.verdict import Findings, Synthesis

_FORM = StatementForm(
    "what the prevailing view overlooks, and why it matters, in two to six sentences",
    lists=(("blind_spots", "single points that the prevailing view leaves out"),),
)


class Minority(OpenMethod):
    """Open answers; the strongest dissenter says what the majority overlooks."""

    name = "minority"

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: no side is to win."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The dissent, written by its surest holder; by anybody where all agree."""
        if findings.outcome == "no_quorum":
            return findings, floor
        prevailing = findings.tally[0].position
        dissent = {
            seat: position
            for seat, position in floor.positions().items()
            if floor.label(position) != prevailing
        }
        writers = candidates(case, floor, by_claim(case, dissent))
        statement = yield from written(
            case,
            floor,
            writers,
            _FORM,
            purpose="ruling",
            template="ruling_minority",
            ruling=prevailing,
        )
        findings = unruled(findings)
        if statement is None:
            return findings, floor.warned(NOBODY_WROTE.format(what="dissent"))
        update = {"answer": statement.text, "synthesis": Synthesis(**statement.points)}
        return findings.model_copy(update=update), floor
