"""Core: the kinds of dossiers there are. Each has its case, its procedures and its decision.

Whoever drives, keeps or counts dossiers knows no kinds; what differs between them is chosen
here, and in what tells people of them.
"""

from collections.abc import Mapping

from magi_mcp.core.asks import Round
from magi_mcp.core.budget import Tariff
from magi_mcp.core.case import AnyCase, Case
from magi_mcp.core.conclusion import Unanswered
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.journaled import JournaledDecision
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.panel import judgement_procedure
from magi_mcp.core.judging.reckoning import JudgementReckoning
from magi_mcp.core.method import Steps
from magi_mcp.core.planning import DeliberationReckoning, Reckoning
from magi_mcp.core.protocols import deliberation_procedure
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.procedure import cross_examined
from magi_mcp.core.reviewing.reckoning import ReviewReckoning

Conclusion = JournaledDecision | Unanswered


def open_procedure(case: AnyCase) -> Steps[Conclusion]:
    """The generator of a case's procedure, not yet started.

    Raises ``ProcedureError`` where the case was recorded by a version unknown here.
    """
    match case:
        case Case():
            return deliberation_procedure(case)
        case JudgementCase():
            return judgement_procedure(case)
        case ReviewCase():
            return cross_examined(case)
        case _:
            raise ProcedureError(f"nobody here knows how a {case.kind} is held")


def reckoning_of(case: AnyCase, tariffs: Mapping[str, Tariff], opening: Round) -> Reckoning:
    """What a case can come to; ``opening`` is the round that its procedure begins with."""
    match case:
        case Case():
            return DeliberationReckoning(case, tariffs, opening)
        case JudgementCase():
            return JudgementReckoning(case, tariffs, opening)
        case ReviewCase():
            return ReviewReckoning(case, tariffs, opening)
        case _:
            raise ProcedureError(f"nobody here knows what a {case.kind} takes")
