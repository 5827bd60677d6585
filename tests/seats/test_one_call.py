"""What happens around a call: money, room, health, and what is told of all of it."""

import anyio
import pytest

from magi_mcp.core.budget import Expense, Pool, Purse, prompt_tokens
from magi_mcp.core.case import Access, Candidate, Seat
from magi_mcp.core.replies import NO_USAGE, Answered, Failed, Usage
from magi_mcp.seats.completions import Completion, ModelFacts, ModelFault
from magi_mcp.seats.office import Office
from magi_mcp.seats.places import Places
from magi_mcp.seats.retrying import Retries
from magi_mcp.seats.secrecy import Redactor
from magi_mcp.seats.tariffs import tariff_of
from tests.seats.asks import BALLOT, ask
from tests.seats.every_seat import PATIENCE_S
from tests.seats.offices import SetClock, Stage, case_of, outcomes
from tests.seats.scripted_completions import SILENCE, Lines, ScriptedCompletions
from tests.support.log_lines import lines_of

UNCHARGED = NO_USAGE.model_copy(update={"calls": 1})
DOWN = ModelFault("server", "HTTP 500: no", usage=UNCHARGED, retryable=True)
NO_ACCESS = ModelFault("authentication", "HTTP 401: no", usage=UNCHARGED)
PRICED = ModelFacts(
    "openai",
    "schema",
    free=False,
    usd_per_token_in=1e-6,
    usd_per_token_out=4e-6,
    max_tokens_out=1000,
)
UNPRICED = ModelFacts("openai", "schema", free=False)
SAID = Completion(BALLOT, "openai/a", Usage(tokens_in=200, tokens_out=50, cost_usd=0.0004))


def priced(*lines: str | Completion | ModelFault | None, facts: ModelFacts = PRICED) -> Stage:
    return Stage(models(facts, a=lines))


def models(facts: ModelFacts = PRICED, **lines: Lines) -> ScriptedCompletions:
    said = {f"openai/{name}": each for name, each in lines.items()}
    return ScriptedCompletions(said, known=dict.fromkeys(said, facts))


def purse(max_tokens: int | None = None, max_cost_usd: float | None = None) -> Purse:
    return Purse((Pool("deliberation", max_tokens, max_cost_usd),))


async def test_a_call_is_paid_for_with_what_it_has_used() -> None:
    ours = purse(max_tokens=10_000, max_cost_usd=1.0)
    await priced(SAID).seat("openai/a", purse=ours).ask(ask(), PATIENCE_S)
    [pool] = ours.pools
    assert (pool.spent.tokens, pool.held.tokens) == (250, 0)
    assert pool.spent.cost_usd == pytest.approx(0.0004)
    assert pool.held.cost_usd == pytest.approx(0)


async def test_a_call_whose_worst_case_does_not_fit_is_not_made_and_says_so() -> None:
    worst = prompt_tokens(ask()) + 1000
    said = models(a=[SAID])
    ours = purse(max_tokens=worst - 1)
    reply = await Stage(said).seat("openai/a", purse=ours).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.usage, said.calls) == ("budget", NO_USAGE, [])
    assert f"{worst} tokens" in reply.detail
    assert outcomes(reply) == [("openai/a", "budget")]
    enough = purse(max_tokens=worst)
    assert isinstance(
        await Stage(said).seat("openai/a", purse=enough).ask(ask(), PATIENCE_S), Answered
    )


async def test_what_one_model_is_too_dear_for_a_cheaper_fallback_may_do() -> None:
    cheap = ModelFacts("openai", "schema", free=True, usd_per_token_in=0.0, usd_per_token_out=0.0)
    said = ScriptedCompletions([SAID], known={"openai/a": PRICED, "openai/b": cheap})
    ours = purse(max_cost_usd=0.0001)
    reply = await Stage(said).seat("openai/a", "openai/b", purse=ours).ask(ask(), PATIENCE_S)
    assert outcomes(reply) == [("openai/a", "budget"), ("openai/b", "answered")]


