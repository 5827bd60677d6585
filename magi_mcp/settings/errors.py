"""Settings: how a mistake in the configuration is told, and what of it may be shown.

Pure. Every mistake has one form, `place: key: problem`, where the place is a file and its
line, an environment variable or a flag:

    magi.toml:12: limits.timeout_s: 'fast' is not a number of seconds greater than 0
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from magi_mcp.core.errors import CallerError
from magi_mcp.toml_lines import KeyPath

Place: TypeAlias = Callable[[KeyPath], str]
"""Tells where the setting at a path stands: a file and its line, a variable or a flag."""

MAX_SHOWN_CHARS = 60

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
_SECRET = re.compile(r"key|(?<!max_)token|secret|password", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://).*@", re.DOTALL)


class ConfigurationError(CallerError):
    """A mistake in the configuration: `place` says where it stands, `key` which setting it is.

    `key` is dotted ("limits.timeout_s"), and blank where a whole file is at fault.
    """

    def __init__(self, place: str, key: str, problem: str) -> None:
        super().__init__(f"{place}: {key}" if key else place, problem)
        self.argument = key or place
        self.place = place
        self.key = key


def dotted(path: KeyPath) -> str:
    """`("seats", 0, "model")` as "seats[0].model"; keys out of the ordinary are quoted."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_plain(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def shown(key: str, value: object) -> str:
    """`value` as a message may show it: short, on one line, and without what might be secret."""
    if _SECRET.search(key):
        return "the value (not shown)"
    match value:
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > MAX_SHOWN_CHARS:  # Python may refuse to write it out
            return "a huge number"
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
        case str():
            return repr(shortened(_CREDENTIALS.sub("***@", value)))
        case _:
            return shortened(str(value))


def shortened(text: str) -> str:
    """The beginning of a text that would be too long for a message."""
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}..."


def _plain(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else repr(shortened(key))
