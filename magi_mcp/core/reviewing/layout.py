"""Core: how seats read a change: each line behind its number in the new file, and its mark.

Who quotes by number quotes the right line, and a number that was copied with a line is known.
"""

import re
from collections.abc import Iterable, Iterator

from magi_mcp.core.normal_form import one_line
from magi_mcp.core.reviewing.change import ChangedFile, Hunk

GUTTER = re.compile(r"^\s*\d*\s*\|[-+ ]? ?")
"""What stands before a line, as a reader may copy it with the line."""

_WIDTH = 5


def shown(files: Iterable[ChangedFile]) -> str:
    """Some files of a change as text."""
    return "\n\n".join(file_shown(file) for file in files)


def file_shown(file: ChangedFile) -> str:
    """One file: what became of it, and its hunks."""
    return "\n".join((*_heading(file), *(hunk_shown(hunk) for hunk in file.hunks)))


def hunk_shown(hunk: Hunk) -> str:
    """One hunk, with the code around it."""
    first = hunk.new_start - len(hunk.before)
    after = hunk.new_lines.stop
    lines = [
        f"@@ {hunk.section}".rstrip(),
        *(_line(n, " ", text) for n, text in enumerate(hunk.before, first)),
        *(_line(line.new, line.mark, line.text) for line in hunk.lines),
        *(_line(n, " ", text) for n, text in enumerate(hunk.after, after)),
    ]
    return "\n".join(lines)


def _heading(file: ChangedFile) -> Iterator[str]:
    origin = f" from {one_line(file.old_path)}" if file.old_path else ""
    yield f"File: {one_line(file.path)} ({file.change}{origin})"
    yield from (f"({note})" for note in file.notes)


def _line(number: int | None, mark: str, text: str) -> str:
    shown_number = "" if number is None else str(number)
    return f"{shown_number:>{_WIDTH}} |{mark} {text}".rstrip()
