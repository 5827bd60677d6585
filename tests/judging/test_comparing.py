"""Several answers, in both orders: a flip is an abstention, the ranking shows its ties."""

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.judging.findings import JudgementDecision, RankedAnswer
from magi_mcp.core.replies import Reply
from tests.judging.bench import (
    Judge,
    a_judgement,
    by_favour,
    causes,
    decided,
    events_of,
    failed,
    found,
    prefers,
    said,
    shown_in,
)

TWO = ("Use reset.", "Use revert.")
THREE = (*TWO, "Use checkout.")


def places(decision: JudgementDecision) -> list[tuple[int, int, int, float | None]]:
    assert decision.findings.ranking is not None
    return [(r.place, r.answer_no, r.wins, r.share) for r in decision.findings.ranking]


def mixed(**judges: str | Reply) -> Judge:
    """Two answers: who prefers which by its number, "flips", or replies so in both orders."""

    def judge(ask: Ask) -> Reply:
        does = judges[ask.seat]
        if not isinstance(does, str):
            return does
        if does in ("flips", "neither"):
            return prefers("first" if does == "flips" else "neither")
        return prefers("first" if shown_in(ask)[0] == int(does) else "second", f"{ask.seat}'s.")

    return judge


def test_every_judge_reads_every_pair_in_both_orders() -> None:
    asks: list[Ask] = []

    def judge(ask: Ask) -> Reply:
        asks.append(ask)
        return prefers("first")

    decided(a_judgement(*THREE), judge)
    by_seat = {seat: [shown_in(a) for a in asks if a.seat == seat] for seat in ("ada", "ben")}
    assert sorted(by_seat["ada"]) == [(1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2)]
    assert by_seat["ada"] == by_seat["ben"]
    for ask in asks:
        first, second = shown_in(ask)
        assert ask.prompt.index(THREE[first - 1]) < ask.prompt.index(THREE[second - 1])


def test_the_answer_that_more_judges_prefer_in_both_orders_wins() -> None:
    decision = decided(a_judgement(*TWO), mixed(ada="2", ben="2", cleo="1"))
    assert decision.findings.winner == 2
    assert (decision.outcome, decision.ruling, decision.status) == ("winner", "answer 2", "decided")
    assert places(decision) == [(1, 2, 2, 2 / 3), (2, 1, 1, 1 / 3)]
    (dissent,) = decision.findings.minority_report
    assert (dissent.position, dissent.seats) == ("answer 1 over answer 2", ("cleo",))
    assert dissent.argument == "cleo's."


def test_a_preference_that_goes_with_the_order_is_an_abstention_and_counted_as_a_flip() -> None:
    decision = decided(a_judgement(*TWO), mixed(ada="1", ben="1", cleo="flips"))
    assert decision.findings.order_flips == 1
    assert places(decision) == [(1, 1, 2, 1.0), (2, 2, 0, 0.0)]
    pairs = decision.findings.judges[2].pairs
    assert pairs is not None
    assert [(p.kind, p.prefers) for p in pairs] == [("flipped", None)]
    assert not decision.degraded


def test_a_preference_in_one_order_only_is_a_flip_too() -> None:
    def judge(ask: Ask) -> Reply:
        return prefers("neither" if shown_in(ask) == (1, 2) else "first")

    findings = found(a_judgement(*TWO), judge)
    assert findings.order_flips == 3
    assert findings.winner is None


def test_equal_answers_are_a_tie_that_nothing_breaks() -> None:
    decision = decided(
        a_judgement(*TWO, seats=("ada", "ben", "cleo", "dora")),
        mixed(ada="1", ben="2", cleo="flips", dora="neither"),
    )
    assert (decision.outcome, decision.status) == ("tie", "undecided")
    assert decision.findings.winner is None
    assert decision.ruling is None
    assert places(decision) == [(1, 1, 1, 0.5), (1, 2, 1, 0.5)]
    positions = [each.position for each in decision.findings.minority_report]
    assert positions == ["answer 2 over answer 1", "answer 1 over answer 2"]


