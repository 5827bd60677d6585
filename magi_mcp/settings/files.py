"""Settings: one TOML file as data, with the line of every key.

Edge: reads the file it is given. It must not know what any key means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from stat import S_ISREG

from magi_mcp.core.nesting import is_deeper_than
from magi_mcp.settings.errors import ConfigurationError
from magi_mcp.settings.tables import Table
from magi_mcp.toml_lines import KeyPath, TomlFault, key_lines, nearest_line, parse_toml

MAX_FILE_BYTES = 64 * 1024
MAX_DEPTH = 16


@dataclass(frozen=True)
class TomlFile:
    """A file that could be read: its name as the user knows it, text and values."""

    path: Path
    text: str
    values: Table

    def place(self, key: KeyPath) -> str:
        """The file and line of the setting at `key`, or of the table that lacks it."""
        return f"{self.path}:{nearest_line(self._lines, key)}"

    @cached_property
    def _lines(self) -> Mapping[KeyPath, int]:
        return key_lines(self.text)


def read_toml(path: Path) -> TomlFile | None:
    """The file at `path`; None where there is none; `ConfigurationError` if it is unusable."""
    try:
        if not S_ISREG(path.stat().st_mode):  # a pipe of that name would block the start
            raise ConfigurationError(str(path), "", "is not a file")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(str(path), "", f"cannot be read: {error.strerror}") from error
    text = _decoded(path, data)
    try:
        values = parse_toml(text)
    except TomlFault as fault:
        place = str(path) if fault.line is None else f"{path}:{fault.line}"
        raise ConfigurationError(place, "", fault.reason) from fault
    if is_deeper_than(MAX_DEPTH, values):
        raise ConfigurationError(str(path), "", f"has values nested deeper than {MAX_DEPTH}")
    return TomlFile(path, text, values)


def is_same_file(one: Path, other: Path) -> bool:
    """Whether both paths lead to one file that exists."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def _decoded(path: Path, data: bytes) -> str:
    if len(data) > MAX_FILE_BYTES:
        raise ConfigurationError(str(path), "", f"is larger than {MAX_FILE_BYTES // 1024} KB")
    try:
        return data.decode("utf-8-sig")  # some Windows editors put a byte order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{path}:{line}", "", "is not UTF-8; save it in that encoding"
        ) from error
