"""Core: the method ``synthesis``. One account of all views; nothing is ruled."""

from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import leading_argument
from magi_mcp.core.floor import Floor
from magi_mcp.core.forms import Closed, StatementForm
from magi_mcp.core.method import Steps
from magi_mcp.core.methods.opinions import OpenMethod, leaders
from magi_mcp.core.rapporteur import Unwritten, by_claim, candidates, holders, written
from magi_mcp.core.verdict import Findings, Synthesis
from magi_mcp.core.words import sentence

_FORM = StatementForm(
    "an answer to the question that does justice to all views, in at most eight sentences",
    lists=(
        ("consensus", "points on which all views agree"),
        ("contradictions", "points on which they contradict each other, with both sides"),
        ("partial_coverage", "points that only some of them deal with"),
        ("unique_insights", "valuable points that one of them alone makes"),
        ("blind_spots", "what matters for the question and none of them deals with"),
    ),
)


class SynthesisMethod(OpenMethod):
    """Open answers brought into one account, with what they share and where they part."""

    name = "synthesis"

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: no side is to win."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The account, by the strongest voice of the leading views or whoever can write.

        If nobody can, the leading arguments stand side by side.
        """
        if findings.outcome == "no_quorum":
            return findings, floor
        labels = leaders(findings)
        leading = {seat: p for label in labels for seat, p in holders(floor, label).items()}
        account = yield from written(
            case,
            floor,
            candidates(case, floor, by_claim(case, leading)),
            _FORM,
            purpose="ruling",
            template="ruling_synthesis",
        )
        findings = unruled(findings)
        if isinstance(account, Unwritten):
            arguments = [leading_argument(case, floor, label) or label for label in labels]
            findings = findings.model_copy(update={"answer": " ".join(map(sentence, arguments))})
            return findings, floor.warned(account.told("synthesis"))
        update = {"answer": account.text, "synthesis": Synthesis(**account.points)}
        return findings.model_copy(update=update), floor


def unruled(findings: Findings) -> Findings:
    """Findings that give an account and no ruling."""
    return findings.model_copy(
        update={
            "outcome": "synthesis",
            "ruling": None,
            "decided_by": "none",
            "pivotal_seats": (),
        }
    )