async def test_of_two_failures_the_one_of_a_call_is_told() -> None:
    said = ScriptedCompletions([DOWN], known={"openai/a": UNPRICED, "openai/b": PRICED})
    ours = purse(max_cost_usd=0.0001)
    reply = await Stage(said).seat("openai/a", "openai/b", purse=ours).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.retryable) == ("server", True)
    assert [outcome for _, outcome in outcomes(reply)] == ["server"] * 3 + ["budget"]


async def test_a_call_that_was_refused_costs_nothing() -> None:
    ours = purse(max_tokens=100_000, max_cost_usd=1.0)
    await priced(DOWN, DOWN, SAID).seat("openai/a", purse=ours).ask(ask(), PATIENCE_S)
    [pool] = ours.pools
    assert pool.spent.tokens == 250


async def test_a_call_cut_off_is_taken_to_have_cost_the_worst() -> None:
    ours = purse(max_tokens=10_000)
    await priced(SILENCE).seat("openai/a", purse=ours).ask(ask(), 0.05)
    [pool] = ours.pools
    assert pool.spent.tokens == prompt_tokens(ask()) + 1000


async def test_a_call_that_is_called_off_is_settled_too() -> None:
    ours = purse(max_tokens=10_000)
    seat = priced(SILENCE).seat("openai/a", purse=ours)
    with anyio.move_on_after(0.05):
        await seat.ask(ask(), PATIENCE_S)
    [pool] = ours.pools
    assert (pool.held.tokens, pool.spent.tokens) == (0, prompt_tokens(ask()) + 1000)


@pytest.mark.parametrize("model", ["openai/a", "scripted/demo"])
async def test_what_was_promised_to_an_ask_is_free_when_it_has_ended(model: str) -> None:
    ours = purse(max_tokens=10_000)
    stage = priced(NO_ACCESS)
    case = case_of({"melchior": (model,)})
    tariff = (await stage.office.tariffs(case))["melchior"]
    promised = {ask().ask_id: tariff.worst_case(prompt_tokens(ask()))}
    assert ours.promise(promised, kept=tariff.worst_case(0)) is None
    await stage.seats(case, ours)["melchior"].ask(ask(), PATIENCE_S)
    [pool] = ours.pools
    assert pool.held.tokens == tariff.max_tokens_out


@pytest.mark.parametrize(
    ("ours", "facts", "configured", "sent"),
    [
        (Purse(), PRICED, None, None),
        (Purse(), PRICED, 300, 300),
        (purse(max_tokens=10**6), PRICED, 300, 300),
        (purse(max_tokens=10**6), PRICED, None, 1000),
        (purse(max_tokens=10**6), UNPRICED, None, 8192),
        (purse(max_cost_usd=9), PRICED, None, 1000),
        (purse(max_cost_usd=9), UNPRICED, None, None),
    ],
)
async def test_a_reply_is_bounded_where_the_owner_or_a_limit_demands_it(
    ours: Purse, facts: ModelFacts, configured: int | None, sent: int | None
) -> None:
    said = models(facts, a=[SAID])
    case = case_of({"melchior": ("openai/a",)})
    seat = Seat(name="melchior", model="openai/a", access=Access(max_tokens=configured))
    case = case.model_copy(update={"seats": (seat,)})
    await Stage(said).seats(case, ours)["melchior"].ask(ask(), PATIENCE_S)
    assert [call.max_tokens for call in said.calls] == [sent]


