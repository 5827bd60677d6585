"""Seats: from what litellm returns to what a seat takes. Reads it by its attributes alone."""

from typing import Any

from magi_mcp.core.replies import Usage
from magi_mcp.seats.completions import Completion, ModelFault
from magi_mcp.seats.secrecy import Redactor


def completion_of(
    response: Any,  # noqa: ANN401  (of a class that only litellm knows)
    *,
    model: str,
    free: bool,
    redact: Redactor,
) -> Completion:
    """The completion in a response of litellm's.

    ``free`` says that the model's list price is zero. Raises ``ModelFault`` where the model
    declined, and where the response holds no choice.
    """
    usage = _usage(response, free=free)
    if not response.choices:
        detail = "the reply has no choice in it"
        raise ModelFault("server", detail, usage=usage, retryable=True)
    choice = response.choices[0]
    content = _words(choice.message, "content")
    refusal = (getattr(choice.message, "provider_specific_fields", None) or {}).get("refusal")
    if not content and (refusal or choice.finish_reason == "content_filter"):
        words = refusal or "the provider's filter took the reply away"
        raise ModelFault("refused_content", redact(f"refused: {words}"), usage=usage)
    # Reasoning models may leave their answer where their thoughts belong.
    text = content or _words(choice.message, "reasoning_content")
    return Completion(
        text=text.encode("utf-8", "replace").decode(),
        served_by=model,
        usage=usage,
        cut_short=choice.finish_reason == "length",
    )


def _words(message: Any, name: str) -> str:  # noqa: ANN401
    words = getattr(message, name, None)
    return words if isinstance(words, str) and words.strip() else ""


def _usage(response: Any, *, free: bool) -> Usage:  # noqa: ANN401
    counted = getattr(response, "usage", None)
    tokens_in = _count(getattr(counted, "prompt_tokens", None))
    tokens_out = _count(getattr(counted, "completion_tokens", None))
    if not tokens_in:
        # litellm fills a missing count with zeros, and no prompt has none.
        return Usage(cost_usd=0.0 if free else None)
    price = response._hidden_params.get("response_cost")  # noqa: SLF001  (as its manual says)
    # Zero is also what it makes of a price that is not listed.
    priced = isinstance(price, float) and price > 0
    cost_usd = price if priced else 0.0 if free else None
    return Usage(tokens_in=tokens_in, tokens_out=tokens_out, cost_usd=cost_usd)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
