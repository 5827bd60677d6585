"""Circuit breakers: when a model is passed over, for how long, and when it is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.case import Access, Candidate
from magi_mcp.core.health import Condition, Health, endpoint_of
from magi_mcp.core.replies import AttemptOutcome

A = "openai/a"
START = 1_000.0
PASSING: tuple[AttemptOutcome, ...] = ("timeout", "connection", "server", "rate_limited")
ANSWERS: tuple[AttemptOutcome, ...] = (
    "answered",
    "malformed",
    "format_refused",
    "refused_content",
    "context_too_long",
    "bad_request",
)
NO_CALLS: tuple[AttemptOutcome, ...] = ("budget", "skipped", "late", "exhausted")


def failing(times: int, outcome: AttemptOutcome = "server") -> Health:
    health = Health()
    for _ in range(times):
        health.record(A, outcome, START)
    return health


def pause_s(health: Health, now: float) -> float | None:
    condition = health.condition(A, now)
    assert condition is not None
    return None if condition.paused_until is None else condition.paused_until - now


def test_a_model_nobody_has_called_may_be_called_and_has_no_condition() -> None:
    assert Health().may_call(A, START)
    assert Health().conditions(START) == ()
    assert Health().condition(A, START) is None


@pytest.mark.parametrize("outcome", PASSING)
def test_the_third_failure_in_a_row_pauses_a_model_for_half_a_minute(
    outcome: AttemptOutcome,
) -> None:
    assert failing(2, outcome).may_call(A, START)
    health = failing(3, outcome)
    assert not health.may_call(A, START)
    assert not health.may_call(A, START + 29.9)
    assert health.may_call(A, START + 30)
    assert health.conditions(START) == (Condition(A, "open", 3, outcome, START, START + 30),)
    assert health.conditions(START + 30) == (Condition(A, "half-open", 3, outcome, START, None),)


@pytest.mark.parametrize(
    ("outcome", "retryable"),
    [("authentication", True), ("unknown_model", True), ("rate_limited", False)],
)
def test_what_waiting_does_not_mend_pauses_a_model_at_once(
    outcome: AttemptOutcome, retryable: bool
) -> None:
    health = Health()
    health.record(A, outcome, START, retryable=retryable)
    assert not health.may_call(A, START)


@pytest.mark.parametrize("outcome", ANSWERS)
def test_whatever_a_model_answers_ends_the_row(outcome: AttemptOutcome) -> None:
    health = failing(2)
    health.record(A, outcome, START)
    health.record(A, "server", START)
    assert health.may_call(A, START)


@pytest.mark.parametrize("outcome", ANSWERS)
def test_whatever_a_paused_model_answers_ends_the_pause(outcome: AttemptOutcome) -> None:
    health = failing(3)
    health.record(A, outcome, START + 1)
    assert health.may_call(A, START + 1)
    assert health.conditions(START + 1) == (Condition(A, "closed", 0, outcome, START + 1, None),)


@pytest.mark.parametrize("outcome", NO_CALLS)
def test_a_call_that_was_never_made_says_nothing_of_a_model(outcome: AttemptOutcome) -> None:
    health = failing(2)
    health.record(A, outcome, START + 1)
    [condition] = health.conditions(START + 1)
    assert (condition.failures, condition.last_outcome, condition.last_at) == (2, "server", START)


def test_after_the_pause_one_call_is_let_through_and_the_others_wait_for_it() -> None:
    health = failing(3)
    now = START + 31
    assert health.may_call(A, now)
    health.let_through(A, now)
    assert not health.may_call(A, now)
    health.record(A, "answered", now + 2)
    assert health.may_call(A, now + 2)


def test_a_trial_that_was_called_off_is_not_waited_for_forever() -> None:
    health = failing(3)
    health.let_through(A, START + 30)
    assert not health.may_call(A, START + 59)
    assert health.may_call(A, START + 60)


def test_each_further_failure_doubles_the_pause_up_to_five_minutes() -> None:
    health = failing(3)
    now, pauses = START, []
    for _ in range(6):
        lasts_s = pause_s(health, now)
        assert lasts_s is not None
        pauses.append(lasts_s)
        now += lasts_s
        health.let_through(A, now)
        health.record(A, "timeout", now)
    assert pauses == [30, 60, 120, 240, 300, 300]


def test_failures_that_come_in_during_a_pause_do_not_prolong_it() -> None:
    health = failing(20)
    assert pause_s(health, START) == 30
    [condition] = health.conditions(START)
    assert condition.failures == 20


def test_after_an_answer_everything_begins_anew() -> None:
    health = failing(3)
    health.record(A, "server", START + 30)
    health.record(A, "answered", START + 31)
    for _ in range(5):
        health.record(A, "server", START + 32)
    assert pause_s(health, START + 32) == 30


def test_models_are_paused_on_their_own_account() -> None:
    health = failing(3)
    assert health.may_call("openai/b", START)


def test_one_model_behind_two_addresses_or_keys_has_a_breaker_for_each() -> None:
    plain = Candidate(model=A)
    here = Candidate(model=A, access=Access(api_base="http://127.0.0.1:8000/v1"))
    mine = Candidate(model=A, access=Access(api_key_env="MY_KEY"))
    warm = Candidate(model=A, access=Access(temperature=1, max_tokens=5), family="x")
    assert len({endpoint_of(each) for each in (plain, here, mine)}) == 3
    assert endpoint_of(warm) == endpoint_of(plain) == A
    assert endpoint_of(here) == f"{A} at http://127.0.0.1:8000/v1"
    assert endpoint_of(mine) == f"{A} with MY_KEY"


Happening = tuple[AttemptOutcome, float, bool]
happenings = st.lists(
    st.tuples(
        st.sampled_from((*PASSING, "authentication", "unknown_model", *ANSWERS, *NO_CALLS)),
        st.floats(0, 400),
        st.booleans(),
    ),
    max_size=40,
)


@given(happenings)
def test_whatever_happens_a_pause_ends_and_an_answer_ends_it_at_once(
    happened: list[Happening],
) -> None:
    health, now = Health(), START
    for outcome, passed_s, through in happened:
        now += passed_s
        if through:
            health.let_through(A, now)
        health.record(A, outcome, now)
        for condition in health.conditions(now):
            assert (condition.paused_until is not None) == (condition.state == "open")
            assert condition.paused_until is None or now < condition.paused_until <= now + 300
            if condition.state == "open":
                assert not health.may_call(A, now)
            if condition.state == "closed":
                assert health.may_call(A, now)
    assert health.may_call(A, now + 300)
    health.record(A, "answered", now)
    assert health.may_call(A, now)


@given(st.lists(st.sampled_from((*PASSING, "answered")), max_size=30))
def test_no_model_is_paused_before_three_passing_failures_in_a_row(
    happened: list[AttemptOutcome],
) -> None:
    health, row = Health(), 0
    for outcome in happened:
        health.record(A, outcome, START)
        row = 0 if outcome == "answered" else row + 1
        assert health.may_call(A, START) == (row < 3)