async def test_a_seat_costs_what_the_dearest_of_its_candidates_costs() -> None:
    dear = ModelFacts("openai", "schema", False, 5e-6, 2e-6, 4000)
    known = {"openai/a": PRICED, "openai/b": dear, "openai/s": UNPRICED}
    office = Stage(ScriptedCompletions([BALLOT], known=known)).office
    case = case_of({"melchior": ("openai/a", "openai/b"), "casper": ("scripted/demo",)})
    tariffs = await office.tariffs(case)
    first, second = (tariff_of(Candidate(model="openai/a"), facts) for facts in (PRICED, dear))
    for tokens in (10, 100_000):
        worst = tariffs["melchior"].worst_case(tokens)
        own, other = first.worst_case(tokens), second.worst_case(tokens)
        assert worst.cost_usd == max(own.cost_usd, other.cost_usd)
        assert worst.tokens == max(own.tokens, other.tokens)
    assert tariffs["casper"].worst_case(1000) == Expense(1000, 0.0)


async def test_a_dear_model_that_is_brief_and_a_cheap_one_that_is_not_are_not_both_at_once() -> (
    None
):
    cheap = ModelFacts("openai", "schema", False, 1e-8, 1e-8, 8000)
    known = {"openai/a": PRICED, "openai/b": cheap}
    brief = Seat(
        name="melchior",
        model="openai/a",
        access=Access(max_tokens=10),
        fallbacks=(Candidate(model="openai/b"),),
    )
    case = case_of({"melchior": ("openai/a",)}).model_copy(update={"seats": (brief,)})
    office = Stage(ScriptedCompletions([BALLOT], known=known)).office
    worst = (await office.tariffs(case))["melchior"].worst_case(100)
    alone = tariff_of(brief.candidates[0], PRICED).worst_case(100)
    assert (worst.tokens, worst.cost_usd) == (8100, alone.cost_usd)


async def test_one_price_that_nobody_knows_leaves_a_seat_bounded_by_the_others_alone() -> None:
    nowhere = ModelFault("unknown_model", "no provider", usage=NO_USAGE)
    known: dict[str, ModelFacts | ModelFault] = {
        "openai/a": PRICED,
        "openai/s": UNPRICED,
        "nowhere/x": nowhere,
    }
    office = Stage(ScriptedCompletions([BALLOT], known=known)).office
    arbiter = Seat(name="arbiter", model="openai/a")
    case = case_of({"melchior": ("openai/a",)}, substitutes=["openai/s"], arbiter=arbiter)
    tariffs = await office.tariffs(case)
    assert not tariffs["melchior"].priced
    assert tariffs["melchior"].worst_case(0).tokens == 8192
    # What is known of the others binds all the same: a round must not begin beyond it.
    own, judge = tariffs["melchior"], tariffs["arbiter"]
    assert own.worst_case(100).cost_usd >= judge.worst_case(100).cost_usd > 0
    # No substitute ever stands in for an arbiter.
    assert (tariffs["arbiter"].priced, tariffs["arbiter"].max_tokens_out) == (True, 1000)
    unknown = await office.tariffs(case_of({"melchior": ("nowhere/x",)}))
    assert (unknown["melchior"].priced, unknown["melchior"].max_tokens_out) == (False, 8192)


async def test_a_paused_model_is_skipped_for_its_fallback_and_tried_again_later() -> None:
    said = models(a=[NO_ACCESS, NO_ACCESS, BALLOT], b=[BALLOT])
    stage = Stage(said)
    seat = stage.seat("openai/a", "openai/b")
    assert outcomes(await seat.ask(ask(), PATIENCE_S)) == [
        ("openai/a", "authentication"),
        ("openai/b", "answered"),
    ]
    reply = await seat.ask(ask(), PATIENCE_S)
    assert outcomes(reply) == [("openai/a", "skipped"), ("openai/b", "answered")]
    assert isinstance(reply, Answered)
    assert reply.attempts[0].usage == NO_USAGE
    assert reply.attempts[0].detail == (
        "passed over for 30 s more after 1 failed call, the last: authentication"
    )
    stage.clock.at += 30
    assert outcomes(await seat.ask(ask(), PATIENCE_S))[0] == ("openai/a", "authentication")
    stage.clock.at += 59
    assert outcomes(await seat.ask(ask(), PATIENCE_S))[0] == ("openai/a", "skipped")
    stage.clock.at += 1
    assert outcomes(await seat.ask(ask(), PATIENCE_S)) == [("openai/a", "answered")]
    assert outcomes(await seat.ask(ask(), PATIENCE_S)) == [("openai/a", "answered")]


