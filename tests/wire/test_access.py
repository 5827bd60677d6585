"""Keys and addresses: what is found in the environment, and what is said where it is not."""

import os

import pytest

from magi_mcp.core.case import Access
from magi_mcp.core.replies import NO_USAGE, Answered, Failed, Reply
from magi_mcp.ports import SeatPort
from magi_mcp.seats.completions import ModelFault
from magi_mcp.seats.litellm import LitellmLibrary
from magi_mcp.seats.litellm_facts import access_to
from tests.provider import MisbehavingProvider, Say
from tests.seats.asks import BALLOT, ask
from tests.wire.conftest import PATIENCE_S, SeatOn


async def put(seat: SeatPort) -> Reply:
    return await seat.ask(ask(), PATIENCE_S)


async def test_a_server_of_ones_own_behind_openai_api_base_needs_no_key(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    provider.set("a", Say(BALLOT))
    assert isinstance(await put(seat_on("openai/a")), Answered)
    assert provider.requests[0].api_key == "none"


async def test_openai_base_url_is_understood_as_well(
    provider: MisbehavingProvider, seat_on: SeatOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_BASE")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.base_url)
    assert isinstance(await put(seat_on("openai/fine")), Answered)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("prefix", ["OPENAI", "OPENROUTER"])
async def test_a_server_of_ones_own_is_shown_the_key_that_is_set(
    provider: MisbehavingProvider, seat_on: SeatOn, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv(f"{prefix}_API_KEY", "sk-house-0123456789")
    assert isinstance(await put(seat_on(f"{prefix.lower()}/fine")), Answered)
    assert provider.requests[0].api_key == "sk-house-0123456789"


async def test_a_blank_key_counts_as_none(
    provider: MisbehavingProvider, seat_on: SeatOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert isinstance(await put(seat_on("openai/fine")), Answered)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("openai/gpt-4o-mini", "OPENAI_API_KEY"),
        ("gpt-4o-mini", "OPENAI_API_KEY"),
        ("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
        ("gemini/gemini-2.5-flash", "GOOGLE_API_KEY or GEMINI_API_KEY"),
        ("openrouter/deepseek/deepseek-chat", "OPENROUTER_API_KEY"),
        ("groq/llama-3.3-70b-versatile", "GROQ_API_KEY"),
        ("mistral/mistral-large-latest", "MISTRAL_API_KEY"),
    ],
)
async def test_a_missing_key_is_named_before_anything_is_sent(
    seat_on: SeatOn, model: str, names: str
) -> None:
    reply = await put(seat_on(model))
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.retryable) == ("authentication", False)
    assert reply.detail == f"{model}: no key: set {names} in the environment"
    assert reply.usage == NO_USAGE


@pytest.mark.parametrize(
    ("model", "variable"),
    [("openai/gpt-4o-mini", "OPENAI_API_KEY"), ("gemini/gemini-2.5-flash", "GEMINI_API_KEY")],
)
async def test_a_key_that_is_left_blank_is_told_as_one_that_is_missing(
    seat_on: SeatOn, monkeypatch: pytest.MonkeyPatch, model: str, variable: str
) -> None:
    monkeypatch.setenv(variable, "")
    reply = await put(seat_on(model))
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.usage) == ("authentication", NO_USAGE)
    assert variable in reply.detail


@pytest.mark.parametrize(
    ("model", "provider_name", "variable"),
    [
        ("together_ai/a", "together_ai", "TOGETHER_API_KEY"),
        ("perplexity/sonar", "perplexity", "PERPLEXITY_API_KEY"),
    ],
)
async def test_a_key_under_another_name_that_litellm_knows_is_not_called_missing(
    library: LitellmLibrary,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    provider_name: str,
    variable: str,
) -> None:
    litellm = await library.module()
    with pytest.raises(ModelFault, match="no key"):
        access_to(litellm, model, Access(), provider_name, os.environ)
    monkeypatch.setenv(variable, "x" * 20)
    assert access_to(litellm, model, Access(), provider_name, os.environ) == {}


@pytest.mark.parametrize(
    ("model", "provider_name"),
    [
        ("bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0", "bedrock"),
        ("vertex_ai/gemini-2.5-flash", "vertex_ai"),
        ("ollama_chat/llama3", "ollama_chat"),
        ("hosted_vllm/a", "hosted_vllm"),
    ],
)
async def test_where_access_may_come_from_elsewhere_no_key_is_called_missing(
    library: LitellmLibrary, model: str, provider_name: str
) -> None:
    assert access_to(await library.module(), model, Access(), provider_name, os.environ) == {}


@pytest.mark.parametrize("model", ["nowhere/x", "gpt", "/x"])
async def test_a_model_string_without_a_known_provider_is_told_how_to_write_one(
    seat_on: SeatOn, model: str
) -> None:
    reply = await put(seat_on(model))
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.retryable, reply.usage) == ("unknown_model", False, NO_USAGE)
    assert reply.detail == (
        f"{model}: no provider of that name is known; write provider/model, such as "
        "openai/gpt-4o-mini or openrouter/deepseek/deepseek-v3.2"
    )
