"""Core: a dossier read as that of a deliberation, for whoever tells of ballots and rulings."""

from magi_mcp.core.case import Case
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.verdict import Decision


def case_of(dossier: Dossier) -> Case:
    """The question that was deliberated on."""
    assert isinstance(dossier.case, Case), f"a {dossier.case.kind} is no deliberation"
    return dossier.case


def decision_of(dossier: Dossier) -> Decision | None:
    """What the deliberation came to; None where it has no verdict."""
    assert isinstance(dossier.decision, Decision | None), "a deliberation ends in its own decision"
    return dossier.decision
