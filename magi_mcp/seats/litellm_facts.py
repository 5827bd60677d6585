"""Seats: what litellm knows of a model before anybody calls it.

It is passed litellm and calls nobody, except that litellm asks Hugging Face about its models,
and does not return until it is answered: so this belongs into a thread.
"""

from collections.abc import Mapping
from typing import Any

from magi_mcp.core.case import Access
from magi_mcp.core.replies import NO_USAGE
from magi_mcp.seats.completions import ModelFacts, ModelFault, ReplyFormat

_OLLAMA = ("ollama", "ollama_chat")
_NONE = "none"
"""The key that is sent where there is none: clients insist on one."""


def facts_of(litellm: Any, model: str) -> ModelFacts:  # noqa: ANN401  (known to itself alone)
    """Raises ``ModelFault`` where the model string names no provider that litellm knows."""
    try:
        _, provider, _, _ = litellm.get_llm_provider(model)
    except litellm.BadRequestError:
        raise ModelFault(
            "unknown_model",
            "no provider of that name is known; write provider/model, such as "
            "openai/gpt-4o-mini or openrouter/deepseek/deepseek-v3.2",
            usage=NO_USAGE,
        ) from None
    if provider in _OLLAMA:
        _spare_asking_ollama(litellm, model, provider)
    try:
        known = litellm.get_model_info(model)
    except Exception:  # noqa: BLE001  (it raises bare exceptions for models it has not heard of)
        return ModelFacts(provider, strongest_format="schema", free=False)
    # What it says of a price defaults to 0; its own list tells zero and unlisted apart.
    listed = litellm.model_cost.get(known.get("key"), {})
    into, out = _price(listed, "input"), _price(listed, "output")
    return ModelFacts(
        provider,
        _strongest_format(litellm, model, known),
        free=(into, out) == (0, 0),
        usd_per_token_in=into,
        usd_per_token_out=out,
        max_tokens_out=_tokens(listed.get("max_output_tokens")),
        max_tokens_in=_tokens(listed.get("max_input_tokens")),
    )


def _spare_asking_ollama(litellm: Any, model: str, provider: str) -> None:  # noqa: ANN401
    """Keep litellm from asking Ollama about a model, which it does here and before every call.

    It waits for the answer in a thread that nobody can cancel, for as long as Ollama likes, so
    that no deadline could be kept; and what it would be told is of no use here. It asks about
    models alone that its list does not have.
    """
    name = model.partition("/")[2] or model
    if not any(known in litellm.model_cost for known in (name, f"ollama/{name}", model)):
        litellm.model_cost[model] = {"litellm_provider": provider}


def _price(listed: Mapping[str, object], way: str) -> float | None:
    """US dollars for a token; thoughts, which may be dearer than words, come out as well."""
    price = listed.get(f"{way}_cost_per_token")
    if not isinstance(price, int | float):
        return None
    thought = listed.get(f"{way}_cost_per_reasoning_token")
    return float(max(price, thought if isinstance(thought, int | float) else 0))


def _tokens(limit: object) -> int | None:
    return limit if isinstance(limit, int) and limit > 0 else None


def _strongest_format(litellm: Any, model: str, known: Mapping[str, object]) -> ReplyFormat:  # noqa: ANN401
    """What a model takes as far as the list says: True, False, or nothing of a schema.

    Where it says nothing, a schema is asked for, and a refusal is remembered. Where litellm
    has the parameters of a provider and no response format among them, it would drop it.
    """
    takes_schema = known.get("supports_response_schema")
    if takes_schema:
        return "schema"
    parameters = litellm.get_supported_openai_params(model)
    if parameters and "response_format" not in parameters:
        return "text"
    return "schema" if takes_schema is None else "json"


def access_to(
    litellm: Any,  # noqa: ANN401
    model: str,
    access: Access,
    provider: str,
    environ: Mapping[str, str],
) -> dict[str, str]:
    """What a call has to be given beside what litellm finds in the environment by itself.

    A key goes where it was meant to go: an address of the seat's own is sent the key that is
    named with it, and never the provider's usual one. Raises ``ModelFault`` where a key is
    missing that was named, or that the provider is bound to ask for.
    """
    place = {"api_base": access.api_base} if access.api_base else {}
    if access.api_key_env:
        key = environ.get(access.api_key_env)
        if not key:
            raise _no_key(access.api_key_env)
        return {**place, "api_key": key}
    if place:
        return {**place, "api_key": _NONE}
    return _usual_access(litellm, model, provider, environ)


def _usual_access(
    litellm: Any,  # noqa: ANN401
    model: str,
    provider: str,
    environ: Mapping[str, str],
) -> dict[str, str]:
    """A server of one's own may want no key; OpenAI's client wants one even then."""
    own_server = environ.get(f"{provider.upper()}_API_BASE")
    if provider == "openai":
        own_server = own_server or environ.get("OPENAI_BASE_URL")
        if own_server and not environ.get("OPENAI_API_KEY"):
            return {"api_key": _NONE}
    missing = [] if own_server else _missing_keys(litellm, model)
    if missing:
        raise _no_key(" or ".join(missing))
    return {}


def _no_key(names: str) -> ModelFault:
    detail = f"no key: set {names} in the environment"
    return ModelFault("authentication", detail, usage=NO_USAGE)


def _missing_keys(litellm: Any, model: str) -> list[str]:  # noqa: ANN401
    """The variables one of which would have to hold the key; none where that is not certain."""
    _, _, key, _ = litellm.get_llm_provider(model)
    names: list[str] = litellm.validate_environment(model)["missing_keys"]
    # What else it may list has other sources too: credentials in files, default addresses.
    return [] if key or not all(name.endswith("_API_KEY") for name in names) else names
