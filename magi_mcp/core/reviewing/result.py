"""Core: a review as its result. Keys and their order are what clients see."""

from collections.abc import Mapping

from pydantic import Field

from magi_mcp.core.anonymity import Mask, mask_of
from magi_mcp.core.case import AnyCase
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.envelope import envelope, more, progress, unfinished_step
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.change import Skipped
from magi_mcp.core.reviewing.decision import Finding, FindingRecord, ReviewDecision
from magi_mcp.core.reviewing.standing import STANDINGS, Assessment
from magi_mcp.core.verdict import Actual, Envelope, MinorityReport, Progress, Status

ROUNDS = 2


class _Reviewed(Frozen):
    assessment: Assessment | None = None
    scope: str
    findings: tuple[Finding, ...] = ()
    findings_total: Mapping[str, int] = Field(default_factory=dict)
    files_reviewed: tuple[str, ...] = ()
    files_skipped: tuple[Skipped, ...] = ()
    minority_report: tuple[MinorityReport, ...] = ()


class Review(_Reviewed, Envelope):
    """The contract's result of a review, in every state it can be in.

    ``findings_total`` counts the findings by their standing.
    """

    dossier_id: str
    dossier_uri: str
    status: Status
    progress: Progress | None = None
    actual: Actual | None = None


def review_case(case: AnyCase) -> ReviewCase:
    """A case that is one of a review."""
    assert isinstance(case, ReviewCase), f"a {case.kind} is no review"
    return case


def review_decision(dossier: Dossier) -> ReviewDecision | None:
    """What a review came to; None where it has come to nothing yet."""
    decision = dossier.decision
    assert isinstance(decision, ReviewDecision | None), "a review ends in its own decision"
    return decision


def records_of(dossier: Dossier) -> tuple[FindingRecord, ...]:
    """The findings with their history, as people are shown them: by the names of the mask."""
    decision = review_decision(dossier)
    if decision is None:
        return ()
    mask = mask_of(dossier)
    return tuple(_masked_record(each, mask) for each in decision.records)


def review_of(dossier: Dossier, *, now: float | None = None) -> Review:
    """The result of a review, whatever state it is in. ``now`` as epoch seconds."""
    case, decision = review_case(dossier.case), review_decision(dossier)
    findings = tuple(record.finding for record in records_of(dossier))
    started = envelope(dossier, next_step=_next_step(dossier, decision), now=now)
    review = Review(
        **dict(started),
        assessment=decision.assessment if decision else None,
        scope=case.scope,
        findings=findings,
        findings_total=total(findings) if decision else {},
        files_reviewed=case.paths,
        files_skipped=case.skipped,
        minority_report=decision.minority_report if decision else (),
        progress=progress(dossier, now, of=ROUNDS),
        actual=dossier.actual,
    )
    return _anonymised(review, mask_of(dossier)) if case.anonymous else review


def total(findings: tuple[Finding, ...]) -> dict[str, int]:
    """How many findings there are of each standing."""
    return {standing: sum(each.standing == standing for each in findings) for standing in STANDINGS}


def _next_step(dossier: Dossier, decision: ReviewDecision | None) -> str | None:
    match decision.assessment if decision else None:
        case None:
            return unfinished_step(dossier)
        case "request_changes":
            told = "Give the user what is confirmed, then what is disputed; mend nothing unasked"
        case "comment":
            told = "Give the user what is confirmed and what is disputed, each as what it is"
        case "approve":
            told = "Tell the user that the council found nothing that stands, and what was not read"
    return f"{told}. {more(dossier)}"


def _masked_record(record: FindingRecord, mask: Mask) -> FindingRecord:
    finding = record.finding
    return record.model_copy(
        update={
            "finding": finding.model_copy(
                update={
                    "title": mask.said(finding.title),
                    "explanation": mask.said(finding.explanation),
                    "raised_by": mask.several(finding.raised_by),
                    "supported_by": mask.several(finding.supported_by),
                    "refuted_by": mask.several(finding.refuted_by),
                }
            ),
            "members": tuple(
                each.model_copy(
                    update={
                        "seat": mask.name(each.seat),
                        "claim": each.claim.model_copy(
                            update={
                                "title": mask.said(each.claim.title),
                                "explanation": mask.said(each.claim.explanation),
                            }
                        ),
                    }
                )
                for each in record.members
            ),
            "examined": tuple(
                each.model_copy(
                    update={"seat": mask.name(each.seat), "reason": mask.said(each.reason)}
                )
                for each in record.examined
            ),
        }
    )


def _anonymised(review: Review, mask: Mask) -> Review:
    """The review of an anonymous case, with neutral voices in place of its seats."""
    return review.model_copy(
        update={
            "warnings": tuple(map(mask.told, review.warnings)),
            "minority_report": tuple(
                each.model_copy(
                    update={
                        "position": mask.said(each.position),
                        "seats": mask.several(each.seats),
                        "argument": mask.said(each.argument),
                    }
                )
                for each in review.minority_report
            ),
        }
    )
