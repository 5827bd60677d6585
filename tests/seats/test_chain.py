"""Who serves a seat when its model cannot: fallbacks, substitutes, the time kept for them."""

from dataclasses import dataclass

import anyio
import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.budget import Purse
from magi_mcp.core.case import Candidate, Seat
from magi_mcp.core.errors import CallerError
from magi_mcp.core.health import Health
from magi_mcp.core.replies import NO_USAGE, Answered, Failed, FailureKind, Reply, Usage
from magi_mcp.ports import SeatPort
from magi_mcp.seats.chain import Chain, Rota
from magi_mcp.seats.completions import Call, Completion, ModelFault
from magi_mcp.seats.substitutes import Substitutes
from tests.seats.asks import BALLOT, ask
from tests.seats.every_seat import PATIENCE_S
from tests.seats.offices import SetClock, Stage, case_of, outcomes
from tests.seats.scripted_completions import SILENCE, SPENT, Lines, ScriptedCompletions

CHATTER = "Well, that rather depends."
UNCHARGED = NO_USAGE.model_copy(update={"calls": 1})
DOWN = ModelFault("server", "HTTP 500: no", usage=UNCHARGED, retryable=True)
NO_KEY = ModelFault("authentication", "no key: set A_KEY in the environment", usage=NO_USAGE)


def lasting(kind: FailureKind) -> ModelFault:
    return ModelFault(kind, f"HTTP 4xx: {kind}", usage=UNCHARGED)


def models(**lines: Lines) -> ScriptedCompletions:
    return ScriptedCompletions({f"openai/{name}": each for name, each in lines.items()})


async def answered(seat: SeatPort, deadline_s: float = PATIENCE_S) -> Answered:
    reply = await seat.ask(ask(), deadline_s)
    assert isinstance(reply, Answered)
    return reply


async def failed(seat: SeatPort, deadline_s: float = PATIENCE_S) -> Failed:
    reply = await seat.ask(ask(), deadline_s)
    assert isinstance(reply, Failed)
    return reply


@pytest.mark.parametrize(
    "kind",
    [
        "authentication",
        "unknown_model",
        "refused_content",
        "context_too_long",
        "bad_request",
        "rate_limited",
    ],
)
async def test_what_no_retry_mends_is_left_to_the_fallback_at_once(kind: FailureKind) -> None:
    said = models(a=[lasting(kind)], b=[BALLOT])
    stage = Stage(said)
    reply = await answered(stage.seat("openai/a", "openai/b"))
    assert (reply.text, reply.served_by) == (BALLOT, "openai/b")
    assert outcomes(reply) == [("openai/a", kind), ("openai/b", "answered")]
    assert stage.pauses.made_s == []
    assert reply.usage == UNCHARGED + SPENT


async def test_what_stays_broken_is_left_to_the_fallback_after_three_tries() -> None:
    said = models(a=[DOWN], b=[DOWN], c=[BALLOT])
    reply = await answered(Stage(said).seat("openai/a", "openai/b", "openai/c"))
    assert reply.served_by == "openai/c"
    assert said.models == ["openai/a"] * 3 + ["openai/b"] * 3 + ["openai/c"]
    assert [outcome for _, outcome in outcomes(reply)] == ["server"] * 6 + ["answered"]


async def test_a_model_that_answers_leaves_its_fallback_alone() -> None:
    said = models(a=[BALLOT], b=[BALLOT])
    reply = await answered(Stage(said).seat("openai/a", "openai/b"))
    assert (reply.served_by, said.models) == ("openai/a", ["openai/a"])


async def test_a_fallback_is_asked_afresh_and_not_told_of_the_faults_of_another() -> None:
    said = models(a=[CHATTER], b=[BALLOT])
    reply = await answered(Stage(said).seat("openai/a", "openai/b"))
    assert (reply.text, reply.served_by, reply.repairs) == (BALLOT, "openai/b", 0)
    assert said.models == ["openai/a", "openai/a", "openai/b"]
    first, repair, afresh = said.prompts
    assert len(repair.messages) == 4
    assert afresh == first
    assert [o for _, o in outcomes(reply)] == ["malformed", "malformed", "answered"]


