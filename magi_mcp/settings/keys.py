"""Settings: the keys of the contract, which of them this version uses, and who may set them.

Pure. Names that are used come from the model; those whose behaviour belongs to later versions
are listed here, so that a configuration written by the contract is never refused.
"""

from typing import Literal, TypeAlias

from magi_mcp.core.frozen import Frozen
from magi_mcp.settings.model import (
    ArbiterSettings,
    Choices,
    LimitSettings,
    SeatSettings,
    StoreSettings,
)
from magi_mcp.toml_lines import KeyPath

Name: TypeAlias = tuple[str, ...]
"""A setting, the same for every seat: `("personas",)`, `("seats", "model")`."""

SECTIONS: dict[str, type[Frozen]] = {
    "seats": SeatSettings,
    "arbiter": ArbiterSettings,
    "limits": LimitSettings,
    "store": StoreSettings,
}

USED: frozenset[Name] = frozenset((name,) for name in Choices.model_fields) | {
    (section, name) for section, model in SECTIONS.items() for name in model.model_fields
}
LATER: frozenset[Name] = frozenset(
    tuple(name.split("."))
    for name in (
        "review allowed_models roots "
        "limits.max_cost_usd limits.max_concurrent_calls limits.max_wait_s "
        "seats.fallbacks seats.api_base seats.api_key_env seats.temperature seats.max_tokens "
        "seats.extra_body "
        "arbiter.fallbacks arbiter.api_base arbiter.api_key_env arbiter.temperature "
        "arbiter.max_tokens arbiter.extra_body"
    ).split()
)
KNOWN = USED | LATER

HARMLESS = ("personas", "protocol", "method", "language", "review")
"""What the magi.toml of an opened directory may set (contract, "Configuration")."""

REFUSED = {name[0] for name in KNOWN}.difference(HARMLESS)
"""The tables and keys of the contract that such a file may not set."""

VARIABLES: dict[str, Name] = {
    "MAGI_SEATS": ("seats",),
    "MAGI_ARBITER": ("arbiter", "model"),
    "MAGI_PERSONAS": ("personas",),
    "MAGI_PROTOCOL": ("protocol",),
    "MAGI_LANGUAGE": ("language",),
    "MAGI_TIMEOUT_S": ("limits", "timeout_s"),
    "MAGI_DEADLINE_S": ("limits", "deadline_s"),
    "MAGI_MIN_VOICES": ("limits", "min_voices"),
    "MAGI_STORE": ("store", "url"),
    "MAGI_LOG_LEVEL": ("log_level",),
}
CONFIG_VARIABLE = "MAGI_CONFIG"
LATER_VARIABLES = frozenset(
    "MAGI_MAX_COST_USD MAGI_MAX_CONCURRENT_CALLS MAGI_MAX_WAIT_S MAGI_ALLOWED_MODELS "
    "MAGI_ROOTS".split()
)
KNOWN_VARIABLES = LATER_VARIABLES.union(VARIABLES, [CONFIG_VARIABLE])

OverrideName = Literal["store.url"]
"""The settings that a flag of the command line overrides; others are part of a request."""

FLAGS: dict[OverrideName, str] = {"store.url": "--store"}


def name_of(path: KeyPath) -> Name:
    """The setting at `path`: `("seats", "model")` for `("seats", 0, "model")`."""
    return tuple(part for part in path if isinstance(part, str))


def known_beside(path: KeyPath) -> list[str]:
    """The keys that the contract knows in the table in which `path` stands, sorted."""
    *table, _ = name_of(path)
    return sorted(name[-1] for name in KNOWN if list(name[:-1]) == table)


def elsewhere(key: str) -> list[str]:
    """Where else the contract knows a key of that name, dotted: "limits.timeout_s"."""
    return sorted(".".join(name) for name in KNOWN if name[-1] == key)
