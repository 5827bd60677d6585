"""Settings: the keys of the contract, which of them this version uses, and who may set them.

Pure. Names that are used come from the model; those whose behaviour belongs to later versions
are listed here, so that a configuration written by the contract is never refused.
"""

from typing import Literal, TypeAlias

from magi_mcp.core.frozen import Frozen
from magi_mcp.settings.model import (
    ArbiterSettings,
    CandidateSettings,
    Choices,
    LimitSettings,
    SeatSettings,
    StoreSettings,
)
from magi_mcp.settings.serving import OidcSettings, ServerSettings
from magi_mcp.toml_lines import KeyPath

Name: TypeAlias = tuple[str, ...]
"""A setting, the same for every seat: `("personas",)`, `("seats", "model")`."""

SECTIONS: dict[Name, type[Frozen]] = {
    ("seats",): SeatSettings,
    ("seats", "fallbacks"): CandidateSettings,
    ("arbiter",): ArbiterSettings,
    ("arbiter", "fallbacks"): CandidateSettings,
    ("substitutes",): CandidateSettings,
    ("limits",): LimitSettings,
    ("store",): StoreSettings,
    ("server",): ServerSettings,
    ("oidc",): OidcSettings,
}
"""The tables and the tables within them, with the keys that they may hold."""

TABLES = frozenset(["arbiter", "limits", "store", "server", "oidc"])
"""What has to be written as one table; `seats` as several."""

WHOLE = frozenset(["seats", "arbiter"])
"""What is taken as a whole from the strongest place that sets any of it: a model from one place
must not be sent to an address from another."""

USED: frozenset[Name] = frozenset((name,) for name in Choices.model_fields) | {
    (*section, name) for section, model in SECTIONS.items() for name in model.model_fields
}
LATER: frozenset[Name] = frozenset([("review",)])
KNOWN = USED | LATER

FOLDERS = ("prompts_dir", "roots")
"""What names folders, which start from that of the file that sets it."""

HARMLESS = ("personas", "protocol", "method", "language", "review")
"""What the magi.toml of an opened directory may set (contract, "Configuration")."""

REFUSED = {name[0] for name in KNOWN}.difference(HARMLESS)
"""The tables and keys of the contract that such a file may not set."""

VARIABLES: dict[str, Name] = {
    "MAGI_SEATS": ("seats",),
    "MAGI_ARBITER": ("arbiter",),
    "MAGI_PERSONAS": ("personas",),
    "MAGI_PROTOCOL": ("protocol",),
    "MAGI_LANGUAGE": ("language",),
    "MAGI_TIMEOUT_S": ("limits", "timeout_s"),
    "MAGI_DEADLINE_S": ("limits", "deadline_s"),
    "MAGI_MAX_COST_USD": ("limits", "max_cost_usd"),
    "MAGI_MAX_CONCURRENT_CALLS": ("limits", "max_concurrent_calls"),
    "MAGI_MIN_VOICES": ("limits", "min_voices"),
    "MAGI_MAX_WAIT_S": ("limits", "max_wait_s"),
    "MAGI_ALLOWED_MODELS": ("allowed_models",),
    "MAGI_ROOTS": ("roots",),
    "MAGI_STORE": ("store", "url"),
    "MAGI_SERVER_URL": ("server", "url"),
    "MAGI_SERVER_ALLOWED_HOSTS": ("server", "allowed_hosts"),
    "MAGI_SERVER_ALLOWED_ORIGINS": ("server", "allowed_origins"),
    "MAGI_SERVER_TOKENS_FILE": ("server", "tokens_file"),
    "MAGI_SERVER_MAX_BODY_BYTES": ("server", "max_body_bytes"),
    "MAGI_SERVER_REQUESTS_AT_ONCE": ("server", "requests_at_once"),
    "MAGI_SERVER_DELIBERATIONS_PER_HOUR": ("server", "deliberations_per_hour"),
    "MAGI_SERVER_GRACE_S": ("server", "grace_s"),
    "MAGI_OIDC_ISSUER": ("oidc", "issuer"),
    "MAGI_OIDC_AUDIENCE": ("oidc", "audience"),
    "MAGI_OIDC_JWKS_URL": ("oidc", "jwks_url"),
    "MAGI_LOG_LEVEL": ("log_level",),
}
CONFIG_VARIABLE = "MAGI_CONFIG"
KNOWN_VARIABLES = frozenset([*VARIABLES, CONFIG_VARIABLE])

OverrideName = Literal[
    "store.url",
    "limits.max_cost_usd",
    "limits.deadline_s",
    "server.grace_s",
    "server.allowed_hosts",
    "server.allowed_origins",
]
"""The settings that a flag of the command line overrides; others are part of a request."""

FLAGS: dict[OverrideName, str] = {
    "store.url": "--store",
    "limits.max_cost_usd": "--max-cost",
    "limits.deadline_s": "--deadline",
    "server.grace_s": "--grace",
    "server.allowed_hosts": "--allow-host",
    "server.allowed_origins": "--allow-origin",
}


def name_of(path: KeyPath) -> Name:
    """The setting at `path`: `("seats", "model")` for `("seats", 0, "model")`."""
    return tuple(part for part in path if isinstance(part, str))


def known_beside(path: KeyPath) -> list[str]:
    """The keys of use in the table in which `path` stands, sorted.

    Those of later versions are accepted, and never advised.
    """
    *table, _ = name_of(path)
    return sorted(name[-1] for name in USED if list(name[:-1]) == table)


def elsewhere(key: str) -> list[str]:
    """Where else a key of that name is of use, dotted, the outermost first."""
    names = sorted((name for name in USED if name[-1] == key), key=lambda name: (len(name), name))
    return [".".join(name) for name in names]
