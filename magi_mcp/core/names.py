"""Core: names taken out of what peers read, and put back into what people read.

Source: semantics R12. Peers read each other under pseudonyms; in what they write those are
replaced by the seats' names, by the map of the round the author read.
"""

import re
from collections.abc import Mapping

from magi_mcp.core.signatures import identities, unsigned
from magi_mcp.core.words import seat_title

__all__ = ["identities", "renamed", "restored", "unsigned"]


def restored(text: str, names: Mapping[str, str]) -> str:
    """``text`` with pseudonyms replaced by seats: ``names`` maps each seat to its pseudonym."""
    return _replaced(text, {pseudonym: seat_title(seat) for seat, pseudonym in names.items()})


def renamed(text: str, earlier: Mapping[str, str], now: Mapping[str, str]) -> str:
    """``text`` with the pseudonyms of one round replaced by those of another."""
    return _replaced(
        text, {name: now.get(seat, "another member") for seat, name in earlier.items()}
    )


def _replaced(text: str, words: Mapping[str, str]) -> str:
    if not words:
        return text
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)"
    return re.sub(pattern, lambda found: words[found[0]], text)
