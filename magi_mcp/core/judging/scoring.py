"""Core: one answer, scored: medians and ranges, whether it passes, who differs and why.

Every number is a function of the scores that were given, in exact fractions; a score that was
not given is nobody's, and never a zero.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from magi_mcp.core.asks import Replies
from magi_mcp.core.judging.asking import score_ask_id, score_form
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.criteria import HIGHEST, LOWEST, OVERALL, Criterion
from magi_mcp.core.judging.findings import (
    CriterionSpread,
    Dissent,
    JudgementFindings,
    JudgementOutcome,
    JudgeRecord,
    Spread,
)
from magi_mcp.core.judging.forms import Score
from magi_mcp.core.judging.hearing import Heard, heard, served_by

FAR = 3
"""So many points from the median make a judge's score a dissent."""


@dataclass(frozen=True)
class Scoresheet:
    """What every judge says by every criterion: by seat, then by the criterion's name."""

    case: JudgementCase
    said: Mapping[str, Mapping[str, Heard]]

    @classmethod
    def of(cls, case: JudgementCase, replies: Replies) -> "Scoresheet":
        """The replies to the one round of scores, read."""
        form = score_form(case)
        return cls(
            case,
            {
                seat.name: {
                    criterion.name: heard(
                        seat.name,
                        criterion.name,
                        replies.by_ask[score_ask_id(seat.name, number)],
                        form,
                    )
                    for number, criterion in enumerate(case.criteria, start=1)
                }
                for seat in case.seats
            },
        )

    @property
    def everything(self) -> list[Heard]:
        """All that was said, in the order of seats and criteria."""
        return [each for by_criterion in self.said.values() for each in by_criterion.values()]

    def scores(self, criterion: Criterion) -> dict[str, Fraction]:
        """The scores given for a criterion, by seat."""
        return {
            seat: Fraction(opinion.value)
            for seat, by_criterion in self.said.items()
            if isinstance(opinion := by_criterion[criterion.name].opinion, Score)
        }

    def overall(self) -> dict[str, Fraction]:
        """The overall score of each judge that has one.

        Where one of the criteria asks for it, what was given for that; else the mean of all its
        scores by their weights. A judge of whom a score is missing has none then: the mean of
        the others would be about something else.
        """
        criteria = self.case.criteria
        asked = next((each for each in criteria if each.is_overall), None)
        if asked is not None:
            return self.scores(asked)
        given = {each.name: self.scores(each) for each in criteria}
        weights = {each.name: Fraction(str(each.weight)) for each in criteria}
        total = sum(weights.values())
        return {
            seat: sum((weights[name] * of[seat] for name, of in given.items()), Fraction()) / total
            for seat in self.said
            if all(seat in of for of in given.values())
        }

    @property
    def lost(self) -> tuple[str, ...]:
        """The judges whose overall score was lost: a reply that it rests on was of no use."""
        asked = [each.name for each in self.case.criteria if each.is_overall]
        rests_on = asked or [each.name for each in self.case.criteria]
        return tuple(
            seat
            for seat, by_criterion in self.said.items()
            if any(by_criterion[name].lost for name in rests_on)
        )


def findings_of(sheet: Scoresheet) -> JudgementFindings:
    """What follows from the scores."""
    case = sheet.case
    overall = sheet.overall()
    spread = _spread(overall.values())
    quorum = len(overall) >= min(case.limits.min_voices, len(case.seats))
    passed = _passes(case, list(overall.values())) if quorum else None
    outcome = _OUTCOMES[passed] if quorum else "no_quorum"
    return JudgementFindings(
        outcome=outcome,
        passed=passed,
        overall=spread,
        criteria=tuple(_of_criterion(sheet, each) for each in case.criteria),
        judges=tuple(_record(sheet, seat.name, overall) for seat in case.seats),
        minority_report=tuple(_dissents(sheet, overall)),
    )


def could_be_undone(sheet: Scoresheet) -> bool:
    """Whether lost scores could have made the answer pass, or fail (semantics R4)."""
    case, lost = sheet.case, len(sheet.lost)
    given = list(sheet.overall().values())
    if not lost or not given or case.pass_threshold is None:
        return False
    at_ends = {_passes(case, [*given, *[Fraction(end)] * lost]) for end in (LOWEST, HIGHEST)}
    return len(at_ends) > 1


def _passes(case: JudgementCase, overall: Collection[Fraction]) -> bool | None:
    if case.pass_threshold is None:
        return None
    return median(overall) >= Fraction(str(case.pass_threshold))


_OUTCOMES: Mapping[bool | None, JudgementOutcome] = {
    None: "scored",
    True: "passed",
    False: "not_passed",
}


def _spread(scores: Collection[Fraction]) -> Spread | None:
    if not scores:
        return None
    return Spread(median=float(median(scores)), min=float(min(scores)), max=float(max(scores)))


def _of_criterion(sheet: Scoresheet, criterion: Criterion) -> CriterionSpread:
    spread = _spread(sheet.scores(criterion).values())
    if spread is None:
        return CriterionSpread(name=criterion.name, median=None, min=None, max=None)
    return CriterionSpread(name=criterion.name, **dict(spread))


def _record(sheet: Scoresheet, seat: str, overall: Mapping[str, Fraction]) -> JudgeRecord:
    said = sheet.said[seat]
    scores = {name: each.opinion for name, each in said.items()}
    return JudgeRecord(
        seat=seat,
        model=sheet.case.seat(seat).model,
        served_by=served_by(said.values()),
        scores={n: o.value if isinstance(o, Score) else None for n, o in scores.items()},
        overall=float(overall[seat]) if seat in overall else None,
        rationale={n: o.rationale for n, o in scores.items() if isinstance(o, Score)},
    )


def _dissents(sheet: Scoresheet, overall: Mapping[str, Fraction]) -> Iterator[Dissent]:
    """Every score that lies far from the median, by criteria; last the overall mean."""
    for criterion in sheet.case.criteria:
        scores = sheet.scores(criterion)
        for seat, middle in _far(scores):
            opinion = sheet.said[seat][criterion.name].opinion
            assert isinstance(opinion, Score), "only scores are counted"
            yield _dissent(criterion.name, seat, scores[seat], middle, opinion.rationale)
    if not any(each.is_overall for each in sheet.case.criteria):
        for seat, middle in _far(overall):
            yield _dissent(OVERALL, seat, overall[seat], middle, _reason(sheet, seat))


def _far(scores: Mapping[str, Fraction]) -> Iterator[tuple[str, Fraction]]:
    """The seats whose scores lie far from the median, each with that median."""
    middle = median(scores.values()) if scores else Fraction()
    yield from ((seat, middle) for seat, score in scores.items() if abs(score - middle) >= FAR)


def _dissent(name: str, seat: str, score: Fraction, middle: Fraction, argument: str) -> Dissent:
    return Dissent(
        position=f"{float(score):g} for {name}, where the median is {float(middle):g}",
        seats=(seat,),
        argument=argument,
        criterion=name,
        score=float(score),
        median=float(middle),
    )


def _reason(sheet: Scoresheet, seat: str) -> str:
    """What a judge says by the criterion that takes its mean farthest from the others'."""

    def distance(criterion: Criterion) -> Fraction:
        scores = sheet.scores(criterion)
        weight = Fraction(str(criterion.weight))
        return weight * abs(scores[seat] - median(scores.values()))

    farthest = max(sheet.case.criteria, key=distance)
    opinion = sheet.said[seat][farthest.name].opinion
    assert isinstance(opinion, Score), "who has a mean has given every score"
    return opinion.rationale
