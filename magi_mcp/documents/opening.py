"""Documents: the bytes of a file that was found, and of nothing that has taken its place.

Between finding and opening somebody may put a link where a folder was. So every folder on the
way down from the base is opened by itself, and no link is followed; where a system cannot do
that, what was opened is compared with what lies there.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.documents.roots import ARGUMENT, Place, real

MAX_FILE_BYTES = 20_000_000
"""More is not read, not even for a few of its lines."""

# A pipe without a writer would be waited for, and a terminal taken over; Windows knows neither.
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_AS_IT_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _AS_IT_IS
_BYTES = getattr(os, "O_BINARY", 0)


def contents(given: str, place: Place) -> bytes:
    """What stands in the file at ``place``, which was ``given`` under that name.

    Raises ``CallerError`` for what is no file of a readable size, and what cannot be read.
    """
    try:
        with _opened(place) as handle:
            _check_kind(given, os.fstat(handle))
            data = _read(handle)
    except OSError as error:
        raise CallerError(
            ARGUMENT, f"{quoted(given)} cannot be read: {error.strerror or error}."
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise CallerError(
            ARGUMENT,
            f"{quoted(given)} has more than {MAX_FILE_BYTES // 1_000_000} MB; give an extract.",
        )
    return data


@contextmanager
def _opened(place: Place) -> Iterator[int]:
    handle = _step_by_step(place) if os.open in os.supports_dir_fd else _at_once(place)
    try:
        yield handle
    finally:
        os.close(handle)


def _step_by_step(place: Place) -> int:
    """The file, opened from its base downwards without following a link."""
    *folders, name = place.below.parts or (".",)
    at = os.open(place.base, _FOLDER)
    try:
        for folder in folders:
            below = os.open(folder, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        return os.open(name, _READING | _AS_IT_IS, dir_fd=at)
    finally:
        os.close(at)


def _at_once(place: Place) -> int:
    """The file, opened by its whole path, and compared with what now lies there."""
    handle = os.open(place.path, _READING | _AS_IT_IS | _BYTES)
    if _is_at(handle, place):
        return handle
    os.close(handle)
    raise OSError("it was replaced while it was opened")


def _is_at(handle: int, place: Place) -> bool:
    try:
        there = place.path.lstat()
    except OSError:
        return False
    return os.path.samestat(os.fstat(handle), there) and real(place.path) == place.path


def _check_kind(given: str, found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    if stat.S_ISDIR(found.st_mode):
        problem = "is a folder; name files in it, one by one"
    else:
        problem = "is no ordinary file but a pipe, socket or device"
    raise CallerError(ARGUMENT, f"{quoted(given)} {problem}.")


def _read(handle: int) -> bytes:
    """All bytes; of a file that is too long, or grows without end, one more than is allowed."""
    parts, left = [], MAX_FILE_BYTES + 1
    while left and (part := os.read(handle, min(left, 1_048_576))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
