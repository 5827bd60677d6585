"""A panel on paper: cases, judges that follow a rule, and a driver that needs no clock."""

import json
from collections.abc import Callable, Mapping, Sequence

from magi_mcp.core.asks import Ask, Round
from magi_mcp.core.case import Candidate, Limits, Seat
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.events import (
    CaseOpened,
    CouncilFailed,
    Event,
    RoundAsked,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.judging.asking import Pair
from magi_mcp.core.judging.case import JudgementCase, Recusal
from magi_mcp.core.judging.criteria import DEFAULT_CRITERIA, Criterion
from magi_mcp.core.judging.findings import JudgementDecision, JudgementFindings
from magi_mcp.core.replies import Answered, Failed, FailureKind, Reply, Usage
from magi_mcp.prompt_files import shipped_prompts
from tests.core.paper import DOSSIER_ID, MODELS, TRIO

QUESTION = "How do I undo the last commit but keep my changes?"
ANSWER = "git reset --soft HEAD~1 moves the branch back and leaves the index alone."
CALL = Usage(calls=1, tokens_in=100, tokens_out=20, cost_usd=0.001)

Judge = Callable[[Ask], Reply]


def a_judgement(
    *answers: str,
    seats: Sequence[str] = TRIO,
    models: Sequence[str] = MODELS,
    criteria: Sequence[Criterion] = DEFAULT_CRITERIA,
    pass_threshold: float | None = None,
    reference: str = "",
    authors: Sequence[str] = (),
    recusals: Sequence[Recusal] = (),
    substitutes: Sequence[Candidate] = (),
    limits: Limits | None = None,
    seed: str = "seed",
    allow_abstain: bool = True,
    anonymous: bool = False,
) -> JudgementCase:
    """A case of one answer, or of those given; models are dealt out in turn."""
    return JudgementCase(
        dossier_id=DOSSIER_ID,
        question=QUESTION,
        answers=answers or (ANSWER,),
        reference=reference,
        criteria=tuple(criteria),
        pass_threshold=pass_threshold,
        authors=tuple(authors),
        recusals=tuple(recusals),
        substitutes=tuple(substitutes),
        seats=tuple(
            Seat(name=name, model=models[place % len(models)]) for place, name in enumerate(seats)
        ),
        limits=limits or Limits(),
        seed=seed,
        prompts=shipped_prompts(),
        allow_abstain=allow_abstain,
        anonymous=anonymous,
    )


def said(text: str, served_by: str = "") -> Answered:
    """A reply in these very words; served by the seat's own model unless told otherwise."""
    return Answered(text=text, served_by=served_by, usage=CALL, elapsed_s=1.5)


def failed(failure: FailureKind = "timeout", detail: str = "no answer in 60 s") -> Failed:
    return Failed(failure=failure, detail=detail)


def scored(score: int | None, rationale: str = "Because.") -> Answered:
    return said(json.dumps({"rationale": rationale, "score": score}))


def criterion_of(case: JudgementCase, ask: Ask) -> str:
    """The name of the criterion that an ask is about."""
    return case.criteria[int(ask.ask_id.rpartition("/")[2]) - 1].name


def shown_in(ask: Ask) -> Pair:
    """The numbers of the answers that an ask shows, in its order."""
    first, _, second = ask.ask_id.rpartition("/")[2].partition("v")
    return int(first), int(second)


def prefers(better: str, rationale: str = "Because.") -> Answered:
    return said(json.dumps({"rationale": rationale, "better": better}))


def by_scores(case: JudgementCase, scores: Mapping[str, int | Mapping[str, int]]) -> Judge:
    """Judges that give these scores, by seat, for every criterion or by its name."""

    def judge(ask: Ask) -> Reply:
        given = scores[ask.seat]
        name = criterion_of(case, ask)
        score = given if isinstance(given, int) else given[name]
        return scored(score, f"{ask.seat} on {name}.")

    return judge


def by_favour(favour: Mapping[str, Sequence[int]]) -> Judge:
    """Judges that prefer whichever answer comes first in their list of numbers, by seat.

    Of two that are not in it they prefer the first shown.
    """

    def judge(ask: Ask) -> Reply:
        first, second = shown_in(ask)
        order = favour[ask.seat]
        rank = {number: place for place, number in enumerate(order)}
        last = len(order)
        better = "first" if rank.get(first, last) <= rank.get(second, last) else "second"
        return prefers(better, f"The {better} answer says how.")

    return judge


def events_of(
    case: JudgementCase, judge: Judge, *, refuse: Callable[[Round], bool] = lambda _: False
) -> list[Event]:
    """The journal of a judgement in which everybody replies in time."""
    deliberation = Deliberation(case)
    events: list[Event] = [CaseOpened(case=case)]

    def take(event: Event) -> None:
        deliberation.apply(event)
        events.append(event)

    while not deliberation.ended:
        due = deliberation.due()
        assert due is not None
        if isinstance(due, RoundAsked):
            assert deliberation.round is not None
            if refuse(deliberation.round):
                take(RoundRefused(round_id=due.round_id, reason="deadline"))
                continue
        take(due)
        for ask in deliberation.pending:
            take(deliberation.received(ask, _from_own_model(case, ask, judge(ask))))
    return events


def _from_own_model(case: JudgementCase, ask: Ask, reply: Reply) -> Reply:
    if isinstance(reply, Answered) and not reply.served_by:
        return reply.model_copy(update={"served_by": case.seat(ask.seat).model})
    return reply


def decided(case: JudgementCase, judge: Judge) -> JudgementDecision:
    """What a judgement comes to."""
    end = events_of(case, judge)[-1]
    assert isinstance(end, VerdictReached)
    assert isinstance(end.decision, JudgementDecision)
    return end.decision


def found(case: JudgementCase, judge: Judge) -> JudgementFindings:
    """The findings of a judgement."""
    return decided(case, judge).findings


def causes(case: JudgementCase, judge: Judge) -> tuple[str, ...]:
    """Why nobody judged."""
    end = events_of(case, judge)[-1]
    assert isinstance(end, CouncilFailed)
    return end.causes
