"""Journal: connections to the SQLite file, and the decision whether it is ours to write to.

A file is looked at through a read-only connection before anything is written, so that one
that is not a store, or a newer program's, stays as it is to the last byte.
"""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from magi_mcp.journal.faults import foreign, store_error, too_new
from magi_mcp.journal.location import ensure_file
from magi_mcp.journal.migrations import APPLICATION_ID, Migration, latest, migrate, version_of

Synchronous = Literal["normal", "full"]
BUSY_TIMEOUT_S = 10.0
"""How long a process waits while another one writes; transactions last milliseconds."""

_POLL_S = 0.01


def open_for_writing(
    path: Path, synchronous: Synchronous, migrations: Sequence[Migration]
) -> sqlite3.Connection:
    """The connection that writes, to a file that is there, is ours and has today's tables.

    Any number of processes may do this at the same moment, on a file that is not there yet.
    Raises ``StoreError``.
    """
    ensure_file(path)
    known = latest(migrations)
    try:
        look_at(path, known)
        connection = _connect(path, "rw")
        try:
            _use_wal(connection)
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("PRAGMA foreign_keys = ON")
            _bring_up_to_date(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise store_error(path, error) from error
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A further connection, which refuses to write. Raises ``sqlite3.Error``."""
    connection = _connect(path, "rw")
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    # Transactions are begun and ended by us, and a connection is only ever used by one
    # thread at a time, though not always by the one that opened it.
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = _text
    connection.row_factory = sqlite3.Row
    return connection


def _text(stored: bytes) -> str:
    """Bytes of a text column. Those that are no UTF-8 are left for the codec to refuse."""
    return stored.decode("utf-8", "surrogateescape")


def look_at(path: Path, known: int) -> None:
    """Make sure that the file is ours or empty, and no newer than ``known``; change nothing.

    Raises ``StoreError`` where it is not, ``sqlite3.Error`` where it cannot be read.
    """
    try:
        _look_through(path, "ro", known)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
        # Somebody died while making the file, before it had a write-ahead log. SQLite undoes
        # such a half transaction when the file is next opened, but only by a connection that
        # may write.
        _look_through(path, "rw", known)


def _look_through(path: Path, mode: Literal["ro", "rw"], known: int) -> None:
    connection = _connect(path, mode)
    try:
        connection.execute("BEGIN")
        _check_identity(connection, path, known)
    finally:
        connection.close()


def _check_identity(connection: sqlite3.Connection, path: Path, known: int) -> None:
    """Raises ``StoreError`` unless the file is empty or a store this program knows."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    version = version_of(connection)
    if application_id == APPLICATION_ID:
        if version > known:
            raise too_new(path, version, known)
        return
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id or version or objects:
        raise foreign(path)


def _bring_up_to_date(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # What was seen before may have changed meanwhile; from here on nobody can change it.
        _check_identity(connection, path, latest(migrations))
        if migrate(connection, migrations):
            connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, where readers and the writer do not wait for each other.

    SQLite's own waiting does not cover the switch, so two first openers need this loop.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or _passed(deadline):
                raise
        else:
            if mode != "wal":
                raise sqlite3.OperationalError(
                    f"its file system allows no write-ahead log (journal mode {mode})"
                )
            return
        time.sleep(_POLL_S)


def _passed(deadline: float) -> bool:
    return time.monotonic() >= deadline
