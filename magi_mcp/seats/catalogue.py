"""Seats: providers at large, without calling a model. Values and protocols, no library."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from magi_mcp.core.case import Candidate

Listing = Literal["openai", "ollama"]
"""In whose manner an address can be asked for its models."""


@dataclass(frozen=True)
class Whereabouts:
    """Where the calls of a model go, and which variables say so.

    ``address`` may hold credentials, ``shown_address`` holds none; None is an address that
    only the library knows. ``key_env`` is the variable whose key is sent there, None where none
    is. ``lists`` is None where an address cannot be asked what it offers.
    """

    address: str | None = field(repr=False)
    shown_address: str | None
    address_env: str | None
    key_env: str | None
    lists: Listing | None


class Catalogue(Protocol):
    """What is known of providers without calling a model."""

    async def whereabouts(self, candidate: Candidate) -> Whereabouts:
        """Where the calls of a model go whose provider is known."""

    async def known_models(self, provider: str | None) -> tuple[str, ...]:
        """The model strings known of one provider, or of all."""


ListedModels = Callable[[Whereabouts], Awaitable[tuple[str, ...]]]
"""The names of the models that an address offers; none where it does not say."""
