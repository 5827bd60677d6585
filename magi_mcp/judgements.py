"""Edge: from a request for a judgement to its case. Decided here and nowhere later."""

from dataclasses import dataclass

from magi_mcp.convening import Bylaws, Request, terms_of
from magi_mcp.core.case import case_key, check_question, check_text
from magi_mcp.core.judging.case import (
    JudgementCase,
    check_answers,
    check_threshold_applies,
)
from magi_mcp.core.judging.criteria import DEFAULT_CRITERIA, Criterion, check_criteria
from magi_mcp.core.judging.recusal import bench
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.seeding import digest


@dataclass(frozen=True)
class JudgementRequest:
    """Answers as a caller has them judged.

    ``terms`` is what a judgement shares with a deliberation: the question, the seats, limits,
    language and instructions; the rest of it has no effect here. ``authors`` are model strings,
    one for each answer or a list of all.
    """

    terms: Request
    answers: tuple[str, ...]
    reference: str = ""
    criteria: tuple[Criterion, ...] = DEFAULT_CRITERIA
    pass_threshold: float | None = None
    authors: tuple[str, ...] = ()


def convene_judgement(
    request: JudgementRequest, bylaws: Bylaws, *, dossier_id: str, principal: str | None = None
) -> JudgementCase:
    """The frozen case for a request that is put on behalf of ``principal``.

    Judges look through no lens: they judge by the criteria alone. Raises ``CallerError`` for
    anything the caller can mend, before anything is paid for: what is wrong with the texts
    first, then ``NoSeats`` where there is nobody to judge them.
    """
    _check(request)
    terms = terms_of(request.terms, bylaws)
    authors = tuple(dict.fromkeys(filter(None, map(one_line, request.authors))))
    panel = bench(terms.seats, bylaws.substitutes, authors)
    case = JudgementCase(
        dossier_id=dossier_id,
        principal=principal,
        question=request.terms.question,
        answers=request.answers,
        reference=request.reference,
        criteria=request.criteria,
        pass_threshold=request.pass_threshold,
        authors=authors,
        recusals=panel.recusals,
        seats=tuple(seat.model_copy(update={"lens": None}) for seat in panel.seats),
        substitutes=panel.substitutes,
        allow_abstain=request.terms.allow_abstain,
        language=terms.language,
        instructions=request.terms.instructions,
        anonymous=request.terms.anonymous,
        limits=terms.limits,
        seed="",
        prompts=terms.prompts.templates,
        prompt_overrides=terms.prompts.overrides,
        warnings=(*terms.warnings, *panel.warnings),
        drawn_from=terms.drawn_from,
    )
    # The key does not cover the id, so the same answers judged twice are drawn differently.
    return case.model_copy(update={"seed": digest(case_key(case), dossier_id)})


def _check(request: JudgementRequest) -> None:
    check_question(request.terms.question)
    check_answers(request.answers)
    check_criteria(request.criteria)
    check_threshold_applies(request.pass_threshold, request.answers)
    check_text("reference", request.reference)
    for author in request.authors:
        check_text("authors", author)
