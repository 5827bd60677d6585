"""Core: the method ``minority``. What the prevailing view overlooks, in the dissenters' words."""

from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import plain
from magi_mcp.core.floor import Floor
from magi_mcp.core.forms import Closed, StatementForm
from magi_mcp.core.method import Steps
from magi_mcp.core.methods.opinions import OpenMethod, leaders
from magi_mcp.core.methods.synthesis import unruled
from magi_mcp.core.rapporteur import Unwritten, by_claim, candidates, holders, written
from magi_mcp.core.verdict import Findings, Synthesis

_FORM = StatementForm(
    "what the prevailing view overlooks, and why it matters, in two to six sentences",
    lists=(("blind_spots", "single points that the prevailing view leaves out"),),
)
_NONE_PREVAILS = "No view prevailed: {count} share the lead, so each was held against the others."


class Minority(OpenMethod):
    """Open answers; the strongest dissenter says what the majority overlooks."""

    name = "minority"

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: no side is to win."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The dissent, written by its surest holder; by anybody where all agree.

        On a tie no view prevails, and everybody dissents from some leading view. If nobody
        can write, the strongest dissenter's own argument stands.
        """
        if findings.outcome == "no_quorum":
            return findings, floor
        prevailing = leaders(findings)
        if len(prevailing) > 1:
            floor = floor.warned(_NONE_PREVAILS.format(count=len(prevailing)))
            majority = set[str]()
        else:
            majority = set(holders(floor, prevailing[0]))
        dissent = {s: p for s, p in floor.positions().items() if s not in majority}
        dissenters = by_claim(case, dissent)
        text = yield from written(
            case,
            floor,
            candidates(case, floor, dissenters),
            _FORM,
            purpose="ruling",
            template="ruling_minority",
            ruling="\n".join(prevailing),
        )
        findings = unruled(findings)
        if isinstance(text, Unwritten):
            strongest = plain(floor, dissenters[0]).argument if dissenters else ""
            findings = findings.model_copy(update={"answer": strongest or None})
            return findings, floor.warned(text.told("dissent"))
        update = {"answer": text.text, "synthesis": Synthesis(**text.points)}
        return findings.model_copy(update=update), floor
