"""Faults over the wire, and what a seat with or without a fallback makes of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import anyio
import pytest

from magi_mcp.core.budget import Purse
from magi_mcp.core.replies import Answered, AttemptOutcome, Failed, Reply
from magi_mcp.ports import SeatPort
from magi_mcp.seats.litellm import LitellmCompletions
from tests.provider import (
    DropMidBody,
    Empty,
    ErrorBody,
    Hang,
    HttpDateIn,
    MisbehavingProvider,
    Replies,
    Say,
    Status,
)
from tests.seats.asks import BALLOT, ask
from tests.seats.offices import Pauses, SetClock, case_of, outcomes
from tests.wire.conftest import PATIENCE_S, SeatOn, office_of

PREFIXES = ("openai", "openrouter", "hosted_vllm")
FINE = Say(BALLOT)
CHATTER = Say("Well, that rather depends.")


@dataclass(frozen=True)
class Case:
    """What the model does, and what its attempts come to; the last tells whether it recovers."""

    does: Replies
    tries: Sequence[AttemptOutcome]

    @property
    def recovers(self) -> bool:
        return self.tries[-1] == "answered"


CASES = {
    "429 with seconds, then fine": Case(
        (Status.rate_limited(retry_after=1), FINE), ("rate_limited", "answered")
    ),
    "429 with a date, then fine": Case(
        (Status.rate_limited(retry_after=HttpDateIn(1)), FINE), ("rate_limited", "answered")
    ),
    "429 without a time, then fine": Case(
        (Status.rate_limited(), FINE), ("rate_limited", "answered")
    ),
    "429 for an hour": Case(Status.rate_limited(retry_after=3600), ("rate_limited",)),
    "quota spent": Case(Status.quota_spent(), ("rate_limited",)),
    "500 twice, then fine": Case(
        (Status.server_error(), Status.server_error(), FINE), ("server", "server", "answered")
    ),
    "503 for good": Case(Status.overloaded(), ("server",) * 3),
    "401": Case(Status.unauthorized(), ("authentication",)),
    "withdrawn": Case(Status.model_withdrawn(), ("unknown_model",)),
    "context too long": Case(Status.context_too_long(), ("context_too_long",)),
    "content refused": Case(Status.content_refused(), ("refused_content",)),
    "malformed once": Case((CHATTER, FINE), ("malformed", "answered")),
    "malformed twice": Case(CHATTER, ("malformed", "malformed")),
    "empty": Case(Empty(), ("malformed", "malformed")),
    "null": Case(Empty(content=None), ("malformed", "malformed")),
    "200 with an error body": Case(ErrorBody(), ("server",) * 3),
    "dropped in mid-body": Case(DropMidBody(), ("connection",) * 3),
    "dropped once": Case((DropMidBody(), FINE), ("connection", "answered")),
}


def tries_of(reply: Reply, model: str) -> list[str]:
    return [outcome for who, outcome in outcomes(reply) if who == model]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", CASES)
async def test_without_a_fallback_a_model_is_tried_for_as_long_as_there_is_hope(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str, name: str
) -> None:
    case = CASES[name]
    provider.set("a", case.does)
    model = f"{prefix}/a"
    reply = await seat_on(model, tries=3).ask(ask(), PATIENCE_S)
    assert tries_of(reply, model) == list(case.tries)
    assert len(provider.requests) == len(case.tries)
    readable_or_words = case.tries[-1] in ("answered", "malformed")
    assert isinstance(reply, Answered if readable_or_words else Failed)
    if isinstance(reply, Failed):
        assert reply.failure == case.tries[-1]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", CASES)
async def test_with_a_fallback_whatever_does_not_pass_is_served_by_it(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str, name: str
) -> None:
    case = CASES[name]
    provider.set("a", case.does)
    provider.set("b", FINE)
    reply = await seat_on(f"{prefix}/a", "openai/b", tries=3).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert reply.text == BALLOT
    assert tries_of(reply, f"{prefix}/a") == list(case.tries)
    if case.recovers:
        assert reply.served_by == f"{prefix}/a"
        assert provider.requests_for("b") == ()
        return
    assert reply.served_by == "openai/b"
    assert tries_of(reply, "openai/b") == ["answered"]
    # It is asked afresh: nothing of the other's faults, and nothing of any network's.
    [request] = provider.requests_for("b")
    assert [(m.role, m.content) for m in request.messages] == [
        ("system", ask().system),
        ("user", ask().prompt),
    ]


@pytest.mark.parametrize(
    "does",
    [Status.server_error(), Status.rate_limited(), DropMidBody(), ErrorBody()],
    ids=["500", "429", "dropped", "error body"],
)
async def test_a_failed_network_is_never_told_to_the_model(
    provider: MisbehavingProvider, seat_on: SeatOn, does: Replies
) -> None:
    assert not isinstance(does, Sequence)
    assert not callable(does)
    provider.set("a", (does, does, FINE))
    reply = await seat_on("openai/a", tries=3).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert reply.repairs == 0
    first, second, third = (request.messages for request in provider.requests)
    assert first == second == third
    assert len(first) == 2


async def test_a_hanging_model_leaves_its_fallback_time_within_a_short_deadline(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    provider.set("a", Hang())
    provider.set("b", FINE)
    began = anyio.current_time()
    reply = await seat_on("openai/a", "openai/b").ask(ask(), 2.0)
    assert anyio.current_time() - began < 2.0
    assert isinstance(reply, Answered)
    assert outcomes(reply) == [("openai/a", "timeout"), ("openai/b", "answered")]
    assert reply.usage.cost_usd is None
    await provider.wait_until(
        lambda: provider.exchanges[0].outcome == "client_gone", what="the end of the hanging call"
    )


@dataclass
class Paced:
    """Pauses that are really made, and noted."""

    made: Pauses

    async def sleep(self, pause_s: float) -> None:
        await self.made.sleep(pause_s)
        await anyio.sleep(pause_s)


@pytest.mark.parametrize("retry_after", [1, HttpDateIn(1)], ids=["seconds", "date"])
async def test_a_provider_is_left_alone_for_as_long_as_it_asks(
    provider: MisbehavingProvider, completions: LitellmCompletions, retry_after: int | HttpDateIn
) -> None:
    provider.set("a", (Status.rate_limited(retry_after=retry_after), FINE))
    pauses = Paced(Pauses())
    office = office_of(completions, sleep=pauses.sleep)
    seat = office.seats(case_of({"melchior": ("openai/a",)}), Purse())["melchior"]
    reply = await seat.ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    [pause_s] = pauses.made.made_s
    first, second = provider.requests
    assert 0 < pause_s <= 2.1
    assert second.received_at_s - first.received_at_s >= pause_s
    assert reply.attempts[1].waited_s >= pause_s - 0.01
    if retry_after == 1:
        assert pause_s >= 1


async def test_a_model_paused_after_failures_is_skipped_for_its_fallback_and_tried_again(
    provider: MisbehavingProvider, completions: LitellmCompletions
) -> None:
    provider.set("a", (*[Status.server_error()] * 3, FINE))
    provider.set("b", FINE)
    clock = SetClock()
    office = office_of(completions, clock=clock)

    def seat() -> SeatPort:
        """That of another deliberation each time."""
        return office.seats(case_of({"melchior": ("openai/a", "openai/b")}), Purse())["melchior"]

    reply = await seat().ask(ask(), PATIENCE_S)
    assert tries_of(reply, "openai/a") == ["server"] * 3
    reply = await seat().ask(ask(), PATIENCE_S)
    assert outcomes(reply) == [("openai/a", "skipped"), ("openai/b", "answered")]
    assert len(provider.requests_for("a")) == 3
    clock.at += 31
    assert outcomes(await seat().ask(ask(), PATIENCE_S)) == [("openai/a", "answered")]
    condition = office.health.condition("openai/a", clock.at)
    assert condition is not None
    assert condition.state == "closed"
