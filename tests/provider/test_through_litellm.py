"""The faults as litellm sees them: what a seat has to live with, and one request per call."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from types import ModuleType

import pytest

from tests.provider import GALLERY, MisbehavingProvider, ReasoningOnly, RefusesSchema, Say, SlowBody

# litellm builds its pydantic models at the first call, and they warn on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore:Item .* `ReadOnly` qualifier:UserWarning")

NEVER_IN_TIME = {"hang", "slow"}
IMPATIENCE_S = 0.2

AS_LITELLM_SEES_IT = {
    "fine": "stop",
    "no-usage": "stop",
    "cut-short": "length",
    "chatter": "stop",
    "refuses-schema": "stop",
    "empty": "stop",
    "null-content": "stop",
    "reasoning-only": "stop",
    "refusal": "stop",
    "rate-limited": "RateLimitError",
    "rate-limited-until": "RateLimitError",
    "rate-limited-once": "RateLimitError",
    "quota-spent": "RateLimitError",
    "server-error": "InternalServerError",
    "fails-twice": "InternalServerError",
    "overloaded": "ServiceUnavailableError",
    "unauthorized": "AuthenticationError",
    "withdrawn": "NotFoundError",
    "context-too-long": "ContextWindowExceededError",
    "content-refused": "ContentPolicyViolationError",
    "no-response-format": "BadRequestError",
    "error-body": "APIError",
    "broken-json": "InternalServerError",
    "html": "InternalServerError",
    "hang": "Timeout",
    "drop-before": "InternalServerError",
    "reset": "InternalServerError",
    "drop-mid-body": "InternalServerError",
    "slow": "Timeout",
    "slow-body": "stop",
}


@dataclass(frozen=True)
class Reply:
    content: str | None
    reasoning: str | None
    finish_reason: str


@pytest.fixture(scope="module")
def litellm() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it fetches prices at import
        patch.setenv("LITELLM_MODE", "PRODUCTION")  # else it reads a .env file
        module = importlib.import_module("litellm")
        patch.setattr(module, "suppress_debug_info", True)
        yield module


@pytest.fixture
async def provider(litellm: ModuleType) -> AsyncIterator[MisbehavingProvider]:
    async with MisbehavingProvider(GALLERY) as provider:
        provider.set("slow-body", SlowBody("Yes.", pause_s=0.01))
        yield provider
        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()


async def complete(
    litellm: ModuleType, provider: MisbehavingProvider, model: str, **more: object
) -> Reply:
    completion = await litellm.acompletion(
        model=f"openai/{model}",
        messages=[{"role": "user", "content": "Ship on Friday?"}],
        api_base=provider.base_url,
        api_key="sk-test",
        timeout=IMPATIENCE_S if model in NEVER_IN_TIME else 10,
        num_retries=0,
        max_retries=0,
        **more,
    )
    [choice] = completion.choices
    message = choice.message
    return Reply(message.content, getattr(message, "reasoning_content", None), choice.finish_reason)


async def test_litellm_sees_every_fault_of_the_gallery_and_asks_once(
    litellm: ModuleType, provider: MisbehavingProvider
) -> None:
    any_error: type[Exception] = importlib.import_module("openai").OpenAIError

    async def outcome(model: str) -> str:
        try:
            return (await complete(litellm, provider, model)).finish_reason
        except any_error as error:
            return type(error).__name__

    seen = {model: await outcome(model) for model in GALLERY}
    assert seen == AS_LITELLM_SEES_IT
    assert [request.model for request in provider.requests] == list(GALLERY)


async def test_litellm_passes_schema_key_and_reasoning_through(
    litellm: ModuleType, provider: MisbehavingProvider
) -> None:
    schema = {"type": "object", "properties": {"position": {"type": "string"}}}
    asked = {"type": "json_schema", "json_schema": {"name": "ballot", "schema": schema}}
    provider.set("a", ReasoningOnly("Thinking aloud."))
    provider.set("b", RefusesSchema(Say("Yes.")))
    reply = await complete(litellm, provider, "a", response_format=asked)
    assert reply == Reply("", "Thinking aloud.", "stop")
    assert provider.requests[-1].json_schema == schema
    assert provider.requests[-1].api_key == "sk-test"
    with pytest.raises(litellm.BadRequestError, match="json_schema"):
        await complete(litellm, provider, "b", response_format=asked)
    assert await complete(litellm, provider, "b") == Reply("Yes.", None, "stop")