async def test_a_spent_quota_pauses_a_model_at_once_and_a_rate_limit_does_not() -> None:
    for retryable, then in ((False, "skipped"), (True, "answered")):
        limited = ModelFault("rate_limited", "HTTP 429: no", usage=UNCHARGED, retryable=retryable)
        said = models(a=[limited, BALLOT], b=[BALLOT])
        seat = Stage(said, tries=1).seat("openai/a", "openai/b")
        await seat.ask(ask(), PATIENCE_S)
        assert outcomes(await seat.ask(ask(), PATIENCE_S))[0] == ("openai/a", then)


async def test_a_paused_model_is_called_all_the_same_where_no_other_can_serve() -> None:
    said = models(a=[NO_ACCESS, BALLOT], b=[NO_ACCESS])
    alone = Stage(models(a=[NO_ACCESS, BALLOT]))
    lonely = alone.seat("openai/a")
    await lonely.ask(ask(), PATIENCE_S)
    assert outcomes(await lonely.ask(ask(), PATIENCE_S)) == [("openai/a", "answered")]
    both = Stage(said).seat("openai/a", "openai/b")
    await both.ask(ask(), PATIENCE_S)
    assert outcomes(await both.ask(ask(), PATIENCE_S)) == [("openai/a", "answered")]


async def test_a_model_that_was_passed_over_has_its_turn_when_the_others_have_failed() -> None:
    refused = ModelFault("refused_content", "HTTP 400: no", usage=UNCHARGED)
    said = models(a=[NO_ACCESS, BALLOT], b=[BALLOT, refused])
    seat = Stage(said).seat("openai/a", "openai/b")
    await seat.ask(ask(), PATIENCE_S)
    reply = await seat.ask(ask(), PATIENCE_S)
    assert outcomes(reply) == [
        ("openai/a", "skipped"),
        ("openai/b", "refused_content"),
        ("openai/a", "answered"),
    ]


async def test_while_one_call_tries_a_model_the_others_still_pass_it_over() -> None:
    said = models(a=[NO_ACCESS, SILENCE], b=[BALLOT])
    stage = Stage(said)
    seat = stage.seat("openai/a", "openai/b")
    await seat.ask(ask(), PATIENCE_S)
    stage.clock.at += 30
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(seat.ask, ask(), PATIENCE_S)
        await anyio.wait_all_tasks_blocked()
        reply = await seat.ask(ask(seat="casper"), PATIENCE_S)
        assert outcomes(reply) == [("openai/a", "skipped"), ("openai/b", "answered")]
        assert isinstance(reply, Answered)
        assert reply.attempts[0].detail.startswith("passed over while another call tries it")
        tasks.cancel_scope.cancel()


async def test_the_health_of_a_model_is_shared_by_all_deliberations() -> None:
    said = models(a=[NO_ACCESS], b=[BALLOT])
    stage = Stage(said)
    await stage.seat("openai/a", "openai/b").ask(ask(), PATIENCE_S)
    reply = await stage.seat("openai/a", "openai/b").ask(ask(), PATIENCE_S)
    assert outcomes(reply)[0] == ("openai/a", "skipped")
    conditions = stage.office.health.conditions(stage.clock.at)
    assert [(c.endpoint, c.state, c.failures) for c in conditions] == [
        ("openai/a", "open", 1),
        ("openai/b", "closed", 0),
    ]


