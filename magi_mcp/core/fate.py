"""Core: how a ruling fared, as words: what somebody told of what really happened."""

from collections.abc import Iterator
from datetime import UTC, datetime

from magi_mcp.core.markup import escaped, inline
from magi_mcp.core.verdict import Actual
from magi_mcp.core.words import sentence


def what_happened(actual: Actual | None) -> Iterator[str]:
    """The section of the report; nothing where nobody has told."""
    if actual is None:
        return
    yield "## What really happened"
    yield ""
    told = datetime.fromtimestamp(actual.at, UTC)
    yield f"**{inline(how_it_fared(actual))}** Recorded {told:%Y-%m-%d %H:%M} UTC."
    if actual.note:
        yield ""
        yield escaped(actual.note)


def how_it_fared(actual: Actual) -> str:
    """What proved right, and whether the ruling did, as one sentence or two."""
    match actual.correct:
        case None:
            words = "The council had not ruled."
        case correct:
            words = f"The council was {'right' if correct else 'wrong'}."
    if actual.answer in ("correct", "wrong"):
        return words
    return f"It was: {sentence(actual.answer)} {words}"
