"""What may be judged, and by what: everything else is refused by name, with what to do."""

import pytest

from magi_mcp.core.case import case_key
from magi_mcp.core.errors import CallerError
from magi_mcp.core.judging.criteria import DEFAULT_CRITERIA, Criterion, criteria_from
from tests.judging.bench import a_judgement


def refusal(*answers: str, criteria: tuple[Criterion, ...] = DEFAULT_CRITERIA) -> str:
    with pytest.raises(CallerError) as refused:
        a_judgement(*answers, criteria=criteria)
    return str(refused.value)


def test_an_empty_answer_is_refused_by_its_number() -> None:
    assert refusal("a", " \n\u200b") == (
        "answers: number 2 is empty; give it a text or leave it out."
    )


def test_identical_answers_are_refused_by_their_numbers() -> None:
    assert refusal("one", "two", " one\n").startswith("answers: numbers 1 and 3 are identical")


def test_more_answers_than_are_judged_at_once_are_refused() -> None:
    assert "21 given; at most 20" in refusal(*(f"answer {n}" for n in range(21)))


def test_half_of_a_surrogate_pair_in_an_answer_is_refused() -> None:
    assert refusal("fine", "\ud83d").startswith("answers: holds half of a surrogate pair")


@pytest.mark.parametrize("threshold", [0, 0.99, 10.01, 11, -3, float("nan"), float("inf")])
def test_a_threshold_off_the_scale_is_refused_and_never_clipped(threshold: float) -> None:
    with pytest.raises(CallerError, match=r"pass_threshold: .* is not in 1\.\.10"):
        a_judgement(pass_threshold=threshold)


@pytest.mark.parametrize("threshold", [1, 7.5, 10])
def test_both_ends_of_the_scale_are_thresholds(threshold: float) -> None:
    assert a_judgement(pass_threshold=threshold).pass_threshold == threshold


def test_a_threshold_for_several_answers_is_refused_for_it_would_do_nothing() -> None:
    with pytest.raises(CallerError, match="no effect on 2 answers, which are compared"):
        a_judgement("a", "b", pass_threshold=7)


def test_criteria_are_read_as_a_name_and_what_earns_a_10() -> None:
    (criterion,) = criteria_from(["Fit for use :  it runs: at once "])
    assert (criterion.name, criterion.high) == ("Fit for use", "it runs: at once")


def test_no_criteria_are_the_default_ones() -> None:
    assert [each.name for each in criteria_from([])] == [
        "correctness",
        "completeness",
        "clarity",
        "overall",
    ]


def test_a_default_criterion_is_known_by_its_name_alone() -> None:
    assert criteria_from(["Clarity"]) == (DEFAULT_CRITERIA[2],)


@pytest.mark.parametrize("text", ["", "  ", ": earns a 10", "\n:x"])
def test_a_criterion_without_a_name_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(CallerError, match='has no name; write "name: what earns a 10"'):
        criteria_from([text])


def test_criteria_are_counted_and_measured_before_they_are_read() -> None:
    with pytest.raises(CallerError, match="1000 given; at most 12 are allowed"):
        criteria_from(["wordy " * 20_000] * 1_000)
    with pytest.raises(CallerError, match="has 120,000 characters, more than 2,000; shorten it"):
        criteria_from(["wordy " * 20_000])


def test_criteria_of_one_name_are_refused() -> None:
    twice = criteria_from(["Depth: a", "**depth.**: b"])
    assert "stands twice (also as 'Depth')" in refusal("a", criteria=twice)


def test_a_rubric_without_criteria_is_refused() -> None:
    assert refusal("a", criteria=()).startswith("criteria: none are given")


def test_more_criteria_than_can_be_asked_for_are_refused() -> None:
    many = tuple(Criterion(name=f"c{n}", high="x") for n in range(13))
    assert "13 given; at most 12" in refusal("a", criteria=many)


def test_weights_beside_a_criterion_that_is_the_overall_score_are_refused() -> None:
    weighed = (Criterion(name="Overall", high="x"), Criterion(name="b", high="y", weight=2))
    assert "weights of the others have no effect" in refusal("a", criteria=weighed)


def test_the_same_judgement_has_the_same_key_and_another_answer_another() -> None:
    one, other = a_judgement("a", "b"), a_judgement("a", "c")
    assert case_key(one) == case_key(a_judgement("a", "b", seed="other"))
    assert case_key(one) != case_key(other)