def test_judges_who_find_both_equal_make_a_tie_and_no_flip() -> None:
    decision = decided(a_judgement(*TWO), mixed(ada="neither", ben="neither", cleo="neither"))
    assert (decision.outcome, decision.findings.order_flips) == ("tie", 0)
    assert places(decision) == [(1, 1, 0, None), (1, 2, 0, None)]


def test_one_counted_judge_of_three_decides_nothing() -> None:
    decision = decided(a_judgement(*TWO), mixed(ada="1", ben="flips", cleo="flips"))
    assert (decision.outcome, decision.findings.winner) == ("no_quorum", None)
    assert decision.provisional


@pytest.mark.parametrize("reply", [said("the first, I think"), failed()])
def test_a_ballot_lost_in_one_order_is_lost_and_no_flip(reply: Reply) -> None:
    whole = mixed(ada="1", ben="1", cleo="2")

    def judge(ask: Ask) -> Reply:
        return reply if (ask.seat, shown_in(ask)) == ("cleo", (2, 1)) else whole(ask)

    decision = decided(a_judgement(*TWO), judge)
    assert decision.findings.order_flips == 0
    assert places(decision) == [(1, 1, 2, 1.0), (2, 2, 0, 0.0)]
    assert decision.degraded
    assert not decision.provisional
    assert "cleo " in decision.warnings[0]
    assert " on 2v1: " in decision.warnings[0]


def test_lost_ballots_that_could_have_turned_the_result_make_it_provisional() -> None:
    four = a_judgement(*TWO, seats=("ada", "ben", "cleo", "dora"))
    decision = decided(four, mixed(ada="1", ben="1", cleo=failed(), dora=failed()))
    assert decision.findings.winner == 1
    assert "Provisional: replies that were lost could have turned the result." in decision.warnings


def test_three_answers_that_beat_each_other_in_a_circle_tie() -> None:
    circle = by_favour({"ada": [1, 2, 3], "ben": [2, 3, 1], "cleo": [3, 1, 2]})
    decision = decided(a_judgement(*THREE), circle)
    assert places(decision) == [(1, 1, 3, 0.5), (1, 2, 3, 0.5), (1, 3, 3, 0.5)]
    assert decision.findings.winner is None


def test_a_winner_that_loses_one_comparison_says_so() -> None:
    # 1 is first of all for two judges and last for three; 2 is never last.
    favour = {"a": [1, 2, 3], "b": [1, 2, 3], "c": [1, 2, 3], "d": [2, 3, 1], "e": [2, 3, 1]}
    decision = decided(a_judgement(*THREE, seats=tuple(favour)), by_favour(favour))
    assert decision.findings.winner == 2
    assert (
        "Compared with each other alone, more judges prefer answer 1 to answer 2, which is first "
        "by all comparisons."
    ) in decision.warnings


def test_reasons_name_answers_by_number_and_stand_by_the_order_they_were_given_in() -> None:
    findings = found(
        a_judgement(*TWO), lambda ask: prefers("first", "The first answer; the Second answer not.")
    )
    assert findings.judges[0].rationale == {
        "1v2": "Answer 1; answer 2 not.",
        "2v1": "Answer 2; answer 1 not.",
    }


def test_an_answer_that_nobody_could_tell_from_others_stands_between_them() -> None:
    def judge(ask: Ask) -> Reply:
        if 3 in shown_in(ask):
            return prefers("first")
        return prefers("first" if shown_in(ask)[0] == 1 else "second")

    ranking = found(a_judgement(*THREE), judge).ranking
    assert ranking is not None
    assert ranking[1] == RankedAnswer(place=2, answer_no=3, wins=0, share=None)


def test_where_everybody_failed_every_cause_is_listed() -> None:
    told = causes(a_judgement(*TWO), lambda ask: failed(detail=ask.seat))
    assert told == ("ada: timeout: ada", "ben: timeout: ben", "cleo: timeout: cleo")


def test_no_comparison_at_all_is_a_failure_and_not_a_tie() -> None:
    end = events_of(a_judgement(*TWO), lambda ask: prefers("first"), refuse=lambda _: True)[-1]
    assert end.model_dump()["causes"] == ("the first round was refused: deadline",)
