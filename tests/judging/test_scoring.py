"""One answer, scored: medians, ranges, passing, dissent with its reason, and what was lost."""

from collections.abc import Sequence

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.judging.criteria import Criterion
from magi_mcp.core.judging.findings import JudgementFindings, Spread
from magi_mcp.core.replies import Abstained, Reply
from tests.judging.bench import (
    Judge,
    a_judgement,
    by_scores,
    causes,
    criterion_of,
    decided,
    events_of,
    failed,
    found,
    said,
    scored,
)

OWN = (Criterion(name="depth", high="x"), Criterion(name="fit", high="y"))
FOUR = ("ada", "ben", "cleo", "dora")


def panel(scores: Sequence[int], threshold: float | None = None) -> JudgementFindings:
    """One score from each of so many judges, the same for every criterion."""
    seats = FOUR[: len(scores)]
    case = a_judgement(seats=seats, pass_threshold=threshold)
    return found(case, by_scores(case, dict(zip(seats, scores, strict=True))))


def but(judge: Judge, seat: str, criterion: int | None, reply: Reply) -> Judge:
    """The same judges, but one of them replies otherwise to one criterion, or to all."""

    def judging(ask: Ask) -> Reply:
        number = int(ask.ask_id.rpartition("/")[2])
        return reply if ask.seat == seat and criterion in (None, number) else judge(ask)

    return judging


def test_the_median_and_the_range_of_every_criterion_are_shown() -> None:
    case = a_judgement()
    scores = {
        "ada": {"correctness": 9, "completeness": 7, "clarity": 5, "overall": 8},
        "ben": {"correctness": 8, "completeness": 7, "clarity": 6, "overall": 7},
        "cleo": {"correctness": 10, "completeness": 6, "clarity": 8, "overall": 8},
    }
    findings = found(case, by_scores(case, scores))
    assert findings.criteria is not None
    assert [(c.name, c.median, c.min, c.max) for c in findings.criteria] == [
        ("correctness", 9, 8, 10),
        ("completeness", 7, 6, 7),
        ("clarity", 6, 5, 8),
        ("overall", 8, 7, 8),
    ]
    assert findings.overall == Spread(median=8, min=7, max=8)
    assert [judge.scores for judge in findings.judges] == list(scores.values())
    assert findings.judges[0].rationale["clarity"] == "ada on clarity."
    assert (findings.winner, findings.ranking, findings.order_flips) == (None, None, None)


def test_every_criterion_is_scored_by_itself_by_every_judge() -> None:
    case = a_judgement()
    asks: list[Ask] = []

    def judge(ask: Ask) -> Reply:
        asks.append(ask)
        return scored(5)

    decided(case, judge)
    assert len({ask.ask_id for ask in asks}) == 12
    for ask in asks:
        others = {each.name for each in case.criteria} - {criterion_of(case, ask)}
        asked = ask.prompt.partition("Score it by")[2].partition("\n\n")[0]
        assert criterion_of(case, ask) in asked
        assert not [name for name in others if name in asked]


@pytest.mark.parametrize(
    ("scores", "threshold", "passed"),
    [((7, 7, 9), 7, True), ((7, 6, 9), 7.5, False), ((6, 7), 6.5, True), ((6, 7), 6.6, False)],
)
def test_an_answer_passes_where_the_overall_median_reaches_the_threshold(
    scores: Sequence[int], threshold: float, passed: bool
) -> None:
    findings = panel(scores, threshold)
    assert findings.passed is passed
    assert findings.outcome == ("passed" if passed else "not_passed")


def test_without_a_threshold_nothing_passes_or_fails() -> None:
    assert (panel((2, 2, 2)).passed, panel((2, 2, 2)).outcome) == (None, "scored")


def test_a_judge_three_points_off_the_median_is_on_record_with_its_reason() -> None:
    dissents = panel((8, 8, 5)).minority_report
    assert {(d.criterion, d.seats, d.score, d.median) for d in dissents} == {
        (name, ("cleo",), 5, 8) for name in ("correctness", "completeness", "clarity", "overall")
    }
    assert dissents[0].argument == "cleo on correctness."
    assert dissents[0].position == "5 for correctness, where the median is 8"


@pytest.mark.parametrize("scores", [(9, 9, 3, 3), (10, 10, 1, 1)])
def test_a_panel_torn_in_two_shows_both_sides(scores: Sequence[int]) -> None:
    seats = {each.seats[0] for each in panel(scores).minority_report}
    assert seats == set(FOUR)


def test_two_points_off_are_no_dissent() -> None:
    assert panel((8, 8, 6)).minority_report == ()


