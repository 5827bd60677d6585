"""Settings: how a model is reached, as values. Nothing secret may stand in a configuration.

Pure. What is accepted here goes into the case, and so onto the disk: an address with a password
in it, a key where the name of its variable belongs and a key among a request's extra fields are
refused, and what was found is never quoted.
"""

import math
import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, JsonValue
from pydantic_core import PydanticCustomError

from magi_mcp.settings.errors import shortened
from magi_mcp.settings.values import unfit

NAME_THE_VARIABLE = "write the NAME of the environment variable that holds the key"

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_KNOWN_KEY = re.compile(
    r"(?:sk|pk|rk|gsk|xai|csk|hf|r8|tgp|fw|pplx|nvapi|ghp|gho|github_pat|dsk)[-_]\w|AIza|AKIA|eyJ"
)
_SHORTEST_KEY_CHARS = 20
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = frozenset(
    "authorization auth bearer credential credentials passwd password secret secrets".split()
)
_SECRET_ENDS = ("key", "keys", "token", "secret", "password")
_NO_SECRET = frozenset(["prompt_cache_key"])
"""What providers call so and is none."""


def _api_base(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise unfit("an address, such as 'http://127.0.0.1:8000/v1'")
    address = value.strip()
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _unquoted("is not an address that can be read") from None
    if "@" in address:
        raise _unquoted(
            "holds a user name or a password, and would be written down with them; "
            f"leave them out and {NAME_THE_VARIABLE} as api_key_env"
        )
    if parts.query or parts.fragment:
        raise _unquoted("holds more than an address: leave out what follows '?' or '#'")
    readable = address.isprintable() and not any(map(str.isspace, address))
    if parts.scheme not in ("http", "https") or not host or not readable:
        raise unfit("an address that begins with http:// or https://")
    return address


def _variable(value: object) -> str:
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value.strip()):
        raise _unquoted(
            "the value (not shown) is not a variable's name of letters, digits and '_'; "
            f"{NAME_THE_VARIABLE}"
        )
    if looks_like_key(value.strip()):
        raise _unquoted(
            f"the value (not shown) looks like a key itself; {NAME_THE_VARIABLE}, such as "
            "'OPENAI_API_KEY'"
        )
    return value.strip()


def _extra_body(value: object) -> Mapping[str, JsonValue]:
    if not isinstance(value, dict):
        raise unfit("a table of fields for the request")
    for path, inner in _fields(value):
        name = path[-1]
        if _names_a_secret(name):
            raise _unquoted(
                f"{shortened(name)!r} names a secret, and would be written down with its value "
                f"(not shown); {NAME_THE_VARIABLE} as api_key_env"
            )
        if isinstance(inner, str) and _may_be_sent_as_key(inner):
            raise _unquoted(
                f"{shortened(name)!r} holds what looks like a key (not shown); "
                f"{NAME_THE_VARIABLE} as api_key_env"
            )
        if not _is_json(inner):
            raise _unquoted(f"{shortened(name)!r} holds what JSON cannot say")
    return value


ApiBase = Annotated[str, BeforeValidator(_api_base)]
"""The http(s) address of an endpoint, without user, password, query or fragment."""

VariableName = Annotated[str, BeforeValidator(_variable)]
"""The name of the environment variable that holds a key."""

ExtraBody = Annotated[Mapping[str, JsonValue], BeforeValidator(_extra_body)]
"""Fields that go into the request as they stand; none of them, at any depth, a secret."""


def looks_like_key(text: str) -> bool:
    """Whether a text that could name a variable is more likely a key.

    Variables are written in capitals or in words; keys begin in ways that are known, or are
    long and mix small and capital letters with digits.
    """
    if _KNOWN_KEY.match(text):
        return True
    mixed = (str.islower, str.isupper, str.isdigit)
    return len(text) >= _SHORTEST_KEY_CHARS and all(any(map(kind, text)) for kind in mixed)


def _names_a_secret(name: str) -> bool:
    """Whether a field is called like a secret: `api_key`, `X-Api-Key`, `authToken`.

    The plural `tokens` counts something (`max_tokens`), and what a word stands before is
    something else (`stop_token_ids`).
    """
    words = [word.casefold() for word in _WORD.findall(name)]
    if not words or name in _NO_SECRET:
        return False
    return words[-1].endswith(_SECRET_ENDS) or not _SECRET_WORDS.isdisjoint(words)


def _may_be_sent_as_key(text: str) -> bool:
    key = text.removeprefix("Bearer ")
    return len(key) >= _SHORTEST_KEY_CHARS and _KNOWN_KEY.match(key) is not None


def _fields(value: object, at: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    """Every named field within `value`, and every item of a list under the list's name."""
    if isinstance(value, dict):
        return [
            found
            for name, inner in value.items()
            for found in [((*at, name), inner), *_fields(inner, (*at, name))]
        ]
    if isinstance(value, list):
        return [found for inner in value for found in [(at, inner), *_fields(inner, at)]]
    return []


def _is_json(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int | bool | dict | list)


def _unquoted(problem: str) -> PydanticCustomError:
    return PydanticCustomError("unquoted", "{problem}", {"problem": problem})
