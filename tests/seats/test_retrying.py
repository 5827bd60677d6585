"""How often a model is tried, after which pauses, and what is written of it."""

import anyio
import pytest

from magi_mcp.core.replies import NO_USAGE, Answered, Failed, FailureKind, Usage
from magi_mcp.seats.completions import ModelFault
from magi_mcp.seats.retrying import Retries
from tests.seats.asks import BALLOT, ask
from tests.seats.every_seat import PATIENCE_S
from tests.seats.offices import CHANCE, Pauses, Stage, outcomes
from tests.seats.scripted_completions import SILENCE, SPENT, Line, ScriptedCompletions

UNCHARGED = NO_USAGE.model_copy(update={"calls": 1})
ONE_HOUR_S = 3600.0


def fault(
    failure: FailureKind, *, retryable: bool = True, retry_after_s: float | None = None
) -> ModelFault:
    return ModelFault(
        failure,
        f"HTTP 5xx: {failure}",
        usage=UNCHARGED,
        retryable=retryable,
        retry_after_s=retry_after_s,
    )


PASSING: tuple[FailureKind, ...] = ("timeout", "connection", "server", "rate_limited")
LASTING: tuple[FailureKind, ...] = (
    "authentication",
    "unknown_model",
    "refused_content",
    "context_too_long",
    "bad_request",
    "rate_limited",  # a spent quota
)


@pytest.mark.parametrize("kind", PASSING)
async def test_what_may_pass_is_tried_three_times_with_growing_pauses(kind: FailureKind) -> None:
    model = ScriptedCompletions([fault(kind)])
    stage = Stage(model)
    reply = await stage.seat("openai/a").ask(ask(), ONE_HOUR_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.retryable, len(model.calls)) == (kind, True, 3)
    assert stage.pauses.made_s == [CHANCE * 0.5, CHANCE * 1.0]
    assert outcomes(reply) == [("openai/a", kind)] * 3
    assert reply.detail == f"openai/a: HTTP 5xx: {kind}"
    assert reply.usage == UNCHARGED + UNCHARGED + UNCHARGED


@pytest.mark.parametrize("kind", PASSING)
async def test_a_model_that_recovers_answers_and_is_told_nothing_of_its_failures(
    kind: FailureKind,
) -> None:
    model = ScriptedCompletions([fault(kind), fault(kind), BALLOT])
    reply = await Stage(model).seat("openai/a").ask(ask(), ONE_HOUR_S)
    assert isinstance(reply, Answered)
    assert (reply.text, reply.repairs, reply.served_by) == (BALLOT, 0, "openai/a")
    assert outcomes(reply) == [("openai/a", kind)] * 2 + [("openai/a", "answered")]
    assert reply.usage == UNCHARGED + UNCHARGED + SPENT
    first, *others = model.prompts
    assert others == [first, first]


async def test_second_tries_are_counted_for_an_ask_and_not_for_each_of_its_prompts() -> None:
    model = ScriptedCompletions([fault("server"), "I like turtles.", fault("connection")])
    reply = await Stage(model).seat("openai/a").ask(ask(), ONE_HOUR_S)
    assert isinstance(reply, Answered)
    assert reply.text == "I like turtles."
    told = [outcome for _, outcome in outcomes(reply)]
    assert told == ["server", "malformed", "connection", "connection"]


async def test_a_time_out_is_not_waited_for_again_where_another_model_can_serve() -> None:
    hanging: dict[str, list[Line]] = {"openai/a": [fault("timeout")], "openai/b": [BALLOT]}
    reply = (
        await Stage(ScriptedCompletions(hanging))
        .seat("openai/a", "openai/b")
        .ask(ask(), ONE_HOUR_S)
    )
    assert outcomes(reply) == [("openai/a", "timeout"), ("openai/b", "answered")]


@pytest.mark.parametrize("kind", LASTING)
async def test_what_will_not_pass_is_tried_once(kind: FailureKind) -> None:
    model = ScriptedCompletions([fault(kind, retryable=False), BALLOT])
    stage = Stage(model)
    reply = await stage.seat("openai/a").ask(ask(), ONE_HOUR_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.retryable, len(model.calls)) == (kind, False, 1)
    assert stage.pauses.made_s == []


