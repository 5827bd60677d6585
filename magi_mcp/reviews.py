"""Edge: from a request for a review to its case. Decided here and nowhere later."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from magi_mcp.convening import Bylaws, Request, terms_of
from magi_mcp.core.case import case_key, check_text
from magi_mcp.core.errors import unknown_name
from magi_mcp.core.reviewing.case import PROCEDURE, Part, ReviewCase
from magi_mcp.core.reviewing.change import Change
from magi_mcp.core.reviewing.claims import SEVERITIES, Severity
from magi_mcp.core.reviewing.parts import cut, part_tokens
from magi_mcp.core.seeding import digest

DEFAULT_PERSONAS = "code-review"
"""The preset that reviewers look through where nobody says otherwise."""


@dataclass(frozen=True)
class ReviewRequest:
    """A change as a caller has it reviewed.

    ``terms`` is what a review shares with a deliberation: the seats and their personas, limits,
    language and instructions; the rest of it has no effect here, the question least of all.
    ``focus`` says what to look at above all; findings below ``min_severity`` are left out, and a
    confirmed one of ``fail_on`` or graver requests changes.
    """

    change: Change
    terms: Request = field(default_factory=lambda: Request(question=""))
    focus: str = ""
    min_severity: Severity = "low"
    fail_on: Severity = "high"


def severity(argument: str, given: str) -> Severity:
    """The severity of that name. Raises ``CallerError`` for any other name."""
    for each in SEVERITIES:
        if each == given.strip().casefold():
            return each
    raise unknown_name(argument, given, SEVERITIES)


def convene_review(
    request: ReviewRequest, bylaws: Bylaws, *, dossier_id: str, principal: str | None = None
) -> ReviewCase:
    """The frozen case for a request that is put on behalf of ``principal``.

    The change is cut for models of which nothing is known; ``cut_to`` cuts it for those that
    read it. Raises ``CallerError`` for anything the caller can mend, before anything is paid
    for, and ``NoSeats`` where there is nobody to review it.
    """
    check_text("focus", request.focus)
    wishes = request.terms
    question = f"Review of {request.change.scope}"
    personas = wishes.personas or (DEFAULT_PERSONAS,)
    terms = terms_of(replace(wishes, question=question, personas=personas), bylaws)
    case = ReviewCase(
        dossier_id=dossier_id,
        principal=principal,
        question=question,
        context=wishes.context,
        procedure=PROCEDURE,
        seats=terms.seats,
        substitutes=bylaws.substitutes,
        allow_abstain=wishes.allow_abstain,
        language=terms.language,
        instructions=wishes.instructions,
        anonymous=wishes.anonymous,
        limits=terms.limits,
        seed="",
        prompts=terms.prompts.templates,
        prompt_overrides=terms.prompts.overrides,
        warnings=terms.warnings,
        drawn_from=terms.drawn_from,
        scope=request.change.scope,
        parts=(Part(files=request.change.files),),
        focus=request.focus.strip(),
        min_severity=request.min_severity,
        fail_on=request.fail_on,
    )
    return cut_to(case, request.change, ())


def cut_to(case: ReviewCase, change: Change, windows: Sequence[int | None]) -> ReviewCase:
    """The case with the change cut for models that take prompts of so many tokens each."""
    parts, left_out = cut(change.files, part_tokens(windows))
    whole = case.model_copy(
        update={
            "parts": tuple(Part(files=files) for files in parts),
            "skipped": (*change.skipped, *left_out),
            "seed": "",
        }
    )
    # The key does not cover the id, so the same change reviewed twice is blinded differently.
    return whole.model_copy(update={"seed": digest(case_key(whole), case.dossier_id)})
