"""Core: an earlier verdict, in the few lines in which a later council is told of it.

Question, ruling and dissent; nothing of who sat on that council.
"""

from collections.abc import Iterator

from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.core.errors import CallerError
from magi_mcp.core.headline import found, how, why_not
from magi_mcp.core.judging import headline
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.result import Judgement, judgement_of
from magi_mcp.core.result import verdict_of
from magi_mcp.core.reviewing import headline as review_line
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.result import Review, review_of
from magi_mcp.core.verdict import Verdict
from magi_mcp.core.words import plural, sentence, sentence_case, shortened

_QUESTION, _PASSAGE, _POSITION = 600, 600, 200
"""Characters of each text that are passed on."""

_FINDINGS = 8


def precedent(dossier: Dossier) -> str:
    """An earlier verdict as part of a later question's context.

    Raises ``CallerError`` for a dossier without one.
    """
    if dossier.decision is None:
        status = dossier.status.replace("_", " ")
        raise CallerError(
            "follows",
            f"{short_id(dossier.dossier_id)} has no verdict ({status}); name a dossier that has "
            "one, or leave it out.",
        )
    if isinstance(dossier.case, JudgementCase):
        return "\n".join(_judged(judgement_of(dossier)))
    if isinstance(dossier.case, ReviewCase):
        return "\n".join(_reviewed(review_of(dossier)))
    return "\n".join(_lines(verdict_of(dossier)))


def _reviewed(review: Review) -> Iterator[str]:
    yield "What an earlier council found in a change that this question follows:"
    yield f"Change: {shortened(review.scope, _QUESTION)}"
    firm = "provisional, " if review.provisional else ""
    yield f"Result: {review_line.found(review)} ({firm}{review_line.how(review)})."
    for each in review.findings[:_FINDINGS]:
        yield (
            f"{each.standing}, {each.severity}: {review_line.where(each)}: "
            f"{shortened(each.title, _POSITION)}: {sentence(shortened(each.explanation, _PASSAGE))}"
        )


def _judged(judgement: Judgement) -> Iterator[str]:
    yield "What an earlier panel judged, on answers to a question that this one follows:"
    yield f"Question: {shortened(judgement.question, _QUESTION)}"
    if judgement.status == "decided":
        firm = "provisional, " if judgement.provisional else ""
        yield f"Result: {headline.found(judgement)} ({firm}{headline.how(judgement)})."
    else:
        cause, _, _ = headline.why_not(judgement).partition("; ")
        yield f"No judgement: {cause}."
    for each in judgement.minority_report:
        yield (
            f"{sentence_case(plural(len(each.seats), 'judge'))} dissented, with "
            f"{shortened(each.position, _POSITION)}: "
            f"{sentence(shortened(each.argument, _PASSAGE))}"
        )


def _lines(verdict: Verdict) -> Iterator[str]:
    yield "What an earlier council said on a question that this one follows:"
    yield f"Question: {shortened(verdict.question, _QUESTION)}"
    if verdict.status == "decided":
        firm = "provisional, " if verdict.provisional else ""
        yield f"Result: {shortened(found(verdict), _PASSAGE)} ({firm}{how(verdict)})."
    else:
        cause, _, _ = why_not(verdict).partition("; ")
        yield f"No ruling: {cause}."
    if verdict.answer and verdict.answer != verdict.ruling:
        yield f"Why: {sentence(shortened(verdict.answer, _PASSAGE))}"
    for report in verdict.minority_report:
        side = shortened(report.position, _POSITION)
        yield (
            f"{sentence_case(plural(len(report.seats), 'seat'))} dissented, for {side}: "
            f"{sentence(shortened(report.argument, _PASSAGE))}"
        )
