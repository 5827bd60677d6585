"""Several endpoints at once: each call goes to its own address, with its own key and no other."""

from collections import Counter
from collections.abc import AsyncIterator

import anyio
import pytest

from magi_mcp.core.budget import Purse
from magi_mcp.core.case import Access, Seat
from magi_mcp.core.replies import NO_USAGE, Answered, Failed
from magi_mcp.seats.litellm import LitellmCompletions
from tests.provider import ChatRequest, MisbehavingProvider, Say, Slow, Status
from tests.seats.asks import BALLOT, ask
from tests.seats.offices import case_of, keyed
from tests.wire.conftest import PATIENCE_S, SeatOn, office_of

PREFIXES = ("openai", "openrouter", "hosted_vllm", "deepseek")
USUAL = "usual-key-0123456789"
KEYS = {
    "HOUSE_ONE": "alpha-4kZ8wQ2n",
    "HOUSE_TWO": "bravo-9pL3xV7m",
    "HOUSE_THREE": "gamma-5tR1yB6c",
}


@pytest.fixture
async def other() -> AsyncIterator[MisbehavingProvider]:
    """A second provider, under another address, where every model answers."""
    async with MisbehavingProvider(default=Say(BALLOT)) as other:
        yield other


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, provider: MisbehavingProvider) -> None:
    """Keys under names of the house, and the providers' usual ones."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    for prefix in PREFIXES:
        monkeypatch.setenv(f"{prefix.upper()}_API_KEY", USUAL)


def sent(provider: MisbehavingProvider) -> list[tuple[str, str | None]]:
    return [(request.model, request.api_key) for request in provider.requests]


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_seat_is_called_at_its_own_address_with_its_own_key(
    provider: MisbehavingProvider,
    other: MisbehavingProvider,
    keys: None,
    seat_on: SeatOn,
    prefix: str,
) -> None:
    own = keyed(f"{prefix}/a", api_base=other.base_url, api_key_env="HOUSE_ONE")
    assert isinstance(await seat_on(own).ask(ask(), PATIENCE_S), Answered)
    assert sent(other) == [("a", KEYS["HOUSE_ONE"])]
    assert provider.requests == ()


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_an_address_of_ones_own_is_never_sent_a_key_that_was_not_meant_for_it(
    other: MisbehavingProvider, keys: None, seat_on: SeatOn, prefix: str
) -> None:
    own = keyed(f"{prefix}/a", api_base=other.base_url)
    assert isinstance(await seat_on(own).ask(ask(), PATIENCE_S), Answered)
    [request] = other.requests
    assert USUAL not in str(dict(request.headers)) + request.raw_body.decode()


async def test_a_key_alone_goes_to_the_providers_usual_address(
    provider: MisbehavingProvider, keys: None, seat_on: SeatOn
) -> None:
    provider.set("a", Say(BALLOT))
    reply = await seat_on(keyed("openai/a", api_key_env="HOUSE_TWO")).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert sent(provider) == [("a", KEYS["HOUSE_TWO"])]


@pytest.mark.parametrize("value", [None, ""])
async def test_a_key_that_is_not_set_is_named_and_nothing_is_sent(
    other: MisbehavingProvider,
    seat_on: SeatOn,
    monkeypatch: pytest.MonkeyPatch,
    value: str | None,
) -> None:
    if value is not None:
        monkeypatch.setenv("HOUSE_NINE", value)
    own = keyed("openai/a", api_base=other.base_url, api_key_env="HOUSE_NINE")
    reply = await seat_on(own).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.usage) == ("authentication", NO_USAGE)
    assert reply.detail == "openai/a: no key: set HOUSE_NINE in the environment"
    assert other.requests == ()


async def test_a_key_is_read_anew_for_each_call(
    other: MisbehavingProvider, keys: None, seat_on: SeatOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = seat_on(keyed("openai/a", api_base=other.base_url, api_key_env="HOUSE_ONE"))
    await seat.ask(ask(), PATIENCE_S)
    monkeypatch.setenv("HOUSE_ONE", "delta-renewed")
    await seat.ask(ask(), PATIENCE_S)
    assert [key for _, key in sent(other)] == [KEYS["HOUSE_ONE"], "delta-renewed"]


async def test_a_fallback_is_called_with_its_own_access_and_not_with_the_seats(
    provider: MisbehavingProvider, other: MisbehavingProvider, keys: None, seat_on: SeatOn
) -> None:
    provider.set("b", Say(BALLOT))
    other.set("a", Status.unauthorized())
    own = keyed("openai/a", api_base=other.base_url, api_key_env="HOUSE_ONE")
    reply = await seat_on(own, keyed("openai/b", api_key_env="HOUSE_TWO")).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert sent(other) == [("a", KEYS["HOUSE_ONE"])]
    assert sent(provider) == [("b", KEYS["HOUSE_TWO"])]


async def test_in_twenty_deliberations_at_once_no_key_crosses_to_another_address_or_seat(
    provider: MisbehavingProvider,
    other: MisbehavingProvider,
    keys: None,
    completions: LitellmCompletions,
) -> None:
    def slow(_request: ChatRequest) -> Slow:
        return Slow(0.05, Say(BALLOT))

    provider.set("c", slow)
    other.set("a", slow)
    other.set("b", slow)
    office = office_of(completions)
    accesses = {
        "melchior": ("openai/a", Access(api_base=other.base_url, api_key_env="HOUSE_ONE")),
        "balthasar": ("openrouter/b", Access(api_base=other.base_url, api_key_env="HOUSE_TWO")),
        "casper": ("openai/c", Access(api_key_env="HOUSE_THREE")),
        "usual": ("openai/c", Access()),
    }
    case = case_of({"melchior": ("openai/a",)}).model_copy(
        update={
            "seats": tuple(
                Seat(name=name, model=model, access=access)
                for name, (model, access) in accesses.items()
            )
        }
    )

    async def put(number: int, name: str) -> None:
        here = case.model_copy(update={"dossier_id": str(number)})
        seat = office.seats(here, Purse())[name]
        assert isinstance(await seat.ask(ask(seat=name), PATIENCE_S), Answered)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            for name in accesses:
                tasks.start_soon(put, number, name)
    assert Counter(sent(other)) == {("a", KEYS["HOUSE_ONE"]): 20, ("b", KEYS["HOUSE_TWO"]): 20}
    assert Counter(sent(provider)) == {("c", KEYS["HOUSE_THREE"]): 20, ("c", USUAL): 20}
    for request in (*provider.requests, *other.requests):
        everything = str(dict(request.headers)) + request.raw_body.decode()
        strangers = {USUAL, *KEYS.values()} - {request.api_key}
        assert not [key for key in strangers if key in everything]


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_temperature_bounds_and_extra_parameters_reach_the_provider(
    other: MisbehavingProvider, seat_on: SeatOn, prefix: str
) -> None:
    own = keyed(
        f"{prefix}/a",
        api_base=other.base_url,
        temperature=0.25,
        max_tokens=321,
        extra_body={"top_k": 7, "provider": {"order": ["x"]}},
    )
    assert isinstance(await seat_on(own).ask(ask(), PATIENCE_S), Answered)
    body = other.requests[0].body()
    assert body["temperature"] == 0.25
    assert body["max_tokens"] == 321
    assert (body["top_k"], body["provider"]) == (7, {"order": ["x"]})


async def test_what_nobody_has_configured_is_not_sent(
    other: MisbehavingProvider, seat_on: SeatOn
) -> None:
    await seat_on(keyed("openai/a", api_base=other.base_url)).ask(ask(), PATIENCE_S)
    assert not {"temperature", "max_tokens", "max_completion_tokens"} & set(
        other.requests[0].body()
    )


async def test_the_value_of_a_seats_key_is_told_nowhere_whatever_its_variable_is_called(
    other: MisbehavingProvider, keys: None, seat_on: SeatOn
) -> None:
    other.set("a", lambda request: Status.unauthorized(f"Bad key {request.api_key}."))
    own = keyed("openai/a", api_base=other.base_url, api_key_env="HOUSE_ONE")
    reply = await seat_on(own).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    assert reply.detail == "openai/a: HTTP 401: Bad key ***."
    assert KEYS["HOUSE_ONE"][:8] not in reply.model_dump_json()


async def test_prices_and_bounds_are_those_of_the_list_or_unknown(
    completions: LitellmCompletions,
) -> None:
    listed = await completions.facts("openai/gpt-4o-mini")
    assert (listed.provider, listed.free) == ("openai", False)
    assert (listed.usd_per_token_in, listed.usd_per_token_out) == (1.5e-07, 6e-07)
    assert listed.max_tokens_out == 16384
    unlisted = await completions.facts("openai/house-model")
    assert (unlisted.usd_per_token_in, unlisted.usd_per_token_out) == (None, None)
    assert unlisted.max_tokens_out is None
    thinking = await completions.facts("dashscope/qwen-turbo")
    # Thoughts are dearer than words there.
    assert thinking.usd_per_token_out == 5e-07


async def test_what_a_call_can_cost_is_known_before_it_is_made(
    completions: LitellmCompletions,
) -> None:
    office = office_of(completions)
    case = case_of(
        {
            "melchior": ("openai/gpt-4o-mini", "openai/gpt-4o"),
            "balthasar": ("openai/house-model",),
            "casper": ("nowhere/x",),
        }
    )
    tariffs = await office.tariffs(case)
    worst = tariffs["melchior"].worst_case(1000)
    assert worst.tokens == 1000 + 8192
    assert worst.cost_usd == pytest.approx(1000 * 2.5e-06 + 8192 * 1e-05)
    assert [tariffs[name].priced for name in ("balthasar", "casper")] == [False, False]
