"""The day's budget: what a store's deliberations may cost from midnight to midnight, UTC."""

from collections.abc import Mapping

import pytest

from magi_mcp.core.accounts import Spent
from magi_mcp.core.budget import NOTHING, Draw, Expense, Pool, Purse
from magi_mcp.core.case import Limits
from magi_mcp.core.events import CaseOpened, LateReply
from magi_mcp.core.replies import Usage
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.runtime.spending import DayBudget
from tests.core.paper import a_case, said
from tests.journal.samples import OPENED_AT, ManualClock

MINE, OTHER, THIRD = (f"01938b6e-5d7e-7c3a-9d2f-0000000000{end}" for end in ("0a", "0b", "0c"))
TO_MIDNIGHT_S = 86_400 - OPENED_AT % 86_400
CENT = Expense(100, 0.01)
CALL = Usage(calls=1, tokens_in=90, tokens_out=10, cost_usd=0.01)


class Town:
    """A store that others write to, and the day's budget of this process."""

    def __init__(self, **limits: float) -> None:
        self.clock = ManualClock()
        self.journal = MemoryJournal(self.clock)
        self.pool = Pool("day", max_tokens=int(limits.get("tokens", 1000)))
        self.day = DayBudget(self.pool, self.journal, self.clock)

    async def paid(self, dossier_id: str, *usages: Usage) -> None:
        """Journal calls under an id, as whoever drives it does."""
        seq = len(await self.journal.read(dossier_id))
        case = a_case().model_copy(update={"dossier_id": dossier_id})
        events = [] if seq else [CaseOpened(case=case)]
        replies = [
            LateReply(ask_id=f"r1/{seq}-{n}", seat="ada", reply=said("yes", usage=usage))
            for n, usage in enumerate(usages)
        ]
        await self.journal.append(dossier_id, seq, [*events, *replies])

    def spend(self, purse: Purse) -> None:
        """Let a deliberation of this process pay for a call; it is journaled later."""
        draw = purse.draw("r1/ada", CENT)
        assert isinstance(draw, Draw)
        purse.settle(draw, CALL)


async def test_a_day_begins_with_what_its_journal_says() -> None:
    town = Town()
    await town.paid(OTHER, CALL, CALL)
    await town.day.refresh()
    assert town.pool.spent == Expense(200, 0.02)


async def test_what_others_spend_meanwhile_is_seen_at_the_next_look() -> None:
    town = Town()
    await town.day.refresh()
    assert town.pool.spent == NOTHING
    await town.paid(OTHER, CALL)
    await town.day.refresh()
    await town.day.refresh()
    assert town.pool.spent.tokens == 100, "each call once, however often one looks"
    await town.paid(THIRD, CALL)
    await town.day.refresh()
    assert town.pool.spent.tokens == 200


async def test_what_a_purse_has_counted_is_not_counted_again_from_the_journal() -> None:
    town = Town()
    await town.day.refresh()
    town.day.enter(MINE)
    town.spend(Purse.of(Limits(), town.pool))
    await town.paid(MINE, CALL)
    await town.day.refresh()
    assert town.pool.spent.tokens == 100
    town.day.leave(MINE)
    await town.day.refresh()
    assert town.pool.spent.tokens == 100, "finished or not"


async def test_what_is_taken_up_from_another_process_keeps_what_it_has_cost_there() -> None:
    town = Town()
    await town.paid(OTHER, CALL)
    await town.day.refresh()
    town.day.enter(OTHER)
    await town.day.refresh()
    assert town.pool.spent.tokens == 100
    town.spend(Purse.of(Limits(), town.pool))
    await town.paid(OTHER, CALL)
    await town.day.refresh()
    assert town.pool.spent.tokens == 200


async def test_a_new_day_starts_at_nothing_and_what_is_set_aside_stays() -> None:
    town = Town()
    town.day.enter(MINE)
    purse = Purse.of(Limits(), town.pool)
    await town.day.refresh()
    town.spend(purse)
    await town.paid(MINE, CALL)
    assert purse.promise({"r2/ada": CENT}, NOTHING) is None
    town.clock.advance(TO_MIDNIGHT_S)
    await town.day.refresh()
    assert (town.pool.spent, town.pool.held.tokens) == (NOTHING, 100)


async def test_a_deliberation_that_lasts_over_midnight_is_counted_once_on_each_day() -> None:
    town = Town()
    town.day.enter(MINE)
    purse = Purse.of(Limits(), town.pool)
    await town.day.refresh()
    town.spend(purse)
    await town.paid(MINE, CALL)
    town.clock.advance(TO_MIDNIGHT_S)
    town.spend(purse)
    await town.paid(MINE, CALL)
    await town.day.refresh()
    assert town.pool.spent.tokens == 100, "the call after midnight"
    town.spend(purse)
    await town.paid(MINE, CALL)
    await town.day.refresh()
    assert town.pool.spent.tokens == 200


async def test_one_that_ended_yesterday_is_forgotten_and_one_that_did_today_is_not() -> None:
    town = Town()
    await town.day.refresh()
    town.day.enter(MINE)
    town.spend(Purse.of(Limits(), town.pool))
    await town.paid(MINE, CALL)
    town.day.leave(MINE)
    town.clock.advance(TO_MIDNIGHT_S)
    await town.day.refresh()
    await town.paid(MINE, CALL)
    await town.day.refresh()
    assert town.pool.spent.tokens == 100, "a resumed one, by another process"


async def test_calls_of_which_nobody_knows_the_cost_count_nothing_here() -> None:
    town = Town()
    await town.paid(OTHER, Usage(calls=1), CALL)
    await town.day.refresh()
    assert town.pool.spent == CENT


async def test_a_day_without_a_limit_is_not_looked_up() -> None:
    class Unread(MemoryJournal):
        async def spent_since(self, at: float) -> Mapping[str, Spent]:
            raise AssertionError("nobody asked for it")

    clock = ManualClock()
    await DayBudget(Pool("day"), Unread(clock), clock).refresh()


@pytest.mark.parametrize("seconds", [0.0, 3600.0])
async def test_the_day_is_that_of_utc(seconds: float) -> None:
    town = Town()
    town.clock.advance(TO_MIDNIGHT_S - 1)
    await town.paid(OTHER, CALL)
    town.clock.advance(1 + seconds)
    await town.day.refresh()
    assert town.pool.spent == NOTHING


async def test_what_a_resumed_deliberation_had_spent_elsewhere_stays_counted() -> None:
    town = Town()
    await town.paid(OTHER, CALL, CALL)
    await town.day.refresh()
    town.day.enter(OTHER)
    await town.day.refresh()
    assert town.pool.spent.tokens == 200
    town.spend(Purse.of(Limits(), town.pool))
    await town.paid(OTHER, CALL)
    await town.day.refresh()
    assert town.pool.spent.tokens == 300
