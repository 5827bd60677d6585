"""What a judgement takes is known before: every call of it, and no fewer tokens than it sends."""

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.budget import NOTHING, Expense, Tariff, prompt_tokens
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.kinds import open_procedure, reckoning_of
from magi_mcp.core.planning import Reckoning
from magi_mcp.core.replies import Reply
from tests.judging.bench import a_judgement, by_favour, events_of, scored

TARIFF = Tariff(max_tokens_out=100, usd_per_token_in=1e-6, usd_per_token_out=2e-6)
SIZES = [1, 2, 3, 5, 6, 7, 9, 20]


def of_size(answers: int) -> JudgementCase:
    return a_judgement(*(f"answer {n} " + "word " * 7 * n for n in range(1, answers + 1)))


def reckoned(case: JudgementCase, tariff: Tariff = TARIFF) -> Reckoning:
    opening = next(open_procedure(case))
    return reckoning_of(case, {seat.name: tariff for seat in case.seats}, opening)


def asked(case: JudgementCase) -> list[Ask]:
    """Everything that is asked where all judges agree."""
    asks: list[Ask] = []
    favours = by_favour({seat.name: list(range(20, 0, -1)) for seat in case.seats})

    def judge(ask: Ask) -> Reply:
        asks.append(ask)
        return favours(ask) if case.compares else scored(8)

    events_of(case, judge)
    return asks


@pytest.mark.parametrize("answers", SIZES)
def test_every_call_is_planned_and_no_more(answers: int) -> None:
    case = of_size(answers)
    plan = reckoned(case).plan()
    assert plan.calls == plan.least_calls == len(asked(case))
    assert [seat.seat for seat in plan.seats] == ["ada", "ben", "cleo"]


@pytest.mark.parametrize("answers", SIZES)
def test_the_worst_case_is_no_less_than_what_is_sent(answers: int) -> None:
    case = of_size(answers)
    at_most = reckoned(case).at_most()
    sent = Expense()
    for ask in asked(case):
        sent += TARIFF.worst_case(prompt_tokens(ask))
    assert sent.within(at_most)
    assert at_most.tokens <= sent.tokens * 1.6, "and not far more either"


@pytest.mark.parametrize("answers", [1, 2, 5])
def test_without_a_tournament_the_worst_case_is_exact(answers: int) -> None:
    case = of_size(answers)
    sent = sum(TARIFF.worst_case(prompt_tokens(ask)).tokens for ask in asked(case))
    assert reckoned(case).at_most().tokens == reckoned(case).plan().tokens == sent


def test_a_price_that_is_unknown_leaves_the_sum_unknown() -> None:
    unpriced = Tariff(max_tokens_out=100, usd_per_token_in=None, usd_per_token_out=None)
    plan = reckoned(of_size(2), unpriced).plan()
    assert plan.cost_usd is None
    assert {seat.cost_usd for seat in plan.seats} == {None}


def test_nothing_is_kept_for_concluding() -> None:
    assert reckoned(of_size(6)).kept_for("comparison") == NOTHING
