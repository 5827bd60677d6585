"""Journal: a look at a store as it lies there. It creates, changes and raises nothing.

For whoever wants to know whether a store could be used, before anybody uses it.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from magi_mcp.checks import StoreLook, StoreState
from magi_mcp.core.accounts import RecordedAttempt
from magi_mcp.core.errors import CallerError, StoreError
from magi_mcp.core.normal_form import one_line
from magi_mcp.journal import tables
from magi_mcp.journal.faults import ELSEWHERE, Damaged, store_error
from magi_mcp.journal.location import locate
from magi_mcp.journal.migrations import MIGRATIONS, latest, version_of
from magi_mcp.journal.store_file import look_at, open_for_reading

T = TypeVar("T")

_ON_DISK = ("", "-wal")
"""What ends the names of the files that hold the dossiers of one store."""


def look_through(store: str | Path, since: float) -> StoreLook:
    """The store as it lies there, and the calls it tells of since that moment. Blocks."""
    state = inspect_store(store)
    if not state.exists or state.fault is not None:
        return StoreLook(state)
    try:
        return StoreLook(state, recorded_attempts(Path(state.path), since))
    except StoreError as fault:
        return StoreLook(replace(state, fault=str(fault)))


def inspect_store(store: str | Path) -> StoreState:
    """What can be said of the store that ``store``, a path or an address, names. Blocks.

    The whole file is read once, to find damage that no dossier has met yet.
    """
    try:
        path = locate(store)
    except CallerError as error:
        return StoreState(str(store), exists=False, writable=False, fault=str(error))
    if not path.exists():
        return _absent(path)
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    state = StoreState(str(path), exists=True, writable=writable, latest=latest(MIGRATIONS))
    if path.is_dir():
        return replace(state, fault=f"{path} is a directory; name a file in it, or {ELSEWHERE}.")
    try:
        return _read(path, lambda connection: _looked_through(path, state, connection))
    except StoreError as error:
        return replace(state, fault=str(error))


def recorded_attempts(path: Path, at: float) -> tuple[RecordedAttempt, ...]:
    """The calls that a store tells of since the moment ``at``, in order. Blocks.

    Raises ``StoreError`` where they cannot be read; a store of an older version has none.
    """

    def read(connection: sqlite3.Connection) -> tuple[RecordedAttempt, ...]:
        old = version_of(connection) < latest(MIGRATIONS)
        return () if old else tables.attempts_since(at, connection)

    return _read(path, read)


def _read(path: Path, read: Callable[[sqlite3.Connection], T]) -> T:
    """What ``read`` finds in a store that is ours. Raises ``StoreError``."""
    try:
        look_at(path, latest(MIGRATIONS))
        with closing(open_for_reading(path)) as connection:
            return read(connection)
    except (sqlite3.Error, Damaged) as error:
        raise store_error(path, error) from error


def _absent(path: Path) -> StoreState:
    """Of a store that is not there: whether it could be made."""
    above = next(parent for parent in path.parents if parent.exists())
    state = StoreState(str(path), exists=False, writable=True, latest=latest(MIGRATIONS))
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return state
    fault = f"{path} cannot be created in {above}. Make that directory writable, or {ELSEWHERE}."
    return replace(state, writable=False, fault=fault)


def _looked_through(path: Path, state: StoreState, connection: sqlite3.Connection) -> StoreState:
    """Raises ``sqlite3.Error`` for a file that is damaged."""
    version = version_of(connection)
    (told,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if told != "ok":
        damage = sqlite3.DatabaseError(one_line(told))
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage
    # A file that was only just made has no tables yet.
    count = "SELECT count(*) FROM dossiers"
    dossiers = connection.execute(count).fetchone()[0] if version else 0
    files = (Path(f"{path}{end}") for end in _ON_DISK)
    size_bytes = sum(file.stat().st_size for file in files if file.exists())
    found = replace(state, version=version, dossiers=dossiers, size_bytes=size_bytes)
    if state.writable:
        return found
    mend = f"Make the file and its directory writable, or {ELSEWHERE}."
    return replace(found, fault=f"{path} cannot be written to. {mend}")
