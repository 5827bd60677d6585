"""Planning a question: what it would take, told before anybody is asked and without a trace."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.budget import Tariff
from magi_mcp.core.case import AnyCase, Limits
from magi_mcp.core.errors import CallerError
from magi_mcp.core.verdict import Affordable
from magi_mcp.journal import MemoryJournal
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.seats.scripted import FreeSeating, ScriptedSeat
from tests.support.councils import ballot, scripted_council

ONE_ROUND = Limits(max_rounds=0)
SHIP = Request(question="Should we ship?", method="yes_no", protocol="vote")


@dataclass(frozen=True)
class PricedSeating(FreeSeating):
    """Seats whose replies are paid for: a cent for each, whatever they read."""

    async def tariffs(self, case: AnyCase) -> Mapping[str, Tariff]:
        return {seat.name: Tariff(100, 0.0, 0.0001) for seat in case.everybody}


def silent() -> dict[str, ScriptedSeat]:
    """Seats that would be noticed if they were asked."""
    return {name: ScriptedSeat([ballot("yes")]) for name in ("melchior", "balthasar", "casper")}


async def test_a_plan_asks_nobody_and_leaves_no_trace() -> None:
    seats = silent()
    async with scripted_council(seats) as council:
        result = await council.plan(SHIP)
        assert result.status == "planned"
        assert await council.heads(10) == ()
    assert [seat.asked for seat in seats.values()] == [[], [], []]


async def test_a_plan_counts_the_calls_that_are_then_made() -> None:
    async with scripted_council(silent(), limits=ONE_ROUND) as council:
        plan = (await council.plan(SHIP)).plan
        dossier = await (await council.put(SHIP)).wait()
    assert plan.calls == plan.least_calls == dossier.usage.calls == 3
    assert [seat.seat for seat in plan.seats] == ["melchior", "balthasar", "casper"]
    assert plan.cost_usd == 0
    assert plan.tokens > 3 * 100, "three prompts of some hundred tokens"


async def test_a_request_is_refused_as_it_would_be_if_it_were_put() -> None:
    async with scripted_council(silent()) as council:
        with pytest.raises(CallerError, match="method"):
            await council.plan(Request(question="Why?", method="yesno"))


async def test_a_vote_may_go_on_as_a_critique_and_takes_at_least_one_round() -> None:
    async with scripted_council(silent()) as council:
        plan = (await council.plan(SHIP)).plan
    assert (plan.least_calls, plan.calls) == (3, 12)


@pytest.mark.parametrize(
    ("max_cost_usd", "max_rounds", "affordable"),
    [(0.03, 0, "all"), (0.029, 0, "none"), (0.03, 1, "part"), (0.06, 1, "all"), (None, 3, "all")],
)
async def test_a_plan_is_held_against_the_limits_of_its_case(
    max_cost_usd: float | None, max_rounds: int, affordable: Affordable
) -> None:
    async with scripted_council(silent()) as council:
        seating = PricedSeating(lambda seat: ScriptedSeat([]))
        async with open_chamber(MemoryJournal(council.clock), seating, "me") as chamber:
            case = await council.case_for(SHIP)
            limits = Limits(max_cost_usd=max_cost_usd, max_rounds=max_rounds)
            plan = await chamber.plan(case.model_copy(update={"limits": limits}))
    assert plan.cost_usd == pytest.approx(0.01 * plan.calls)
    assert plan.affordable == affordable
