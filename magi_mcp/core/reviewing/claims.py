"""Core: what a seat says of a change: the defects it sees, and what it holds of those of others."""

from typing import Literal, get_args

from pydantic import Field

from magi_mcp.core.frozen import Frozen, Words

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the gravest on."""

Opinion = Literal["confirm", "refute", "unsure"]
OPINIONS: tuple[Opinion, ...] = get_args(Opinion)


def graver_or_equal(severity: Severity, least: Severity) -> bool:
    """Whether a severity is ``least`` or graver."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(least)


class Claim(Frozen):
    """A defect as a seat states it. Line numbers are its own, and may be wrong.

    ``quote`` is the code it is about, as far as the seat has copied it rightly; ``suggestion``
    is what should stand in place of that code.
    """

    file: Words
    line_start: int | None
    line_end: int | None
    severity: Severity
    category: Words
    title: Words
    explanation: Words
    suggestion: Words | None = None
    quote: Words


class Place(Frozen):
    """Where in a change a quoted piece of code stands, as the program has found it.

    Lines are those of the new file, None where the file has none left. ``exact`` says that the
    quote is made of these whole lines of the new file, so that others can stand in their place.
    """

    file: Words
    line_start: int | None = Field(ge=1)
    line_end: int | None = Field(ge=1)
    exact: bool = False


class Raised(Frozen):
    """A claim with its author, the part it was made about, and where it is; None for nowhere."""

    seat: str
    part: int
    claim: Claim
    place: Place | None


class Examined(Frozen):
    """What a seat holds of a finding of others, and why."""

    seat: str
    opinion: Opinion
    reason: Words = ""
