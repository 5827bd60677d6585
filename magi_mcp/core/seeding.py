"""Core: every choice that must be arbitrary yet repeatable is drawn here.

Draws are HMAC-SHA256 of the case's seed over the path that names the choice, so they do
not depend on the order in which they are made, on the order of seats, or on the
implementation of any random generator.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def draw(seed: str, *path: str) -> str:
    """64 hexadecimal digits, a function of ``seed`` and ``path`` alone."""
    message = "\x1f".join(path).encode()
    return hmac.new(seed.encode(), message, hashlib.sha256).hexdigest()


def shuffled(items: Iterable[T], seed: str, *path: str, key: Callable[[T], str]) -> list[T]:
    """``items`` in a drawn order; ``key`` names each item and must be unique."""
    return sorted(items, key=lambda item: draw(seed, *path, key(item)))


def digest(*parts: str) -> str:
    """The content address of some texts: ``sha256:`` and 64 hexadecimal digits."""
    whole = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        whole.update(len(encoded).to_bytes(8, "big"))
        whole.update(encoded)
    return f"sha256:{whole.hexdigest()}"