def test_the_overall_score_of_own_criteria_is_their_mean_by_weight() -> None:
    weighed = (Criterion(name="depth", high="x", weight=3), Criterion(name="fit", high="y"))
    scores = {seat: {"depth": 8, "fit": 4} for seat in ("ada", "ben", "cleo")}
    for criteria, mean in ((weighed, 7), (OWN, 6)):
        case = a_judgement(criteria=criteria)
        findings = found(case, by_scores(case, scores))
        assert findings.overall == Spread(median=mean, min=mean, max=mean)
        assert findings.judges[0].overall == mean


def test_a_judge_whose_mean_is_far_off_gives_the_reason_that_took_it_there() -> None:
    case = a_judgement(criteria=OWN)
    near, far = {"depth": 8, "fit": 8}, {"depth": 8, "fit": 1}
    findings = found(case, by_scores(case, {"ada": near, "ben": near, "cleo": far}))
    by_criterion = {each.criterion: each for each in findings.minority_report}
    assert set(by_criterion) == {"fit", "overall"}
    assert by_criterion["overall"].argument == "cleo on fit."
    assert by_criterion["overall"].score == 4.5


def test_a_judge_without_one_of_its_scores_has_no_mean_and_is_not_given_one() -> None:
    case = a_judgement(criteria=OWN, pass_threshold=7)
    judge = by_scores(case, {"ada": 9, "ben": 8, "cleo": 2})
    findings = found(case, but(judge, "cleo", 1, said("no idea")))
    assert findings.overall == Spread(median=8.5, min=8, max=9)
    assert findings.judges[2].overall is None
    assert findings.judges[2].scores == {"depth": None, "fit": 2}
    assert findings.criteria is not None
    assert findings.criteria[1].min == 2


@pytest.mark.parametrize("score", [0, 11, 100])
def test_a_score_off_the_scale_is_lost_and_never_clipped(score: int) -> None:
    case = a_judgement()
    decision = decided(case, but(by_scores(case, dict.fromkeys(FOUR, 8)), "ben", 4, scored(score)))
    assert decision.findings.overall == Spread(median=8, min=8, max=8)
    assert decision.degraded
    assert f'ben was unreadable on overall: its score "{score}" is not a whole number' in " ".join(
        decision.warnings
    )


def test_a_judge_may_abstain_and_nothing_is_degraded_by_it() -> None:
    case = a_judgement()
    judge = by_scores(case, dict.fromkeys(FOUR, 8))
    for reply in (scored(None, "Not my field."), Abstained(reason="recused")):
        decision = decided(case, but(judge, "ben", None, reply))
        assert not decision.degraded
        assert decision.findings.judges[1].scores == dict.fromkeys(
            ("correctness", "completeness", "clarity", "overall"), None
        )


def test_one_judge_of_three_is_too_few_to_pass_anything() -> None:
    case = a_judgement(pass_threshold=5)
    judge = by_scores(case, dict.fromkeys(FOUR, 9))
    lone = but(but(judge, "ada", None, failed()), "ben", None, failed())
    decision = decided(case, lone)
    assert (decision.findings.outcome, decision.status) == ("no_quorum", "undecided")
    assert decision.findings.passed is None
    assert decision.findings.overall == Spread(median=9, min=9, max=9)
    assert decision.provisional
    assert decision.warnings[0] == (
        "Provisional: 1 of 3 judges counted, fewer than the 2 that were asked for."
    )
    assert "ada failed on correctness, completeness, clarity, overall: timeout" in " ".join(
        decision.warnings
    )


def test_lost_scores_that_could_have_turned_the_result_make_it_provisional() -> None:
    case = a_judgement(pass_threshold=7)
    for scores, turned in (((8, 6), True), ((8, 8), False)):
        judge = by_scores(case, {"ada": scores[0], "ben": scores[1], "cleo": 1})
        decision = decided(case, but(judge, "cleo", 4, failed()))
        assert decision.provisional is turned
        assert decision.degraded


def test_where_everybody_failed_every_cause_is_listed() -> None:
    case = a_judgement()

    def judge(ask: Ask) -> Reply:
        return failed(detail=f"{ask.seat} is gone")

    assert causes(case, judge) == (
        "ada: timeout: ada is gone",
        "ben: timeout: ben is gone",
        "cleo: timeout: cleo is gone",
    )


def test_a_judgement_that_was_never_asked_for_says_why() -> None:
    case = a_judgement()
    end = events_of(case, lambda ask: scored(5), refuse=lambda _: True)[-1]
    assert end.model_dump()["causes"] == ("the first round was refused: deadline",)
