"""The plan of a deliberation as a result: what it takes, and whether that may be spent."""

import json

import pytest

from magi_mcp.core.budget import Expense, Pool, Purse
from magi_mcp.core.case import Case, Limits
from magi_mcp.core.planned import afforded, announce_plan, course, planned
from magi_mcp.core.result import as_json
from magi_mcp.core.verdict import Affordable, Plan, SeatPlan
from tests.core.paper import MODELS, TRIO, a_case
from tests.core.snapshots import same_as_snapshot
from tests.core.test_results import ENVELOPE, FINDINGS

ROUTES = tuple((model,) for model in MODELS)
WHOLE, OPENING = Expense(52_000, 1.4), Expense(9_000, 0.3)


def a_plan(**changes: object) -> Plan:
    """Fourteen calls to three seats, the first of which has a fallback."""
    models = (("openai/gpt-5.4-nano", "openai/gpt-4.1-nano"), *ROUTES[1:])
    plan = Plan(
        calls=14,
        least_calls=4,
        tokens=52_000,
        cost_usd=1.4,
        seats=tuple(
            SeatPlan(seat=seat, models=models_, cost_usd=0.5)
            for seat, models_ in zip(TRIO, models, strict=True)
        ),
    )
    return plan.model_copy(update=changes)


def a_purse(limits: Limits, *shared: Pool) -> Purse:
    return Purse.of(limits, *shared)


def of_voices(case: Case) -> Plan:
    return planned(case, a_plan()).plan


def test_a_plan_has_the_keys_of_a_result_and_its_own() -> None:
    result = as_json(planned(a_case(), a_plan()), "standard")
    assert list(result)[: len(ENVELOPE)] == ENVELOPE
    assert set(FINDINGS) < set(result)
    assert list(result)[-1] == "plan"
    assert "progress" not in result
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_plan_has_no_dossier_and_cost_nothing() -> None:
    result = as_json(planned(a_case(), a_plan()), "full")
    assert (result["status"], result["dossier_id"], result["dossier_uri"]) == (
        "planned",
        None,
        None,
    )
    assert (result["calls"], result["cost_usd"], result["elapsed_s"]) == (0, 0.0, 0.0)
    assert (result["degraded"], result["provisional"]) == (False, False)
    assert result["plan"] == {
        "calls": 14,
        "least_calls": 4,
        "tokens": 52_000,
        "cost_usd": 1.4,
        "seats": [
            {
                "seat": "ada",
                "models": ["openai/gpt-5.4-nano", "openai/gpt-4.1-nano"],
                "cost_usd": 0.5,
            },
            {"seat": "ben", "models": [MODELS[1]], "cost_usd": 0.5},
            {"seat": "cleo", "models": [MODELS[2]], "cost_usd": 0.5},
        ],
        "affordable": "all",
        "exceeds": [],
    }


@pytest.mark.parametrize(
    ("limits", "affordable", "exceeds"),
    [
        (Limits(), "all", ()),
        (Limits(max_cost_usd=1.4, max_tokens=52_000), "all", ()),
        (Limits(max_cost_usd=1.0), "part", ("max_cost_usd",)),
        (Limits(max_tokens=9_000), "part", ("max_tokens",)),
        (Limits(max_cost_usd=0.2), "none", ("max_cost_usd",)),
        (Limits(max_cost_usd=1.0, max_tokens=8_999), "none", ("max_tokens", "max_cost_usd")),
    ],
)
def test_a_plan_says_how_much_of_it_may_be_spent(
    limits: Limits, affordable: Affordable, exceeds: tuple[str, ...]
) -> None:
    plan = afforded(a_plan(), WHOLE, OPENING, a_purse(limits))
    assert plan.affordable == affordable
    assert [limit in words for limit, words in zip(exceeds, plan.exceeds, strict=True)] == [
        True for _ in exceeds
    ]


def test_what_is_left_of_the_day_counts_too() -> None:
    day = Pool("day", max_cost_usd=5.0, spent=Expense(0, 4.9))
    plan = afforded(a_plan(), WHOLE, OPENING, a_purse(Limits(max_cost_usd=2.0), day))
    assert plan.affordable == "none"
    assert plan.exceeds == (
        "Its worst case, $1.40, is more than the $0.1 left of max_cost_usd_per_day, $5.00.",
    )


@pytest.mark.parametrize("affordable", ["all", "part", "none"])
def test_a_plan_in_words_is_its_snapshot(affordable: Affordable) -> None:
    limits = {"all": 2.0, "part": 1.0, "none": 0.2}[affordable]
    plan = afforded(a_plan(), WHOLE, OPENING, a_purse(Limits(max_cost_usd=limits)))
    told = announce_plan(planned(a_case("majority", "adaptive"), plan))
    assert same_as_snapshot(f"plan_{affordable}.txt", told + "\n")
    assert len(told) / 4 < 300


def test_a_price_that_nobody_knows_is_named_and_leaves_no_total() -> None:
    seats = a_plan().seats
    unpriced = seats[0].model_copy(update={"cost_usd": None})
    result = planned(a_case(), a_plan(cost_usd=None, seats=(unpriced, *seats[1:])))
    (warning,) = result.warnings
    assert warning.startswith(
        "The price of openai/gpt-5.4-nano or openai/gpt-4.1-nano (Ada) is unknown"
    )
    assert "cost unknown" in announce_plan(result).splitlines()[0]
    assert "\nAs far as prices are known, all of it fits" in announce_plan(result)
    assert f"\nNote: {warning}" in announce_plan(result)


def test_the_plan_of_an_anonymous_case_names_voices_and_no_models() -> None:
    case = a_case(anonymous=True)
    assert [seat.seat for seat in of_voices(case).seats] == ["Voice 1", "Voice 2", "Voice 3"]
    told = announce_plan(planned(case, a_plan(cost_usd=None, seats=unpriced_seats())))
    for hidden in (*TRIO, "gpt-5.4", "deepseek", "gemini"):
        assert hidden not in told.casefold()


def unpriced_seats() -> tuple[SeatPlan, ...]:
    return tuple(seat.model_copy(update={"cost_usd": None}) for seat in a_plan().seats)


def test_calls_that_are_always_as_many_are_not_told_twice() -> None:
    told = "over 14 only after failures, within limits."
    assert course(a_plan(least_calls=14)) == told
    assert course(a_plan()) == f"4 calls if all agree at once; {told}"
