"""Diffs: whether what git found is a repository's own. Looks at the file system, opens little.

Whoever can write into an open folder can put a repository there whose parts lie elsewhere: a
``.git`` that leads to somebody else's repository, branches that are links into it, an index that
lists files of the whole machine. Git follows all of that.
"""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from magi_mcp.core.errors import CallerError, quoted

_GIT = ".git"
_LONGEST_PATH_BYTES = 8_192
_NAMING_FOLDERS = frozenset(["refs", "reftable", "logs"])
_NAMING_NOTHING = frozenset(["config", "description"])


def check_own(top: Path, own: Path, common: Path, *, claims: bool, opened: Path | None) -> None:
    """Raises ``CallerError`` where a work tree's repository is not its own, nor open itself.

    ``top`` is the work tree, ``own`` its repository's folder, ``common`` the one that it shares
    with other work trees; ``claims`` says whether the repository names this work tree by itself.
    ``opened`` is the folder that is open to whoever asks, None where every folder is.
    """
    own, common = own.resolve(), common.resolve()
    bounds = top if opened is None else opened
    if not (_is_own(top, own, common, claims=claims) or _lie_in(bounds, own, common)):
        raise _not_own(top, f"its repository is that of others, at {quoted(str(own))}")
    for link in _links({own, common}):
        if not link.resolve().is_relative_to(common):
            raise _not_own(top, f"its repository goes on elsewhere, by {quoted(str(link))}")


def check_listed(top: Path, listed: str) -> None:
    """Raises ``CallerError`` where a list of names, each before a NUL, leads out of ``top``."""
    for name in listed.split("\0"):
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or _GIT in map(str.casefold, parts):
            raise _not_own(top, f"its index lists {quoted(name)}, which is no file of it")


def _is_own(top: Path, own: Path, common: Path, *, claims: bool) -> bool:
    dot = top / _GIT
    if own == common:
        return claims or dot == own
    # A linked work tree, which the repository that it was made from knows of.
    return own.parent.parent == common and not dot.is_symlink() and _told_in(own / "gitdir") == dot


def _lie_in(bounds: Path, *folders: Path) -> bool:
    return all(folder.is_relative_to(bounds) for folder in folders)


def _told_in(place: Path) -> Path | None:
    """The path that stands in a small file; None where there is none."""
    try:
        with place.open("rb") as file:
            told = file.read(_LONGEST_PATH_BYTES).decode("utf-8", "surrogateescape").rstrip("\n")
        return (place.parent / told).resolve()
    except (OSError, ValueError):
        return None


def _links(folders: set[Path]) -> Iterator[Path]:
    """The links by which a repository could name what it does not hold; objects name nothing."""
    for folder in folders:
        for at, inner, files in os.walk(folder):
            if Path(at) == folder:
                inner[:] = _NAMING_FOLDERS.intersection(inner)
            entries = (Path(at, each) for each in (*inner, *files) if each not in _NAMING_NOTHING)
            yield from (entry for entry in entries if entry.is_symlink())


def _not_own(top: Path, why: str) -> CallerError:
    return CallerError("repo", f"{quoted(str(top))}: {why}; give a diff as text.")
