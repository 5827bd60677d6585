"""More than five answers play a Swiss tournament: fewer pairs, nobody met twice, ties shown."""

from itertools import combinations

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.events import RoundAsked, VerdictReached
from magi_mcp.core.judging.asking import Pair
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.findings import JudgementDecision
from magi_mcp.core.judging.tournament import pairs_in_round, rounds_for
from magi_mcp.core.replies import Reply
from tests.judging.bench import a_judgement, by_favour, decided, events_of, prefers, shown_in

SIZES = [6, 7, 8, 9, 11, 13, 16, 17, 20]


def of_size(size: int, *, seed: str = "seed") -> JudgementCase:
    return a_judgement(*(f"answer {n}" for n in range(1, size + 1)), seed=seed)


def agreed(size: int) -> dict[str, list[int]]:
    """Three judges who all prefer the higher number."""
    return {seat: list(range(size, 0, -1)) for seat in ("ada", "ben", "cleo")}


def rounds_of(case: JudgementCase) -> list[list[Pair]]:
    """The pairs of each round where all judges agree, as asked of one of them."""
    seen: dict[str, list[Pair]] = {}

    def judge(ask: Ask) -> Reply:
        if ask.seat == "ada":
            seen.setdefault(ask.ask_id.partition("/")[0], []).append(shown_in(ask))
        return by_favour(agreed(len(case.answers)))(ask)

    decided(case, judge)
    return [[pair for pair in pairs if pair[0] < pair[1]] for pairs in seen.values()]


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_up_to_five_answers_every_pair_is_compared_in_one_round(size: int) -> None:
    (pairs,) = rounds_of(of_size(size))
    assert pairs == list(combinations(range(1, size + 1), 2))


@pytest.mark.parametrize("size", SIZES)
def test_nobody_meets_the_same_answer_twice_or_two_at_once(size: int) -> None:
    rounds = rounds_of(of_size(size))
    assert len(rounds) == rounds_for(size)
    met = [pair for pairs in rounds for pair in pairs]
    assert len(met) == len(set(met))
    for pairs in rounds:
        assert len(pairs) == pairs_in_round(size) == size // 2
        playing = [number for pair in pairs for number in pair]
        assert len(playing) == len(set(playing))


@pytest.mark.parametrize("size", [7, 9, 11, 13, 17])
def test_of_an_odd_number_nobody_sits_out_twice(size: int) -> None:
    sat_out = [
        next(iter(set(range(1, size + 1)) - {n for pair in pairs for n in pair}))
        for pairs in rounds_of(of_size(size))
    ]
    assert len(sat_out) == len(set(sat_out))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", ["seed", "other", "third"])
def test_the_answer_that_all_judges_prefer_to_every_other_wins(size: int, seed: str) -> None:
    decision = decided(of_size(size, seed=seed), by_favour(agreed(size)))
    assert decision.findings.winner == size
    assert decision.rounds == rounds_for(size)
    ranking = decision.findings.ranking
    assert ranking is not None
    assert ranking[0].share == 1
    assert sorted(each.answer_no for each in ranking) == list(range(1, size + 1))


def test_it_takes_far_fewer_comparisons_than_all_pairs() -> None:
    assert [rounds_for(n) * pairs_in_round(n) for n in (6, 8, 12, 20)] == [9, 12, 24, 50]


def test_answers_that_nobody_can_tell_apart_share_the_first_place() -> None:
    decision = decided(of_size(6), lambda ask: prefers("neither"))
    ranking = decision.findings.ranking
    assert ranking is not None
    assert {each.place for each in ranking} == {1}
    assert decision.outcome == "tie"


def test_a_tournament_that_is_cut_short_ranks_by_what_was_compared_and_says_so() -> None:
    events = events_of(of_size(8), by_favour(agreed(8)), refuse=lambda round_: round_.number == 3)
    end = events[-1]
    assert isinstance(end, VerdictReached)
    assert isinstance(end.decision, JudgementDecision)
    assert end.decision.rounds == 2
    assert sum(isinstance(event, RoundAsked) for event in events) == 2
    assert end.decision.degraded
    assert "Not every comparison was made: the deadline did not allow it." in end.decision.warnings
