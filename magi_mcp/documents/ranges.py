r"""Documents: which lines of a file are meant. Pure.

    file  = path | path ":" lines
    lines = first | first "-" | first "-" last       # counted from 1, both ends included

The last colon counts, so that ``C:\notes.md:10-80`` is a path with a drive and lines.
"""

import re
from dataclasses import dataclass

from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.words import plural

_LINES = re.compile(
    r"(?P<path>.+):(?P<first>[0-9]{1,9})(?P<through>-(?P<last>[0-9]{1,9})?)?", re.DOTALL
)


@dataclass(frozen=True)
class Lines:
    """From ``first`` to ``last``, both included; with None, to the end of the file."""

    first: int
    last: int | None

    def __str__(self) -> str:
        if self.last == self.first:
            return f"line {self.first}"
        return f"lines {self.first}-{'' if self.last is None else self.last}"


def split_range(given: str) -> tuple[str, Lines | None]:
    """The path, and which of its lines; all of them without a range at its end."""
    found = _LINES.fullmatch(given)
    if found is None:
        return given, None
    first = int(found["first"])
    if found["through"] is None:
        return found["path"], Lines(first, first)
    return found["path"], Lines(first, int(found["last"]) if found["last"] else None)


def check_range(argument: str, given: str, lines: Lines, count: int) -> None:
    """Raises ``CallerError`` for lines that a file of ``count`` lines does not have."""
    last = lines.first if lines.last is None else lines.last
    if lines.first < 1:
        problem = "lines count from 1"
    elif last < lines.first:
        problem = f"line {last} stands before line {lines.first}; write the smaller number first"
    elif last > count:
        problem = f"the file has {plural(count, 'line')}"
    else:
        return
    raise CallerError(argument, f"{quoted(given)}: {problem}.")
