"""Journal: where a store's file lies, and how it comes into being.

Knows the file system and the ``sqlite:`` addresses; nothing of what the file holds.
"""

import re
from pathlib import Path
from threading import Lock

from magi_mcp.core.errors import CallerError, StoreError
from magi_mcp.journal.faults import ELSEWHERE

_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_VALID = (
    "Valid: a file's path, sqlite:///relative/path.db, or sqlite:////absolute/path.db; "
    "~ stands for the home directory."
)

# Closing any descriptor of a file drops every POSIX lock this process holds on it, those of
# an open database too. So a file is created, and closed again, while nobody here can have
# opened it: each opening passes through this lock first.
_creating = Lock()


def locate(store: str | Path) -> Path:
    """The absolute path that ``store``, a path or a ``sqlite:`` address, names.

    Raises ``CallerError`` for any other scheme and for what names no file.
    """
    name = _file_name(store) if isinstance(store, str) else str(store)
    if not name.strip() or "\0" in name:
        raise CallerError("store", f"{str(store)!r} names no file. {_VALID}")
    if name == ":memory:":
        raise CallerError("store", f"':memory:' keeps nothing; a store is a file. {_VALID}")
    try:
        return Path(name).expanduser().absolute()
    except RuntimeError as error:
        raise CallerError("store", f"{str(store)!r}: {error}. {_VALID}") from error


def ensure_file(path: Path) -> None:
    """Create the file and the directories above it where they are missing.

    Only their owner may look into them, since they hold users' questions; what is there
    already keeps its permissions. Raises ``StoreError`` where this cannot be done.
    """
    try:
        with _creating:
            _ensure_directory(path.parent)
            if path.is_dir():
                raise StoreError(f"{path} is a directory; name a file in it, or {ELSEWHERE}.")
            if not path.exists():
                path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be created: {error.strerror} ({error.filename}). Make its directory "
            f"writable, or {ELSEWHERE}."
        ) from error


def _file_name(store: str) -> str:
    address = _ADDRESS.fullmatch(store.strip())
    if address is None:
        return store
    scheme, rest = address["scheme"].lower(), address["rest"]
    if scheme != "sqlite":
        raise CallerError("store", f"{scheme!r} stores are not known. {_VALID}")
    if not rest.startswith("/"):
        raise CallerError("store", f"{store!r} has two slashes where three are needed. {_VALID}")
    if "?" in rest or "#" in rest:
        raise CallerError("store", f"{store!r} has options, and there are none. {_VALID}")
    return rest[1:]


def _ensure_directory(directory: Path) -> None:
    # Path.mkdir(parents=True) gives its mode to the last directory only.
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
