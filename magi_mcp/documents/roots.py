"""Documents: where a path leads, and whether that lies within a folder that is open.

Looks at the file system, but opens nothing. What lies outside is refused in the same words
whether or not it is there, so that nobody learns what is.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.documents.credentials import is_credential

ARGUMENT = "files"
MAX_PATH_CHARS = 1024
"""Every part of a path is looked up by itself, so a long one costs time before it fails."""


@dataclass(frozen=True)
class Place:
    """Where a file lies: ``path`` below ``base``, both without links in them.

    The base is an open folder, or the file's own where every folder is open.
    """

    base: Path
    path: Path

    @property
    def below(self) -> PurePath:
        """The path from the base on."""
        return self.path.relative_to(self.base)

    @property
    def name(self) -> str:
        """What the council calls the file."""
        return self.below.as_posix()

    @property
    def longer_name(self) -> str:
        """The same with the base's own name before it, for files of several bases."""
        return f"{self.base.name}/{self.name}" if self.base.name else self.name


class Reach(Protocol):
    """Which files somebody may give."""

    def places(self, path: str) -> Iterator[Place]:
        """Where ``path`` may lead, whether or not something is there.

        Raises ``CallerError`` where none of that is open to whoever asks.
        """


@dataclass(frozen=True)
class OpenFolders:
    """The reach of a caller: these folders and what is below them."""

    folders: tuple[Path, ...]

    def places(self, path: str) -> Iterator[Place]:
        """Absolute paths lead to one place, others to one in each folder."""
        if not self.folders:
            raise CallerError(ARGUMENT, _NO_FOLDER)
        folders = [real(folder) for folder in self.folders]
        leading = [real(folder / path) for folder in folders]
        open_ones = [
            Place(base, target)
            for target in dict.fromkeys(leading)
            for base in folders
            if target.is_relative_to(base)
        ]
        if not open_ones:
            raise CallerError(ARGUMENT, f"{quoted(path)} {_OUTSIDE}")
        yield from open_ones


@dataclass(frozen=True)
class Anywhere:
    """The reach of a person at a terminal in the folder ``here``: whatever they can read."""

    here: Path

    def places(self, path: str) -> Iterator[Place]:
        """The one place that the path leads to, named from here where it lies below."""
        target, here = real(self.here / path), real(self.here)
        yield Place(here if target.is_relative_to(here) else target.parent, target)


def located(path: str, reach: Reach) -> Place | None:
    """The first place to which ``path`` leads and where something is; None where nothing is.

    Raises ``CallerError`` for a path that none can have, for one that is not open, and for one
    that may hold credentials: by the name that was given, and by the one it leads to.
    """
    if len(path) > MAX_PATH_CHARS:
        raise CallerError(ARGUMENT, f"{quoted(path)} has more than {MAX_PATH_CHARS:,} characters.")
    if not path.strip() or not path.isprintable():
        raise CallerError(ARGUMENT, f"{quoted(path)} is not a path that can stand on a line.")
    _check_name(path, PurePath(path))
    for place in reach.places(path):
        _check_name(path, place.path)
        if os.path.lexists(place.path):
            return place
    return None


def real(path: Path) -> Path:
    """The absolute path without links, as far as it is there."""
    return Path(os.path.realpath(path))


def names_of(places: Sequence[Place]) -> list[str]:
    """What the council calls each of these files; other files have other names, if they can."""
    named: dict[str, set[Path]] = {}
    for place in places:
        named.setdefault(place.name, set()).add(place.path)
    return [place.name if len(named[place.name]) == 1 else place.longer_name for place in places]


def _check_name(given: str, path: PurePath) -> None:
    if is_credential(path):
        raise CallerError(
            ARGUMENT,
            f"{quoted(given)} is refused because of its name: such files hold credentials. "
            "Write what the council needs of it into the context, without secrets.",
        )


_NO_FOLDER = (
    "no folder is open. Have the client declare its roots, or set MAGI_ROOTS to the folders "
    "whose files may be given; or write the text into the context."
)
_OUTSIDE = (
    "lies outside the folders that are open: those that the client declares as its roots, and "
    "those of MAGI_ROOTS. Name a file within them, or write its text into the context."
)
