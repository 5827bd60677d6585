"""HTTP: what a caller may do, as scopes, and which of them a request needs. Pure.

A tool that only reads needs ``magi:read``, any other ``magi:deliberate``: so a new tool is
never open to more callers than was thought of. What spends or stops is not for readers.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, get_args

Scope = Literal["magi:read", "magi:deliberate", "magi:admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

READ: Scope = "magi:read"
DELIBERATE: Scope = "magi:deliberate"
ADMIN: Scope = "magi:admin"

_STEERING = frozenset({"tasks/cancel", "tasks/update"})
"""Requests beside tools that change the course of a deliberation."""


def granted(scopes: Iterable[str]) -> frozenset[Scope]:
    """The scopes that some words grant: who deliberates may read, an admin may do both."""
    words = set(scopes)
    if ADMIN in words:
        return frozenset(SCOPES)
    if DELIBERATE in words:
        return frozenset({READ, DELIBERATE})
    return frozenset({READ}) if READ in words else frozenset()


def needed(method: str, params: Mapping[str, object] | None, reading: Collection[str]) -> Scope:
    """The scope that a request needs; ``reading`` names the tools that only read."""
    if method == "tools/call":
        name = (params or {}).get("name")
        return READ if isinstance(name, str) and name in reading else DELIBERATE
    return DELIBERATE if method in _STEERING else READ
