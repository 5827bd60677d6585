"""Models that fail on purpose: what a seat makes of them is what it makes of real ones."""

from dataclasses import replace
from typing import get_args

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.choices import Choices
from magi_mcp.core.errors import CallerError
from magi_mcp.core.forms import BallotForm, Closed
from magi_mcp.core.replies import Answered, Failed, FailureKind
from magi_mcp.seats.failing import FAULT_KINDS, MALFORMED, failing_model, is_failing
from magi_mcp.seats.scripts import playbook
from tests.seats.asks import ask
from tests.seats.every_seat import PATIENCE_S
from tests.seats.offices import Stage, outcomes
from tests.seats.scripted_completions import ScriptedCompletions

NOT_A_PROVIDERS = {"late", "budget", "skipped", "exhausted"}
"""Failures that come from the council itself, or from a script that has run out."""
RETRIED = ("timeout", "connection", "server", "rate_limited")
FINAL = tuple(kind for kind in FAULT_KINDS if kind not in (*RETRIED, MALFORMED))


def stage() -> Stage:
    return Stage(ScriptedCompletions({}))


def sample() -> Ask:
    """The question that the script ``demo`` has words for."""
    options = playbook("demo").sample.options
    form = BallotForm(Closed(Choices(labels=options, ids=("A", "B"))))
    return replace(ask(playbook("demo").sample.question), form=form)


def tries(kind: str) -> list[tuple[str, str]]:
    """The attempts at the model that fails in this way."""
    number = {**dict.fromkeys(RETRIED, 3), MALFORMED: 2}.get(kind, 1)
    return [(failing_model(kind), kind)] * number


def test_every_failure_that_a_provider_can_cause_has_its_model() -> None:
    assert set(FAULT_KINDS) == {*get_args(FailureKind), MALFORMED} - NOT_A_PROVIDERS


@pytest.mark.parametrize("kind", [*RETRIED, *FINAL])
async def test_a_seat_fails_as_its_model_does_with_every_try_on_record(kind: str) -> None:
    reply = await stage().seat(failing_model(kind)).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.retryable) == (kind, kind in RETRIED)
    assert outcomes(reply) == tries(kind)
    assert reply.detail.startswith(f"{failing_model(kind)}: ")
    assert (reply.usage.calls, reply.usage.cost_usd) == (len(tries(kind)), 0.0)


async def test_unreadable_words_are_asked_for_once_more_and_then_kept() -> None:
    reply = await stage().seat(failing_model(MALFORMED)).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert (reply.repairs, outcomes(reply)) == (1, tries(MALFORMED))
    assert ask().form.fault(reply.text) is not None


@pytest.mark.parametrize("kind", FAULT_KINDS)
async def test_behind_a_model_that_fails_the_next_one_is_asked(kind: str) -> None:
    seat = stage().seat(failing_model(kind), "scripted/demo")
    reply = await seat.ask(sample(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert reply.served_by == "scripted/demo"
    # What times out is not waited for again where another can serve.
    before = tries(kind)[:1] if kind == "timeout" else tries(kind)
    assert outcomes(reply) == [*before, ("scripted/demo", "answered")]


async def test_its_breaker_opens_like_any_other() -> None:
    set_up = stage()
    seat = set_up.seat(failing_model("authentication"), "scripted/demo")
    await seat.ask(sample(), PATIENCE_S)
    again = await seat.ask(sample(), PATIENCE_S)
    assert outcomes(again)[0] == (failing_model("authentication"), "skipped")


@pytest.mark.parametrize("kind", FAULT_KINDS)
async def test_no_fault_brings_a_call_of_a_real_model(kind: str) -> None:
    completions = ScriptedCompletions({})
    await Stage(completions).seat(failing_model(kind)).ask(ask(), PATIENCE_S)
    assert completions.models == []


def test_an_unknown_kind_is_told_with_the_nearest_one() -> None:
    with pytest.raises(CallerError, match="'failing-timeot' is not known") as refused:
        stage().seat("scripted/failing-timeot")
    assert "Did you mean 'failing-timeout'? Valid: demo, failing-timeout, " in str(refused.value)
    assert not is_failing("scripted/failing-timeot")
