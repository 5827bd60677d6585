"""Core: a change to code, as a diff tells it: files, hunks, lines.

Knows nothing of diffs as texts: reading those is an edge's work. Lines carry no line ends;
whatever of a file cannot be seen in its lines stands in its notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from magi_mcp.core.frozen import Frozen, Words

FileChange = Literal["added", "modified", "deleted", "renamed", "copied"]
Mark = Literal["+", "-", " "]


@dataclass(frozen=True)
class Line:
    """A line of a hunk: in the new file where it has a ``new`` number, in the old one likewise."""

    mark: Mark
    text: str
    old: int | None
    new: int | None


class Hunk(Frozen):
    """A stretch of changed lines. Numbers count from 1.

    ``body`` holds the lines of the diff, each behind its mark: ``+`` added, ``-`` removed, a
    space for those that are in both files. ``old_start`` and ``new_start`` are the numbers that
    the next line of either file has where the body begins. ``before`` and ``after`` are lines
    of the new file around it that the diff itself does not show.
    """

    old_start: int = Field(ge=1)
    new_start: int = Field(ge=1)
    body: tuple[Words, ...] = Field(min_length=1)
    section: Words = ""
    before: tuple[Words, ...] = ()
    after: tuple[Words, ...] = ()

    @property
    def lines(self) -> Iterator[Line]:
        """The lines of the body, with their numbers."""
        old, new = self.old_start, self.new_start
        for marked in self.body:
            text = marked[1:]
            match marked[:1]:
                case "+":
                    yield Line("+", text, None, new)
                    new += 1
                case "-":
                    yield Line("-", text, old, None)
                    old += 1
                case _:
                    yield Line(" ", text, old, new)
                    old, new = old + 1, new + 1

    @property
    def new_lines(self) -> range:
        """The numbers of its lines in the new file; empty where it only removes."""
        count = sum(marked[:1] != "-" for marked in self.body)
        return range(self.new_start, self.new_start + count)


class ChangedFile(Frozen):
    """A file of a change. ``old_path`` is there where it was another; paths use ``/``.

    ``notes`` say in words what no line shows: modes, line ends, encodings.
    """

    path: Words = Field(min_length=1)
    change: FileChange
    old_path: Words | None = None
    notes: tuple[Words, ...] = ()
    hunks: tuple[Hunk, ...] = ()

    @property
    def changed_lines(self) -> int:
        """How many lines were added or removed."""
        return sum(marked[:1] != " " for hunk in self.hunks for marked in hunk.body)


class Skipped(Frozen):
    """A file that no seat is shown, or not all of it, and why."""

    file: Words
    why: Words


class Change(Frozen):
    """A change that can be reviewed; ``scope`` says in words what it is."""

    scope: Words
    files: tuple[ChangedFile, ...] = Field(min_length=1)
    skipped: tuple[Skipped, ...] = ()
