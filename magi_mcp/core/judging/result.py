"""Core: a judgement as its result. Keys and their order are what clients see.

How far the judges agree beyond chance is not told here: a library computes it where a result
is shown, from the very numbers that stand in it.
"""

from collections.abc import Mapping, Sequence

from magi_mcp.core.anonymity import Mask, mask_of
from magi_mcp.core.case import AnyCase
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.envelope import envelope, more, progress, unfinished_step
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.findings import (
    Agreement,
    Dissent,
    JudgementDecision,
    JudgementOutcome,
    JudgeRecord,
    Panel,
    Scored,
)
from magi_mcp.core.judging.tournament import rounds_for
from magi_mcp.core.verdict import Actual, Envelope, Progress, Status


class _Subject(Frozen):
    question: str
    answers: int
    pass_threshold: float | None
    outcome: JudgementOutcome | None


class _Agreed(Frozen):
    agreement: Agreement | None = None


class Judgement(Panel, _Agreed, Scored, _Subject, Envelope):
    """The contract's result of a judgement, in every state it can be in.

    ``answers`` is how many were judged. One answer has scores, several have a ranking; what
    does not apply is None.
    """

    dossier_id: str
    dossier_uri: str
    status: Status
    progress: Progress | None = None
    actual: Actual | None = None


def judgement_case(dossier: Dossier) -> JudgementCase:
    """What was judged."""
    return as_judgement(dossier.case)


def as_judgement(case: AnyCase) -> JudgementCase:
    """A case that is one of a judgement."""
    assert isinstance(case, JudgementCase), f"a {case.kind} is no judgement"
    return case


def judgement_of(dossier: Dossier, *, now: float | None = None) -> Judgement:
    """The result of a judgement, whatever state it is in. ``now`` as epoch seconds."""
    case, decision = judgement_case(dossier), dossier.decision
    assert isinstance(decision, JudgementDecision | None), "a judgement ends in its own decision"
    judgement = Judgement(
        **dict(envelope(dossier, next_step=_next_step(dossier, decision), now=now)),
        question=case.question,
        answers=len(case.answers),
        pass_threshold=case.pass_threshold,
        progress=progress(dossier, now, of=rounds_for(len(case.answers))),
        actual=dossier.actual,
        **(dict(decision.findings) if decision else {"outcome": None}),
    )
    return _anonymised(judgement, mask_of(dossier)) if case.anonymous else judgement


def _next_step(dossier: Dossier, decision: JudgementDecision | None) -> str | None:
    match decision.findings.outcome if decision else None:
        case None:
            return unfinished_step(dossier)
        case "no_quorum":
            return (
                "Tell the user that too few judges came to a judgement, and why; do not present "
                f"it as the panel's. {more(dossier)}"
            )
        case "tie":
            return (
                "Tell the user that the panel prefers none of the first answers, and what each "
                f"side holds; do not choose between them in its name. {more(dossier)}"
            )
        case "winner":
            return f"Give the user the ranking, the dissent and how firm it is. {more(dossier)}"
        case "scored" | "passed" | "not_passed":
            return f"Give the user the scores, their range and the dissent. {more(dossier)}"


def _anonymised(judgement: Judgement, mask: Mask) -> Judgement:
    """The judgement of an anonymous case, with neutral voices in place of its judges."""
    place = {name: number for number, name in enumerate(mask.names)}
    return judgement.model_copy(
        update={
            "warnings": tuple(map(mask.told, judgement.warnings)),
            "judges": tuple(
                _masked_judge(each, mask)
                for each in sorted(judgement.judges, key=lambda judge: place[judge.seat])
            ),
            "minority_report": tuple(
                _masked_dissent(each, mask) for each in _in_order(judgement.minority_report, place)
            ),
        }
    )


def _in_order(dissents: Sequence[Dissent], place: Mapping[str, int]) -> list[Dissent]:
    """Dissents on one matter in the order of voices: that of seats would tell who is who."""
    matters = list(dict.fromkeys(each.criterion or each.position for each in dissents))
    return sorted(
        dissents,
        key=lambda each: (
            matters.index(each.criterion or each.position),
            min(place[seat] for seat in each.seats),
        ),
    )


def _masked_judge(judge: JudgeRecord, mask: Mask) -> JudgeRecord:
    return judge.model_copy(
        update={
            "seat": mask.name(judge.seat),
            "model": None,
            "served_by": None,
            "rationale": {key: mask.said(text) for key, text in judge.rationale.items()},
        }
    )


def _masked_dissent(dissent: Dissent, mask: Mask) -> Dissent:
    return dissent.model_copy(
        update={
            "seats": mask.several(dissent.seats),
            "argument": mask.said(dissent.argument),
        }
    )
