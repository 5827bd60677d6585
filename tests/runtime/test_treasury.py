"""Rounds are asked only where they and the conclusion can be paid for. Semantics R7."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
import pytest
from anyio.lowlevel import checkpoint

from magi_mcp.core.asks import Ask, Purpose, Round
from magi_mcp.core.budget import Draw, Expense, Pool, Purse, Tariff, prompt_tokens
from magi_mcp.core.case import AnyCase, Case, Limits, MethodName
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import fold
from magi_mcp.core.errors import StoreError
from magi_mcp.core.events import (
    CaseOpened,
    CouncilFailed,
    Event,
    LateReply,
    RoundAsked,
    RoundRefused,
)
from magi_mcp.core.replies import Reply, Usage
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import SeatPort
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.runtime.spending import DayBudget
from magi_mcp.runtime.treasury import Treasury
from magi_mcp.seats.scripted import ScriptedSeat
from tests.core.paper import Answers, a_case, entries, grouped, scripted, voted
from tests.runtime.stage import OTHER_ID, PATIENCE_S, FailingJournal, HangingSeat, driven

OUT = 1_000
TARIFF = Tariff(max_tokens_out=OUT, usd_per_token_in=0.0, usd_per_token_out=0.00001)
"""A call costs a cent at most, whatever it reads."""


class PaidSeat:
    """Answers as told, and pays for each call, of which it uses ``share``."""

    def __init__(self, purse: Purse, answers: Answers, share: float) -> None:
        self._purse = purse
        self._answers = answers
        self._share = share

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        worst = TARIFF.worst_case(prompt_tokens(ask))
        draw = self._purse.draw(ask.ask_id, worst)
        assert isinstance(draw, Draw), f"{ask.ask_id} was promised: {draw}"
        usage = Usage(
            tokens_in=worst.tokens - OUT,
            tokens_out=int(OUT * self._share),
            cost_usd=worst.cost_usd * self._share,
        )
        self._purse.settle(draw, usage)
        return self._answers(ask).model_copy(update={"usage": usage, "served_by": "m"})


@dataclass
class PaidSeating:
    """Seats that cost something; ``asked_for_prices`` counts who wanted to know."""

    answers: Answers
    share: float = 1.0
    asked_for_prices: int = 0
    seated: list[str] = field(default_factory=list)

    def seats(self, case: AnyCase, purse: Purse) -> Mapping[str, SeatPort]:
        return {seat.name: PaidSeat(purse, self._answer, self.share) for seat in case.everybody}

    async def tariffs(self, case: AnyCase) -> Mapping[str, Tariff]:
        self.asked_for_prices += 1
        return {seat.name: TARIFF for seat in case.everybody}

    def _answer(self, ask: Ask) -> Reply:
        self.seated.append(ask.ask_id)
        return self.answers(ask)


SPLIT = scripted({"ada": ["yes"], "ben": ["no"], "cleo": ["no"]})
OPEN = scripted({"ada": ["Ship"], "ben": ["Wait"], "cleo": ["Wait"]}, grouped())


async def held(
    case: Case, seating: PaidSeating, day: DayBudget | None = None
) -> tuple[list[Event], Treasury]:
    treasury = Treasury(case, seating, day)
    treasury.open()
    seats = seating.seats(case, treasury.purse)
    events = await driven(case, seats, treasury=treasury)
    treasury.close()
    return events, treasury


def refused(events: list[Event]) -> list[RoundRefused]:
    return [event for event in events if isinstance(event, RoundRefused)]


def asked(events: list[Event]) -> list[str]:
    return [event.round_id for event in events if isinstance(event, RoundAsked)]


def critique(**limits: object) -> Case:
    """A case that argues two rounds if it may: nobody holds still."""
    bounds = Limits(max_rounds=2, min_rounds=2).model_copy(update=limits)
    return a_case(protocol="critique", limits=bounds)


async def test_without_a_limit_every_round_is_asked() -> None:
    seating = PaidSeating(SPLIT)
    events, _ = await held(critique(), seating)
    assert asked(events) == ["r1", "r2", "r3"]


class SlowToLoad(PaidSeating):
    """Takes longer to know its prices than the case has time."""

    async def tariffs(self, case: AnyCase) -> Mapping[str, Tariff]:
        loaded_at = anyio.current_time() + 2 * case.limits.deadline_s
        while anyio.current_time() < loaded_at:
            await checkpoint()
        return await super().tariffs(case)


async def test_the_time_of_a_council_begins_when_it_can_be_asked() -> None:
    events, _ = await held(critique(deadline_s=0.3), SlowToLoad(SPLIT))
    assert refused(events) == []
    assert asked(events) == ["r1", "r2", "r3"]


async def test_prices_are_asked_for_once() -> None:
    seating = PaidSeating(SPLIT)
    events, _ = await held(critique(max_cost_usd=1.0), seating)
    assert seating.asked_for_prices == 1
    assert asked(events) == ["r1", "r2", "r3"]


async def test_a_round_that_cannot_be_paid_for_is_refused_and_the_council_decides() -> None:
    events, treasury = await held(critique(max_cost_usd=0.05), PaidSeating(SPLIT))
    told = "its worst case, $0.03, is more than the $0.02 left of max_cost_usd, $0.05"
    assert refused(events) == [RoundRefused(round_id="r2", reason="budget", detail=told)]
    dossier = fold(entries(events))
    assert dossier.decision is not None
    assert dossier.decision.ruling == "no"
    assert dossier.decision.degraded
    assert f"No round 2: the budget did not allow it: {told}." in dossier.decision.warnings
    assert treasury.purse.pools[0].spent.cost_usd == pytest.approx(0.03)


async def test_what_a_round_did_not_use_is_there_for_the_next_one() -> None:
    events, _ = await held(critique(max_cost_usd=0.05), PaidSeating(SPLIT, share=0.3))
    assert asked(events) == ["r1", "r2", "r3"]


async def test_a_blind_round_that_cannot_be_paid_for_asks_nobody_and_says_why() -> None:
    seating = PaidSeating(SPLIT)
    events, _ = await held(critique(max_cost_usd=0.029), seating)
    (end,) = [event for event in events if isinstance(event, CouncilFailed)]
    assert end.causes == (
        "the first round was refused: budget: its worst case, $0.03, is more than the $0.029 "
        "left of max_cost_usd, $0.029",
    )
    assert seating.seated == []


async def test_tokens_bind_as_well() -> None:
    events, _ = await held(critique(max_tokens=2_000), PaidSeating(SPLIT))
    (refusal,) = refused(events)
    assert refusal.reason == "budget"
    assert "left of max_tokens, 2000" in refusal.detail


async def test_no_ballots_are_asked_for_that_could_not_be_counted_and_concluded() -> None:
    """Three answers, a grouping and a ruling: five cents."""

    async def first(max_cost_usd: float) -> list[Event]:
        limits = Limits(max_rounds=0, max_cost_usd=max_cost_usd)
        return (await held(a_case("majority", limits=limits), PaidSeating(OPEN)))[0]

    assert asked(await first(0.05)) == ["r1", "r1.grouping1", "r1.ruling1"]
    (refusal,) = refused(await first(0.049))
    assert refusal.round_id == "r1"
    assert refusal.detail.startswith("with the conclusion, its worst case, $0.05, is more than")


@pytest.mark.parametrize(
    ("method", "purpose", "told"),
    [
        ("majority", "grouping", "Round 1: the budget did not allow the positions to be grouped:"),
        ("majority", "ruling", "Nobody was asked to put the ruling into words: the budget"),
        ("synthesis", "ruling", "Nobody was asked to put the synthesis into words: the budget"),
        ("minority", "ruling", "Nobody was asked to put the dissent into words: the budget"),
        ("consensus", "draft", "Round 1: the budget did not allow the common ground to be drafted"),
        ("consensus", "ratification", "Round 1: the budget did not allow the draft to be put to"),
        ("compose", "rating", "Round 1: the budget did not allow the drafts to be rated: its"),
        ("yes_no", "arbitration", "The arbiter was not asked: the budget did not allow it: its"),
    ],
)
async def test_a_service_that_turned_out_too_dear_is_told_with_its_reason(
    method: MethodName, purpose: Purpose, told: str
) -> None:
    """As where prompts have become longer than anybody could reckon with."""
    case = a_case(
        method,
        "adaptive" if purpose == "arbitration" else "vote",
        limits=Limits(max_rounds=0, max_cost_usd=1.0),
        arbiter="anthropic/claude-opus-4.5" if purpose == "arbitration" else None,
    )
    seating = PaidSeating(SPLIT if method == "yes_no" else OPEN)
    treasury = Treasury(case, seating)
    dear = Dear(treasury, purpose)
    seats = seating.seats(case, treasury.purse)
    events = await driven(case, seats, treasury=dear)
    refusal = refused(events)[0]
    assert (refusal.reason, refusal.round_id.startswith(f"r1.{purpose}")) == ("budget", True)
    decision = fold(entries(events)).decision
    assert decision is not None
    (warning,) = [each for each in decision.warnings if each.startswith(told)]
    assert "left of max_cost_usd, $1.00" in warning
    assert Deliberation.restore(events).ended


class Dear(Treasury):
    """Has spent more than was reckoned with by the time that asks of a purpose fall due."""

    def __init__(self, treasury: Treasury, purpose: Purpose, cost_usd: float = 1.0) -> None:
        self.__dict__.update(vars(treasury))
        self._too_dear = purpose
        self._cost_usd = cost_usd

    async def refusal(self, due: Round) -> str | None:
        if due.purpose == self._too_dear:
            self.purse.pools[0].spent += Expense(0, self._cost_usd)
        return await super().refusal(due)


async def test_a_service_is_asked_if_it_fits_itself_though_what_follows_does_not() -> None:
    case = a_case("majority", limits=Limits(max_rounds=0, max_cost_usd=0.05))
    seating = PaidSeating(OPEN)
    treasury = Dear(Treasury(case, seating), "grouping", 0.01)
    events = await driven(case, seating.seats(case, treasury.purse), treasury=treasury)
    assert asked(events) == ["r1", "r1.grouping1"]
    assert [refusal.round_id for refusal in refused(events)] == ["r1.ruling1"]


async def test_what_was_promised_to_a_seat_that_pays_for_nothing_is_free_again() -> None:
    seats = {seat: ScriptedSeat([{"position": "yes"}] * 3) for seat in ("ada", "ben", "cleo")}
    case = critique(max_cost_usd=0.03)
    events = await driven(case, seats, treasury=Treasury(case, PaidSeating(SPLIT)))
    assert asked(events) == ["r1", "r2", "r3"]


# The day's budget, shared by all deliberations


def a_day(cents: int) -> DayBudget:
    clock = SystemClock()
    return DayBudget(Pool("day", max_cost_usd=cents / 100), MemoryJournal(clock), clock)


async def test_what_one_deliberation_spends_is_no_longer_there_for_the_next() -> None:
    day = a_day(5)
    vote = a_case(limits=Limits(max_rounds=0))
    first, _ = await held(vote, PaidSeating(SPLIT), day)
    assert refused(first) == []
    second, _ = await held(vote, PaidSeating(SPLIT), day)
    (refusal,) = refused(second)
    assert refusal.detail == (
        "its worst case, $0.03, is more than the $0.02 left of max_cost_usd_per_day, $0.05"
    )
    assert day.pool.held.cost_usd == pytest.approx(0)


async def test_two_at_once_cannot_promise_themselves_the_same_money() -> None:
    day, journal = a_day(9), MemoryJournal(SystemClock())
    hanging = HangingSeat()

    @dataclass
    class Waiting(PaidSeating):
        def seats(self, case: AnyCase, purse: Purse) -> Mapping[str, SeatPort]:
            return {seat.name: hanging for seat in case.everybody}

    vote = a_case("majority", limits=Limits(max_rounds=0))
    other = vote.model_copy(update={"dossier_id": OTHER_ID})
    with anyio.fail_after(PATIENCE_S):
        async with open_chamber(journal, Waiting(SPLIT), "owner", day) as opened:
            sitting = await opened.open(vote)
            await hanging.reached.wait()
            dossier = await (await opened.open(other)).wait()
            assert dossier.status == "failed"
            assert "left of max_cost_usd_per_day" in dossier.causes[0]
            assert day.pool.held.cost_usd == pytest.approx(0.05)
            await opened.cancel(sitting, "the user")
    assert day.pool.held.cost_usd == pytest.approx(0), "a cancel gives back what was set aside"


async def test_a_chamber_gives_back_what_a_broken_deliberation_held() -> None:
    day = a_day(100)
    broken = FailingJournal(3)
    with anyio.fail_after(PATIENCE_S):
        async with open_chamber(broken, PaidSeating(SPLIT), "owner", day) as opened:
            sitting = await opened.open(a_case(limits=Limits(max_rounds=0)))
            with pytest.raises(StoreError):
                await sitting.wait()
    assert day.pool.held.cost_usd == pytest.approx(0)


async def test_a_plan_is_held_against_what_is_left_of_the_day() -> None:
    journal = MemoryJournal(SystemClock())
    day = DayBudget(Pool("day", max_cost_usd=0.05), journal, SystemClock())
    await journal.append(OTHER_ID, 0, paid_elsewhere(0.03))
    async with open_chamber(journal, PaidSeating(SPLIT), "owner", day) as opened:
        plan = await opened.plan(a_case(limits=Limits(max_rounds=0)))
    assert plan.affordable == "none"
    assert "more than the $0.02 left of max_cost_usd_per_day, $0.05" in plan.exceeds[0]


def paid_elsewhere(cost_usd: float) -> list[Event]:
    case = a_case().model_copy(update={"dossier_id": OTHER_ID})
    usage = Usage(tokens_in=10, tokens_out=10, cost_usd=cost_usd)
    reply = voted("yes").model_copy(update={"usage": usage})
    return [CaseOpened(case=case), LateReply(ask_id="r1/ada", seat="ada", reply=reply)]
