"""Planning a question: what it would take, told before anybody is asked and without a trace."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.budget import Tariff
from magi_mcp.core.case import Case, Limits
from magi_mcp.core.errors import CallerError
from magi_mcp.core.verdict import Affordable
from magi_mcp.journal import MemoryJournal
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.seats.scripted import FreeSeating, ScriptedSeat
from tests.support.councils import ballot, scripted_council

SHIP = Request(question="Should we ship?", method="yes_no", protocol="vote")


@dataclass(frozen=True)
class PricedSeating(FreeSeating):
    """Seats whose replies are paid for: a cent for each, whatever they read."""

    async def tariffs(self, case: Case) -> Mapping[str, Tariff]:
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


async def test_a_plan_counts_the_calls_that_a_vote_then_takes() -> None:
    async with scripted_council(silent()) as council:
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


@pytest.mark.parametrize(
    ("max_cost_usd", "protocol", "affordable"),
    [
        (0.03, "vote", "all"),
        (0.029, "vote", "none"),
        (0.03, "critique", "part"),
        (None, "critique", "all"),
    ],
)
async def test_a_plan_is_held_against_the_limits_of_its_case(
    max_cost_usd: float | None, protocol: str, affordable: Affordable
) -> None:
    async with scripted_council(silent()) as council:
        seating = PricedSeating(lambda seat: ScriptedSeat([]))
        async with open_chamber(MemoryJournal(council.clock), seating, "me") as chamber:
            request = Request("Ship?", method="yes_no", protocol=protocol)
            case = await council.case_for(request)
            limits = Limits(max_cost_usd=max_cost_usd)
            plan = await chamber.plan(case.model_copy(update={"limits": limits}))
    assert plan.cost_usd == pytest.approx(0.01 * plan.calls)
    assert plan.affordable == affordable
