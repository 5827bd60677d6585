"""Whatever befalls a council: what it began it can pay for, to the verdict. Semantics R7."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.asks import BALLOT_PURPOSES, Ask
from magi_mcp.core.budget import Draw, Purse, Tariff, prompt_tokens
from magi_mcp.core.case import AnyCase, Case
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.events import RoundAsked, RoundRefused, VerdictReached
from magi_mcp.core.planning import DeliberationReckoning
from magi_mcp.core.replies import Usage
from magi_mcp.ports import SeatPort
from magi_mcp.runtime.treasury import Treasury
from tests.properties.search import examples
from tests.properties.test_plans import CENT, opening_of, tariffs_of, willing
from tests.properties.worlds import World, worlds


@dataclass(frozen=True)
class Prices:
    """A seating that nobody is seated by; it knows what calls cost."""

    def seats(self, case: AnyCase, purse: Purse) -> Mapping[str, SeatPort]:
        return {}

    async def tariffs(self, case: AnyCase) -> Mapping[str, Tariff]:
        assert isinstance(case, Case)
        return tariffs_of(case)


def limited(world: World, share: float) -> World:
    """The world with a limit: so much of what it can come to at most."""
    case = world.case
    whole = DeliberationReckoning(case, tariffs_of(case), opening_of(case)).at_most()
    limits = world.case.limits.model_copy(update={"max_tokens": int(whole.tokens * share)})
    return replace(world, case=world.case.model_copy(update={"limits": limits}))


def paid(world: World, purse: Purse, ask: Ask, used: float) -> None:
    """One call for an ask, which uses a share of what it may."""
    worst = CENT.worst_case(prompt_tokens(ask))
    draw = purse.draw(ask.ask_id, worst)
    assert isinstance(draw, Draw), f"{ask.ask_id} was promised: {draw}"
    purse.settle(draw, Usage(tokens_in=int(worst.tokens * used), tokens_out=0, cost_usd=0))
    purse.dismiss(ask.ask_id)


async def lived(world: World, used: float) -> tuple[Treasury, list[str], VerdictReached | None]:
    """Live a world within its limits: what was refused, and the verdict."""
    treasury = Treasury(world.case, Prices())
    await treasury.prepare()
    deliberation = Deliberation(world.case)
    refused: list[str] = []
    end: VerdictReached | None = None
    while not deliberation.ended:
        due, round_ = deliberation.due(), deliberation.round
        assert due is not None
        if isinstance(due, RoundAsked) and round_ is not None:
            why = await treasury.refusal(round_)
            if why is not None:
                refused.append(due.purpose)
                deliberation.apply(RoundRefused(round_id=due.round_id, reason="budget", detail=why))
                continue
        end = due if isinstance(due, VerdictReached) else None
        deliberation.apply(due)
        for ask in deliberation.pending:
            assert round_ is not None
            paid(world, treasury.purse, ask, used)
            reply = world.reply(ask, round_.pseudonyms)
            deliberation.apply(deliberation.received(ask, reply))
    treasury.close()
    return treasury, refused, end


@examples(80)
@given(worlds(), st.floats(0, 1.2), st.floats(0, 1))
def test_a_council_ends_within_its_limit_and_counts_and_concludes_what_it_began(
    world: World, share: float, used: float
) -> None:
    world = limited(willing(world), share)
    treasury, refused, end = asyncio.run(lived(world, used))
    (pool,) = treasury.purse.pools
    assert pool.max_tokens is not None
    assert pool.spent.tokens <= pool.max_tokens
    assert pool.held.tokens == 0
    assert set(refused) <= set(BALLOT_PURPOSES)
    assert len(refused) <= 1
    if share >= 1:
        assert refused == []
    if refused and end is not None:
        assert [w for w in end.decision.warnings if "the budget did not allow it" in w]


@examples(60)
@given(worlds(), st.floats(0, 1.2), st.floats(0, 1))
def test_where_services_fail_they_are_tried_again_only_as_far_as_money_goes(
    world: World, share: float, used: float
) -> None:
    world = limited(replace(world, late={}), share)
    treasury, _, _ = asyncio.run(lived(world, used))
    (pool,) = treasury.purse.pools
    assert pool.max_tokens is not None
    assert pool.spent.tokens <= pool.max_tokens
    assert pool.held.tokens == 0