@pytest.mark.parametrize("last", [CHATTER + " Indeed.", DOWN, NO_KEY])
async def test_where_nobody_can_be_read_the_first_words_are_kept(last: str | ModelFault) -> None:
    said = models(a=[CHATTER], b=[last])
    reply = await answered(Stage(said).seat("openai/a", "openai/b"))
    assert (reply.text, reply.served_by, reply.repairs) == (CHATTER, "openai/a", 1)
    assert {model for model, _ in outcomes(reply)} == {"openai/a", "openai/b"}
    assert reply.usage == sum((a.usage for a in reply.attempts), NO_USAGE)


async def test_where_all_have_failed_each_is_named_with_its_last_cause() -> None:
    said = models(a=[lasting("authentication")], b=[DOWN, lasting("context_too_long")])
    reply = await failed(Stage(said).seat("openai/a", "openai/b"))
    assert (reply.failure, reply.retryable) == ("context_too_long", False)
    assert reply.detail == (
        "openai/a: HTTP 4xx: authentication; openai/b: HTTP 4xx: context_too_long"
    )
    assert reply.usage == UNCHARGED + UNCHARGED + UNCHARGED


async def test_a_model_that_hangs_is_given_up_in_time_for_its_fallback() -> None:
    said = models(a=[SILENCE], b=[BALLOT])
    reply = await answered(Stage(said).seat("openai/a", "openai/b"), deadline_s=0.4)
    assert reply.served_by == "openai/b"
    assert outcomes(reply) == [("openai/a", "timeout"), ("openai/b", "answered")]
    assert reply.attempts[0].detail.startswith("no answer within 0.")
    assert reply.usage == Usage() + SPENT


async def test_where_all_of_them_hang_the_whole_time_is_used_and_no_more() -> None:
    said = models(a=[SILENCE], b=[SILENCE], c=[SILENCE])
    reply = await failed(Stage(said).seat("openai/a", "openai/b", "openai/c"), deadline_s=0.4)
    assert outcomes(reply) == [(f"openai/{name}", "timeout") for name in "abc"]
    assert (reply.failure, reply.retryable, reply.usage) == ("timeout", True, Usage(calls=3))
    assert 0.4 <= reply.elapsed_s < PATIENCE_S


@dataclass
class Patient:
    """A seat that fails at once, and notes the time it was given."""

    given_s: list[float]

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        self.given_s.append(deadline_s)
        return Failed(failure="server", detail="no")


@pytest.mark.parametrize(
    ("timeout_s", "turns_s"),
    [
        (60, [540, 540, 600]),  # a whole call is kept for whoever comes next
        (1000, [300, 300, 600]),  # or half, where a whole call would not fit
    ],
)
async def test_time_is_kept_for_whoever_comes_next_and_the_last_may_use_it_all(
    timeout_s: float, turns_s: list[float]
) -> None:
    given_s: list[float] = []
    chain = Chain(
        "melchior",
        [Candidate(model=f"openai/{name}") for name in "abc"],
        lambda _: Patient(given_s),
        substitutes=Substitutes(),
        purse=Purse(),
        rota=Rota(Health(), SetClock(), timeout_s),
    )
    await chain.ask(ask(), 600)
    assert given_s == pytest.approx(turns_s, abs=1)


async def test_a_retry_is_not_begun_on_the_time_of_the_fallback() -> None:
    limited = ModelFault(
        "rate_limited", "HTTP 429: no", usage=UNCHARGED, retryable=True, retry_after_s=6
    )
    said = models(a=[limited], b=[BALLOT])
    reply = await answered(Stage(said).seat("openai/a", "openai/b"), deadline_s=10)
    assert outcomes(reply) == [("openai/a", "rate_limited"), ("openai/b", "answered")]


async def test_a_scripted_candidate_takes_its_turn_like_any_other() -> None:
    case = case_of({"melchior": ("openai/a", "scripted/demo")})
    seat = Stage(models(a=[DOWN])).seats(case)["melchior"]
    reply = await failed(seat)  # the script has no line for this question
    assert outcomes(reply)[3:] == [("scripted/demo", "exhausted")]
    assert (reply.failure, reply.usage.calls) == ("exhausted", 3)
    assert reply.detail.startswith("openai/a: HTTP 500: no; scripted/demo: the script 'demo'")


async def test_a_script_that_does_not_exist_is_refused_before_anybody_is_asked() -> None:
    for case in (
        case_of({"melchior": ("openai/a", "scripted/nowhere")}),
        case_of({"melchior": ("openai/a",)}, substitutes=["scripted/nowhere"]),
    ):
        with pytest.raises(CallerError, match="nowhere"):
            Stage(models(a=[BALLOT])).seats(case)


