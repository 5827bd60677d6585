"""Purses and pools: what is promised is kept, and nothing is spent twice. Semantics R7."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.budget import (
    NOTHING,
    Draw,
    Expense,
    Pool,
    Purse,
    Tariff,
    prompt_tokens,
    tokens_at_most,
    total,
)
from magi_mcp.core.case import Limits
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.replies import NO_USAGE, Usage
from tests.core.paper import a_case
from tests.properties.search import examples

CENT = Expense(100, 0.01)


def of_tokens(limit: int, *shared: Pool) -> Purse:
    return Purse.of(Limits(max_tokens=limit), *shared)


def drawn(purse: Purse, ask_id: str, worst: Expense = CENT) -> Draw:
    draw = purse.draw(ask_id, worst)
    assert isinstance(draw, Draw), draw
    return draw


def held(purse: Purse) -> Expense:
    return purse.pools[0].held


def used(tokens: int, cost_usd: float | None = 0.0) -> Usage:
    return Usage(tokens_in=tokens, tokens_out=0, cost_usd=cost_usd)


def test_a_case_without_limits_needs_no_reckoning() -> None:
    assert not Purse.of(Limits()).limited
    assert not Purse.of(Limits(), Pool("day")).limited
    assert Purse.of(Limits(max_tokens=0)).limited
    assert Purse.of(Limits(max_cost_usd=0.0)).limited
    assert Purse.of(Limits(), Pool("day", max_tokens=1)).limited


def test_a_round_that_does_not_fit_sets_nothing_aside_and_says_why() -> None:
    purse = of_tokens(250)
    assert purse.promise({"r1/a": CENT, "r1/b": CENT}, NOTHING) is None
    assert purse.promise({"r2/a": CENT}, NOTHING) == (
        "its worst case, 100 tokens, is more than the 50 left of max_tokens, 250"
    )
    assert held(purse) == Expense(200, 0.02)


def test_what_concluding_takes_has_to_fit_too_and_is_told() -> None:
    purse = Purse.of(Limits(max_cost_usd=0.025))
    assert purse.promise({"r1/a": CENT, "r1/b": CENT}, CENT) == (
        "with the conclusion, its worst case, $0.03, is more than the $0.025 left of "
        "max_cost_usd, $0.025"
    )


def test_what_was_kept_is_used_for_what_it_was_kept_for() -> None:
    purse = of_tokens(300)
    assert purse.promise({"r1/a": CENT}, Expense(200)) is None
    assert purse.promise({"r1.draft1/a": CENT}, CENT) is None
    assert held(purse) == Expense(300, 0.03)


def test_a_refused_round_leaves_what_is_kept_for_concluding() -> None:
    day = Pool("day", max_tokens=300)
    purse = of_tokens(1000, day)
    assert purse.promise({"r1/a": CENT}, CENT) is None
    purse.settle(drawn(purse, "r1/a"), used(100))
    assert purse.promise({"r2/a": CENT, "r2/b": CENT}, CENT) is not None
    other = of_tokens(1000, day)
    assert other.promise({"r1/a": Expense(101)}, NOTHING) is not None
    assert purse.promise({"r1.ruling1/a": CENT}, NOTHING) is None


def test_a_call_draws_on_what_was_promised_to_its_ask() -> None:
    purse = of_tokens(200)
    assert purse.promise({"r1/a": CENT, "r1/b": CENT}, NOTHING) is None
    drawn(purse, "r1/a")
    assert isinstance(purse.draw("r1/a", CENT), str), "the rest is promised to the other"
    drawn(purse, "r1/b")


def test_a_smaller_call_frees_the_rest_of_its_promise() -> None:
    purse = of_tokens(100)
    assert purse.promise({"r1/a": CENT}, NOTHING) is None
    drawn(purse, "r1/a", Expense(40))
    drawn(purse, "r1/a", Expense(60))
    assert held(purse).tokens == 100


def test_a_call_beyond_its_promise_takes_what_is_free_or_leaves_the_promise() -> None:
    purse = of_tokens(150)
    assert purse.promise({"r1/a": CENT}, NOTHING) is None
    told = purse.draw("r1/a", Expense(151))
    assert told == "its worst case, 151 tokens, is more than the 150 left of max_tokens, 150"
    assert held(purse) == CENT
    drawn(purse, "r1/a", Expense(150))


def test_a_promise_is_kept_though_others_have_emptied_the_pool() -> None:
    day = Pool("day", max_tokens=100)
    purse = of_tokens(100, day)
    assert purse.promise({"r1/a": CENT}, NOTHING) is None
    day.spent += Expense(5000)
    drawn(purse, "r1/a")


@pytest.mark.parametrize(
    ("usage", "spent"),
    [
        (used(60, 0.004), Expense(60, 0.004)),
        (NO_USAGE, NOTHING),
        (Usage(), CENT),
        (Usage(tokens_in=60, tokens_out=None, cost_usd=0.004), Expense(100, 0.004)),
        (used(60, None), Expense(60, 0.01)),
    ],
)
def test_what_nobody_knows_of_a_call_is_taken_to_be_the_worst(usage: Usage, spent: Expense) -> None:
    purse = of_tokens(1000)
    purse.settle(drawn(purse, "r1/a"), usage)
    assert purse.pools[0].spent == spent
    assert held(purse) == NOTHING


def test_an_ask_that_is_over_frees_its_promise_once() -> None:
    purse = of_tokens(100)
    assert purse.promise({"r1/a": CENT}, NOTHING) is None
    purse.dismiss("r1/a")
    purse.dismiss("r1/a")
    purse.dismiss("nobody")
    assert held(purse) == NOTHING


def test_a_closed_purse_holds_nothing_of_the_pools_it_shared() -> None:
    day = Pool("day", max_tokens=1000)
    purse = of_tokens(1000, day)
    assert purse.promise({"r1/a": CENT, "r1/b": CENT}, CENT) is None
    purse.settle(drawn(purse, "r1/a"), used(70))
    purse.close()
    assert (day.held.tokens, day.spent.tokens) == (0, 70)
    assert day.held.cost_usd == pytest.approx(0)


def test_a_resumed_case_has_what_it_had_left() -> None:
    day = Pool("day", max_tokens=1000)
    purse = Purse.of(Limits(max_tokens=150), day, spent=CENT)
    assert day.spent == NOTHING, "the day counted it when it was spent"
    assert isinstance(purse.draw("r1/a", CENT), str)
    drawn(purse, "r1/a", Expense(50))


def test_a_limit_is_not_exceeded_by_the_rounding_of_sums() -> None:
    purse = Purse.of(Limits(max_cost_usd=0.3))
    for seat in "abc":
        purse.settle(drawn(purse, seat, Expense(1, 0.1)), used(1, 0.1))
    assert isinstance(purse.draw("d", Expense(1, 0.001)), str)


def test_an_unknown_price_counts_nothing_so_that_tokens_alone_bind() -> None:
    tariff = Tariff(max_tokens_out=50, usd_per_token_in=None, usd_per_token_out=0.001)
    assert not tariff.priced
    assert tariff.worst_case(100) == Expense(150, 0.05)
    unlisted = Tariff(50, None, None).worst_case(100)
    assert unlisted == Expense(150, 0.0)
    assert isinstance(Purse.of(Limits(max_cost_usd=0.0)).draw("r1/a", unlisted), Draw)


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("abc", 1), ("abcd", 2), ("日本語", 3), ("\ud83d", 1)]
)
def test_a_text_has_a_token_for_each_three_of_its_bytes(text: str, tokens: int) -> None:
    assert tokens_at_most(text) == tokens


def test_a_prompt_is_all_that_is_sent_its_form_included() -> None:
    opening = Deliberation(a_case()).round
    assert opening is not None
    ask = opening.asks[0]
    words = len(ask.system) + len(ask.prompt)
    assert prompt_tokens(ask) > tokens_at_most(ask.system, ask.prompt) >= words // 3


# Whatever deliberations do at once, of which some end in the middle of it.

_AMOUNTS = st.builds(Expense, st.integers(0, 400), st.sampled_from((0.0, 0.01, 0.1, 0.3)))
_ASKS = st.sampled_from(("a", "b", "c"))
_STEPS = st.one_of(
    st.tuples(st.just("promise"), st.dictionaries(_ASKS, _AMOUNTS, max_size=3), _AMOUNTS),
    st.tuples(st.just("draw"), _ASKS, _AMOUNTS),
    st.tuples(st.just("settle"), st.floats(0, 1), st.sampled_from(("known", "unknown", "none"))),
    st.tuples(st.just("dismiss"), _ASKS),
)


@examples(300)
@given(
    st.lists(st.tuples(st.integers(0, 1), _STEPS), max_size=40),
    st.sampled_from((None, 500, 1000)),
    st.sampled_from((None, 0.25, 1.0)),
)
def test_no_pool_is_ever_overdrawn_and_all_of_it_comes_back(
    steps: list[tuple[int, tuple[object, ...]]], tokens: int | None, cost_usd: float | None
) -> None:
    day = Pool("day", max_tokens=1500, max_cost_usd=1.2)
    purses = [Purse.of(Limits(max_tokens=tokens, max_cost_usd=cost_usd), day) for _ in range(2)]
    open_draws: list[list[Draw]] = [[], []]
    promised: list[dict[str, Expense]] = [{}, {}]
    for which, step in steps:
        purse, draws, owed = purses[which], open_draws[which], promised[which]
        match step:
            case ("promise", dict(asks), Expense() as kept):
                if purse.promise(asks, kept) is None:
                    owed |= {ask: owed.get(ask, NOTHING) + worst for ask, worst in asks.items()}
            case ("draw", str(ask), Expense() as worst):
                draw = purse.draw(ask, worst)
                if isinstance(draw, Draw):
                    draws.append(draw)
                    owed.pop(ask, None)
                else:
                    assert not worst.within(owed.get(ask, NOTHING)), "what was promised is kept"
            case ("settle", float(share), str(known)) if draws:
                purse.settle(draws[0], usage_of(draws.pop(0).expense, share, known))
            case ("dismiss", str(ask)):
                purse.dismiss(ask)
                owed.pop(ask, None)
            case _:
                continue
        for pool in (*purses[0].pools, *purses[1].pools):
            assert within(pool), pool
    for purse, draws in zip(purses, open_draws, strict=True):
        for draw in draws:
            purse.settle(draw, Usage())
        purse.close()
    for pool in (*purses[0].pools, *purses[1].pools):
        assert pool.held.tokens == 0
        assert pool.held.cost_usd == pytest.approx(0, abs=1e-9)
    own = total(purse.pools[0].spent for purse in purses)
    assert own.tokens == day.spent.tokens
    assert own.cost_usd == pytest.approx(day.spent.cost_usd)


def usage_of(worst: Expense, share: float, known: str) -> Usage:
    """What a call may have used of its worst case."""
    match known:
        case "known":
            return used(int(worst.tokens * share), worst.cost_usd * share)
        case "unknown":
            return Usage()
        case _:
            return NO_USAGE


def within(pool: Pool) -> bool:
    """Whether what is spent and set aside keeps to the bounds, give or take a rounding."""
    taken = pool.spent + pool.held
    return (pool.max_tokens is None or taken.tokens <= pool.max_tokens) and (
        pool.max_cost_usd is None or taken.cost_usd <= pool.max_cost_usd + 1e-6
    )
