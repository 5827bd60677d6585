"""Core: the procedure ``judgement/panel@1``. Judges are asked alone and never hear each other.

One answer: one round, a score for each criterion. Several: one round with every pair in both
orders, or the rounds of a tournament. A round that is refused ends it with what there is.
"""

from collections.abc import Iterator

from magi_mcp.core.asks import Refused
from magi_mcp.core.conclusion import Unanswered
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.judging import ranking, scoring
from magi_mcp.core.judging.asking import comparison_round, scoring_round
from magi_mcp.core.judging.authority import (
    Proceedings,
    causes_of_failure,
    cautions,
    provisional_causes,
)
from magi_mcp.core.judging.case import PROCEDURE, JudgementCase
from magi_mcp.core.judging.comparing import Bouts
from magi_mcp.core.judging.findings import JudgementDecision, JudgementFindings
from magi_mcp.core.judging.scoring import Scoresheet
from magi_mcp.core.judging.tournament import next_pairs, rounds_for
from magi_mcp.core.method import Steps

JudgementEnd = JudgementDecision | Unanswered


def judgement_procedure(case: JudgementCase) -> Steps[JudgementEnd]:
    """The generator of a judgement, not yet started.

    Raises ``ProcedureError`` where the case was recorded by a version unknown here.
    """
    if case.procedure != PROCEDURE:
        raise ProcedureError(f"the case names the procedure {case.procedure!r}, unknown here")
    return _compared(case) if case.compares else _scored(case)


def _scored(case: JudgementCase) -> Steps[JudgementEnd]:
    replies = yield scoring_round(case)
    if isinstance(replies, Refused):
        return _never_asked(replies)
    sheet = Scoresheet.of(case, replies)
    causes = causes_of_failure(case, sheet.everything)
    if causes:
        return Unanswered(causes)
    held = Proceedings(
        case,
        said=sheet.everything,
        counted=tuple(sheet.overall()),
        undone=scoring.could_be_undone(sheet),
    )
    return _decision(held, scoring.findings_of(sheet), rounds=1)


def _compared(case: JudgementCase) -> Steps[JudgementEnd]:
    bouts, halted, held = Bouts(case), None, 0
    for number in range(1, rounds_for(len(case.answers)) + 1):
        pairs = next_pairs(case, bouts)
        replies = yield comparison_round(case, number, pairs)
        if isinstance(replies, Refused):
            halted = replies
            break
        bouts, held = bouts.after(number, pairs, replies), number
        causes = causes_of_failure(case, bouts.everything)
        if causes:
            return Unanswered(causes)
    if halted is not None and not held:
        return _never_asked(halted)
    findings = ranking.findings_of(bouts)
    proceedings = Proceedings(
        case,
        said=bouts.everything,
        counted=bouts.counted_judges,
        undone=ranking.could_be_undone(bouts),
        halted=halted,
    )
    return _decision(proceedings, findings, rounds=held, more=tuple(_upsets(bouts, findings)))


def _never_asked(refused: Refused) -> Unanswered:
    return Unanswered((f"the first round was refused: {refused.reason}{refused.because}",))


def _upsets(bouts: Bouts, findings: JudgementFindings) -> Iterator[str]:
    """That the winner by all comparisons lost one: a ranking cannot please every pair."""
    if findings.winner is None:
        return
    for number in ranking.beaten_by(bouts, findings.winner):
        yield (
            f"Compared with each other alone, more judges prefer answer {number} to answer "
            f"{findings.winner}, which is first by all comparisons."
        )


def _decision(
    held: Proceedings, findings: JudgementFindings, *, rounds: int, more: tuple[str, ...] = ()
) -> JudgementDecision:
    provisional = tuple(provisional_causes(held))
    return JudgementDecision(
        findings=findings,
        rounds=rounds,
        degraded=held.flawed,
        provisional=bool(provisional),
        warnings=(*held.case.warnings, *provisional, *more, *cautions(held)),
    )