class Flaky(ScriptedCompletions):
    """Every model is down until it is mended."""

    def __init__(self) -> None:
        super().__init__([BALLOT])
        self.down: set[str] = set()

    async def complete(self, call: Call) -> Completion:
        completion = await super().complete(call)
        if call.candidate.model in self.down:
            raise lasting("context_too_long")
        return completion


async def test_a_substitute_stands_in_for_a_seat_all_of_whose_own_have_failed() -> None:
    said = models(a=[NO_KEY], b=[lasting("bad_request")], s=[BALLOT])
    reply = await answered(Stage(said).seat("openai/a", "openai/b", substitutes=["openai/s"]))
    assert reply.served_by == "openai/s"
    assert [model for model, _ in outcomes(reply)] == ["openai/a", "openai/b", "openai/s"]


async def test_a_substitute_stands_in_for_one_seat_and_stays_with_it() -> None:
    said = Flaky()
    said.down = {"openai/a", "openai/b"}
    case = case_of({"melchior": ("openai/a",), "casper": ("openai/b",)}, substitutes=["openai/s"])
    seats = Stage(said).seats(case)
    assert (await answered(seats["casper"])).served_by == "openai/s"
    await failed(seats["melchior"])
    said.down = {"openai/a"}
    reply = await answered(seats["casper"])
    assert outcomes(reply) == [("openai/s", "answered")]
    await failed(seats["melchior"])


async def test_a_substitute_that_fails_gives_way_to_the_next_and_is_free_for_others() -> None:
    said = Flaky()
    said.down = {"openai/a", "openai/b", "openai/s"}
    case = case_of(
        {"melchior": ("openai/a",), "casper": ("openai/b",)},
        substitutes=["openai/s", "openai/t"],
    )
    seats = Stage(said).seats(case)
    assert (await answered(seats["melchior"])).served_by == "openai/t"
    said.down.remove("openai/s")
    assert (await answered(seats["casper"])).served_by == "openai/s"


async def test_a_substitute_that_fails_later_leaves_the_seat_to_its_own_again() -> None:
    said = Flaky()
    said.down = {"openai/a"}
    seat = Stage(said).seat("openai/a", substitutes=["openai/s"])
    await answered(seat)
    said.down = {"openai/s"}
    reply = await answered(seat)
    assert outcomes(reply) == [("openai/s", "context_too_long"), ("openai/a", "answered")]


async def test_seats_that_fail_together_get_a_substitute_each_as_far_as_there_are_any() -> None:
    said = Flaky()
    said.down = {"openai/a"}
    names = ("melchior", "balthasar", "casper")
    case = case_of(dict.fromkeys(names, ("openai/a",)), substitutes=["openai/s", "openai/s"])
    seats = Stage(said).seats(case)
    served: list[str] = []

    async def put(name: str) -> None:
        reply = await seats[name].ask(ask(seat=name), PATIENCE_S)
        served.append(reply.served_by if isinstance(reply, Answered) else reply.kind)

    async with anyio.create_task_group() as tasks:
        for name in names:
            tasks.start_soon(put, name)
    assert sorted(served) == ["failed", "openai/s", "openai/s"]


async def test_one_case_has_nothing_of_the_substitutes_of_another() -> None:
    said = Flaky()
    said.down = {"openai/a"}
    stage = Stage(said)
    for _ in range(2):
        reply = await answered(stage.seat("openai/a", substitutes=["openai/s"]))
        assert reply.served_by == "openai/s"


async def test_a_substitute_is_free_again_when_its_call_is_called_off() -> None:
    said = models(a=[NO_KEY], b=[NO_KEY], s=[SILENCE, BALLOT])
    case = case_of({"melchior": ("openai/a",), "casper": ("openai/b",)}, substitutes=["openai/s"])
    seats = Stage(said).seats(case)
    with anyio.move_on_after(0.05):
        await seats["melchior"].ask(ask(), PATIENCE_S)
    assert (await answered(seats["casper"])).served_by == "openai/s"


async def test_an_arbiter_has_fallbacks_and_no_substitutes() -> None:
    said = models(a=[BALLOT], judge=[NO_KEY], b=[NO_KEY], s=[BALLOT])
    arbiter = Seat(name="arbiter", model="openai/judge")
    case = case_of({"melchior": ("openai/a",)}, substitutes=["openai/s"], arbiter=arbiter)
    await failed(Stage(said).seats(case)["arbiter"])
    assert said.models == ["openai/judge"]
