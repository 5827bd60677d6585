"""Journal: what SQLite reports, told to the person whose store it is."""

import sqlite3
from pathlib import Path

from magi_mcp.core.errors import StoreError

ELSEWHERE = "name another place with --store or MAGI_STORE"
_SALVAGE = (
    "It was left as it is: put a backup in its place, or move it away to begin a new one "
    "(`sqlite3 FILE .recover` salvages what can still be read)."
)
_TOLD = {
    sqlite3.SQLITE_NOTADB: ("is not a magi-mcp store", f"Move it away, or {ELSEWHERE}."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", _SALVAGE),
    sqlite3.SQLITE_READONLY: (
        "cannot be written to",
        f"Make the file and its directory writable, or {ELSEWHERE}.",
    ),
    sqlite3.SQLITE_FULL: ("cannot grow", "Free some space on its disk and try again."),
    sqlite3.SQLITE_BUSY: (
        "is held by another process",
        "Try again; if it lasts, end the process that holds it.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        f"Make the file and its directory readable and writable, or {ELSEWHERE}.",
    ),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", f"Check its disk, or {ELSEWHERE}."),
}
_UNFORESEEN = ("cannot be used", f"Check the file, or {ELSEWHERE}.")


class Damaged(ValueError):
    """A record that cannot be read: ``record`` says which, ``cause`` why.

    Whoever finds it need not know the file; :func:`store_error` adds that.
    """

    def __init__(self, record: str, cause: str) -> None:
        super().__init__(f"{record} cannot be read: {cause}")
        self.record = record
        self.cause = cause


def store_error(path: Path, error: sqlite3.Error | Damaged) -> StoreError:
    """``error`` as the error of the store at ``path``: the file, the cause, the way out."""
    if isinstance(error, Damaged):
        return StoreError(
            f"{path}: {error}. If a newer magi-mcp wrote it, upgrade; else take the store from a "
            "backup. Everything else in it can still be used."
        )
    # The low byte is the kind; the others say where in SQLite it was noticed.
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    state, way_out = _TOLD.get(kind, _UNFORESEEN)
    return StoreError(f"{path} {state}: {error}. {way_out}")


def closed(path: Path) -> StoreError:
    """The error for using a journal after its ``aclose``."""
    return StoreError(f"{path} was closed by this process; open it again to go on.")


def foreign(path: Path) -> StoreError:
    """The error for an SQLite file that another program made."""
    return StoreError(
        f"{path} is the SQLite database of another program and was left as it is. Move it away, "
        f"or {ELSEWHERE}."
    )


def too_new(path: Path, version: int, known: int) -> StoreError:
    """The error for a store whose tables this program is too old for."""
    return StoreError(
        f"{path} was written by a newer magi-mcp (its tables have version {version}, this program "
        f"knows up to {known}) and was left as it is. Upgrade magi-mcp, restart what still runs "
        f"an older one, or {ELSEWHERE}."
    )
