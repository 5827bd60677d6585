"""Core: cursors, by which a reader asks for what follows. Opaque to whoever holds one.

A cursor says where to go on and what it belongs to. It opens nothing that its holder could
not read anyway; the check in it only tells one that was given from one that was made up.
"""

import base64
import binascii
import json
from collections.abc import Sequence

from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.seeding import digest

_CHECK_CHARS = 8
_LARGEST = 2**63 - 1
"""What a store can compare a number with."""

Value = str | int | float | None


def cursor_of(purpose: str, *values: Value) -> str:
    """A cursor of a purpose; :func:`cursor_values` gives the values back."""
    body = json.dumps(values, separators=(",", ":"))
    packed = f"{_check(purpose, body)}{body}".encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def cursor_values(purpose: str, cursor: str, kinds: Sequence[type]) -> list[Value]:
    """The values a cursor of that purpose was made of, one of each of these kinds.

    Raises ``CallerError`` for any other: whoever knows this program can make up its check.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        packed = base64.b64decode(padded.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise _made_up(cursor) from None
    check, body = packed[:_CHECK_CHARS], packed[_CHECK_CHARS:]
    if check != _check(purpose, body):
        raise _made_up(cursor)
    try:
        values: list[Value] | Value = json.loads(body)
    except (ValueError, RecursionError):
        raise _made_up(cursor) from None
    if not isinstance(values, list) or [type(each) for each in values] != [*kinds]:
        raise _made_up(cursor)
    if any(isinstance(each, int) and abs(each) > _LARGEST for each in values):
        raise _made_up(cursor)
    return values


def outdated() -> CallerError:
    """The error for a cursor into what has changed since it was given."""
    return CallerError(
        "cursor", "what it goes on with has changed since; leave it out to begin anew."
    )


def _made_up(cursor: str) -> CallerError:
    return CallerError(
        "cursor",
        f"{quoted(cursor)} was not given for this; take it from the last answer to the same "
        "request as it stands there, or leave it out to begin anew.",
    )


def _check(purpose: str, body: str) -> str:
    return digest("cursor", purpose, body).removeprefix("sha256:")[:_CHECK_CHARS]