async def test_the_same_model_behind_another_address_is_not_passed_over() -> None:
    here = Candidate(model="openai/a", access=Access(api_base="http://127.0.0.1:1/v1"))
    there = Candidate(model="openai/a", access=Access(api_base="http://127.0.0.1:2/v1"))
    said = models(a=[NO_ACCESS, BALLOT])
    stage = Stage(said)
    case = case_of({"melchior": ("openai/a",)})
    seat = Seat(name="melchior", model=here.model, access=here.access, fallbacks=(there,))
    case = case.model_copy(update={"seats": (seat,)})
    reply = await stage.seats(case)["melchior"].ask(ask(), PATIENCE_S)
    assert outcomes(reply) == [("openai/a", "authentication"), ("openai/a", "answered")]
    assert [call.candidate for call in said.calls] == [here, there]


async def test_a_call_waits_for_a_free_place_and_not_on_its_own_time() -> None:
    said = models(a=[BALLOT])
    places = Places(1)
    office = Office(said, redact=Redactor({}), places=places, clock=SetClock())
    seat = office.seats(case_of({"melchior": ("openai/a",)}), Purse())["melchior"]
    replies: list[Answered | None] = []

    async def put() -> None:
        reply = await seat.ask(ask(), PATIENCE_S)
        replies.append(reply if isinstance(reply, Answered) else None)

    async with anyio.create_task_group() as tasks:
        async with places.place("another deliberation", "openai"):
            tasks.start_soon(put)
            await anyio.wait_all_tasks_blocked()
            assert said.calls == []
            with anyio.move_on_after(0.05):
                await anyio.sleep_forever()
        await anyio.wait_all_tasks_blocked()
    [reply] = replies
    assert reply is not None
    [attempt] = reply.attempts
    assert attempt.waited_s >= 0.05
    assert attempt.elapsed_s < 0.05


async def test_whoever_gets_no_place_in_time_has_made_no_call() -> None:
    said = models(a=[BALLOT])
    places = Places(1)
    office = Office(said, redact=Redactor({}), places=places, clock=SetClock())
    seat = office.seats(case_of({"melchior": ("openai/a",)}), Purse())["melchior"]
    async with places.place("another deliberation", "openai"):
        reply = await seat.ask(ask(), 0.05)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.usage, said.calls) == ("timeout", NO_USAGE, [])
    assert reply.detail.startswith("openai/a: no call could be made within 0.")
    # The model cannot help it.
    assert office.health.conditions(0) == ()


async def test_a_place_is_not_held_during_a_pause() -> None:
    said = models(a=[DOWN, BALLOT])
    places = Places(1)
    paused: list[bool] = []

    async def sleep(_pause_s: float) -> None:
        with anyio.move_on_after(1) as patience:
            async with places.place("another deliberation", "openai"):
                paused.append(True)
        assert not patience.cancelled_caught

    retries = Retries(3, sleep, lambda: 0.5)
    office = Office(said, redact=Redactor({}), places=places, clock=SetClock(), retries=retries)
    seat = office.seats(case_of({"melchior": ("openai/a",)}), Purse())["melchior"]
    assert isinstance(await seat.ask(ask(), PATIENCE_S), Answered)
    assert paused == [True]


async def test_no_secret_that_a_model_repeats_is_kept_of_an_attempt() -> None:
    secret = "q7GhT2mWx9LpB4nVs6KdR1yJ"
    said = models(a=[f'{{"position": "{secret}"}}', BALLOT])
    stage = Stage(said, environ={"HOUSE_KEY": secret})
    reply = await stage.seat("openai/a").ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert reply.attempts[0].outcome == "malformed"
    assert "***" in reply.attempts[0].detail
    assert secret[:8] not in reply.model_dump_json()


async def test_a_model_that_is_paused_is_logged_and_so_is_its_return(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "magi_mcp.seats.one_call")
    stage = priced(NO_ACCESS, SAID)
    seat = stage.seat("openai/a")
    await seat.ask(ask(), PATIENCE_S)
    stage.clock.at += 30
    await seat.ask(ask(), PATIENCE_S)
    paused, back = lines_of(caplog)
    assert (paused["event"], paused["level"], paused["model"], paused["paused_s"]) == (
        "model paused",
        "warning",
        "openai/a",
        30,
    )
    assert (back["event"], back["level"]) == ("model answers again", "info")
