"""Seats: what litellm knows of providers at large: their models, addresses and keys.

It is passed litellm and calls nobody. It looks up whether a variable is set and never shows
what it holds.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from magi_mcp.core.case import Access
from magi_mcp.seats.catalogue import Listing, Whereabouts

_TALKS = frozenset(("chat", "completion", "responses"))
_OLLAMA = ("ollama", "ollama_chat")
_USUAL_ADDRESSES = {
    "ollama": "http://localhost:11434",
    "ollama_chat": "http://localhost:11434",
    "openai": "https://api.openai.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
}
"""Of the providers whose address litellm does not tell."""

_KEY_NAMES = {
    "fireworks_ai": ("FIREWORKS_AI_API_KEY", "FIREWORKS_API_KEY"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "huggingface": ("HUGGINGFACE_API_KEY", "HF_TOKEN"),
    "perplexity": ("PERPLEXITY_API_KEY", "PERPLEXITYAI_API_KEY"),
    "together_ai": ("TOGETHERAI_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHER_API_KEY"),
}
"""Of the providers whose key is not, or not only, looked for under their own name."""


def known_models(litellm: Any, provider: str | None) -> tuple[str, ...]:  # noqa: ANN401  (known to itself alone)
    """The model strings of litellm's list that talk, of one provider or of all, sorted."""
    providers = {getattr(each, "value", each) for each in litellm.provider_list}
    found = set()
    for name, facts in litellm.model_cost.items():
        # "vertex_ai-anthropic_models" is reached as "vertex_ai/...".
        owner = str(facts.get("litellm_provider", "")).partition("-")[0]
        if facts.get("mode") in _TALKS and owner in providers and provider in (None, owner):
            found.add(name if name.startswith(f"{owner}/") else f"{owner}/{name}")
    return tuple(sorted(found))


def whereabouts(
    litellm: Any,  # noqa: ANN401
    model: str,
    access: Access,
    environ: Mapping[str, str],
) -> Whereabouts:
    """Where the calls of a model go and which variables say so, as litellm will find them."""
    _, provider, _, usual = litellm.get_llm_provider(model)
    address_env = None if access.api_base else _address_variable(provider, environ)
    address = (
        access.api_base
        or (environ[address_env] if address_env else None)
        or usual
        or _USUAL_ADDRESSES.get(provider)
    )
    return Whereabouts(
        address=address,
        shown_address=None if address is None else _without_credentials(address),
        address_env=address_env,
        key_env=_key_of(access, provider, environ),
        lists=_listing(litellm, provider),
    )


def _listing(litellm: Any, provider: str) -> Listing | None:  # noqa: ANN401
    if provider in _OLLAMA:
        return "ollama"
    compatible = provider in _USUAL_ADDRESSES or provider in litellm.openai_compatible_providers
    return "openai" if compatible else None


def _address_variable(provider: str, environ: Mapping[str, str]) -> str | None:
    names = [f"{provider.removesuffix('_chat').upper()}_API_BASE"]
    if provider == "openai":
        names.insert(0, "OPENAI_BASE_URL")
    return next((name for name in names if environ.get(name)), None)


def _key_of(access: Access, provider: str, environ: Mapping[str, str]) -> str | None:
    """The variable whose key is sent: to an address of the seat's own only the one it names."""
    if access.api_key_env or access.api_base:
        return access.api_key_env
    names = _KEY_NAMES.get(provider, (f"{provider.upper()}_API_KEY",))
    return next((name for name in names if environ.get(name)), names[0])


def _without_credentials(address: str) -> str:
    """Scheme, host, port and path: what stands before the host or after the path may be secret."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that is none"
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