async def test_a_rate_limit_is_waited_for_as_long_as_the_provider_asks() -> None:
    stage = Stage(ScriptedCompletions([fault("rate_limited", retry_after_s=20), BALLOT]))
    reply = await stage.seat("openai/a").ask(ask(), ONE_HOUR_S)
    assert isinstance(reply, Answered)
    assert stage.pauses.made_s == [20]


async def test_a_provider_that_asks_for_no_time_is_not_hammered_either() -> None:
    stage = Stage(ScriptedCompletions([fault("rate_limited", retry_after_s=0), BALLOT]))
    await stage.seat("openai/a").ask(ask(), ONE_HOUR_S)
    assert stage.pauses.made_s == [CHANCE * 0.5]


async def test_a_pause_that_would_outlast_the_time_is_not_begun() -> None:
    stage = Stage(ScriptedCompletions([fault("rate_limited", retry_after_s=20), BALLOT]))
    reply = await stage.seat("openai/a").ask(ask(), 19)
    assert isinstance(reply, Failed)
    assert (reply.failure, len(reply.attempts)) == ("rate_limited", 1)
    assert stage.pauses.made_s == []


async def test_a_pause_never_grows_beyond_eight_seconds() -> None:
    stage = Stage(ScriptedCompletions([fault("server")]), tries=8)
    await stage.seat("openai/a").ask(ask(), ONE_HOUR_S)
    assert stage.pauses.made_s == [CHANCE * most for most in (0.5, 1, 2, 4, 8, 8, 8)]


@pytest.mark.parametrize("chance", [0.0, 1.0])
async def test_chance_spreads_pauses_from_none_at_all_to_the_whole(chance: float) -> None:
    pauses = Pauses()

    async def failing() -> None:
        raise fault("server")

    with pytest.raises(ModelFault):
        await Retries(2, pauses.sleep, lambda: chance).run(failing, float("inf"))
    assert pauses.made_s == [chance * 0.5]


async def test_a_pause_ends_at_once_when_nobody_waits_any_longer() -> None:
    pausing = anyio.Event()

    async def sleep(_pause_s: float) -> None:
        pausing.set()
        await anyio.sleep_forever()

    async def failing() -> None:
        raise fault("server")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Retries(3, sleep, lambda: 1.0).run, failing, float("inf"))
        with anyio.fail_after(PATIENCE_S):
            await pausing.wait()
        tasks.cancel_scope.cancel()


async def test_a_failure_of_ours_is_no_fault_of_a_model_and_not_tried_again() -> None:
    calls: list[int] = []

    async def broken() -> None:
        calls.append(1)
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await Retries(3, Pauses().sleep, lambda: 1.0).run(broken, float("inf"))
    assert len(calls) == 1


async def test_after_a_failed_repair_the_words_are_kept_however_often_it_was_tried() -> None:
    chatter = "Well, that rather depends."
    model = ScriptedCompletions([chatter, fault("server")])
    reply = await Stage(model).seat("openai/a").ask(ask(), ONE_HOUR_S)
    assert isinstance(reply, Answered)
    assert (reply.text, reply.repairs) == (chatter, 1)
    assert [outcome for _, outcome in outcomes(reply)] == ["malformed", *["server"] * 3]
    told = [prompt.messages[-1].text for prompt in model.prompts[1:]]
    assert len(set(told)) == 1
    assert "Your reply could not be read" in told[0]
    assert "HTTP" not in told[0]


@pytest.mark.parametrize("first", [SILENCE, fault("server")])
async def test_whoever_is_called_off_is_called_off_at_once(first: Line) -> None:
    model = ScriptedCompletions([first, SILENCE])
    seat = Stage(model).seat("openai/a", "openai/b")
    with anyio.move_on_after(0.05) as scope:
        await seat.ask(ask(), ONE_HOUR_S)
    assert scope.cancelled_caught
    assert set(model.models) == {"openai/a"}


async def test_a_call_that_the_clock_cut_off_has_an_unknown_price() -> None:
    stage = Stage(ScriptedCompletions([fault("server"), SILENCE]))
    reply = await stage.seat("openai/a").ask(ask(), 0.3)
    assert isinstance(reply, Failed)
    assert outcomes(reply) == [("openai/a", "server"), ("openai/a", "timeout")]
    assert (reply.failure, reply.usage) == ("timeout", UNCHARGED + Usage())
