"""Where in a TOML text a key stands, so that a complaint about a file can name the line.

Layer: helper of the edges that read TOML (presets, settings); pure, standard library only.
It must not know what any file means, nor read one: text comes in, line numbers go out.

`tomllib` decides what is valid and what the values are, but forgets where they stood. The
scanner here walks a text that `tomllib` has accepted and remembers only positions; the tests
hold the two against each other.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and list indices (from 0) from the root down: `("personas", 1, "lens")`."""

_TOKEN = re.compile(
    r'''
    (?P<skipped> [ \t\r]+ | \#[^\n]* )
  | (?P<token>
      \n | [\[\]{}=,.]
    | """(?:\\.|[^\\])*?"""  "{0,2}     # up to two quotes may touch the closing three
    | \'\'\'.*?\'\'\'  '{0,2}
    | "(?:\\.|[^"\\\n])*"
    | '[^'\n]*'
    | [^\s"'\#\[\]{}=,.]+
    )
    ''',
    re.VERBOSE | re.DOTALL,
)
_SYNTAX_POSITION = re.compile(r"\(at line (\d+), column \d+\)$")


class TomlFault(ValueError):
    """A text that is not TOML: `line` (from 1; None when unknown) and `reason`."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def parse_toml(text: str) -> dict[str, object]:
    """`tomllib.loads`, except that whatever is wrong with the text is a `TomlFault`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlFault(_syntax_line(text, str(error)), f"not valid TOML: {error}") from error
    except RecursionError as error:
        raise TomlFault(None, "not valid TOML: values are nested too deeply") from error
    except ValueError as error:  # an integer with more digits than Python converts
        raise TomlFault(None, f"not valid TOML: {error}") from error


def line_of(text: str, path: KeyPath) -> int:
    """The line (from 1) of the key or table at `path` in a valid TOML `text`.

    What is not in the text itself stands where its nearest table or list does, so the path
    of a missing key leads to the table that lacks it; the root table begins at line 1.
    """
    return nearest_line(key_lines(text), path)


def nearest_line(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """The same, for who asks more than once: `lines` are those of `key_lines`."""
    present = (path[:length] for length in range(len(path), 0, -1) if path[:length] in lines)
    return lines.get(next(present, ()), 1)


def key_lines(text: str) -> Mapping[KeyPath, int]:
    """The line (from 1) of every key, table and list element of a valid TOML `text`."""
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.lines


def _syntax_line(text: str, message: str) -> int:
    position = _SYNTAX_POSITION.search(message)
    if position is None:  # "at end of document": the last line that says anything
        return text.rstrip().count("\n") + 1
    return int(position[1])


class _Token(NamedTuple):
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match["token"]:
            yield _Token(match["token"], line)
        line += match[0].count("\n")
    yield _Token("", line)


def _plain(key: str) -> str:
    """A key as written, without its quotes and escapes."""
    return next(iter(tomllib.loads(f"{key} = 0"))) if key[0] in "\"'" else key


class _Scanner:
    """One pass over the tokens of a valid document; the empty token is its end."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._table_counts: dict[KeyPath, int] = {}
        self._tokens = _tokens(text)
        self._token = next(self._tokens)

    def scan(self) -> None:
        table: KeyPath = ()
        while self._token.text:
            if self._token.text == "\n":
                self._take()
            elif self._token.text == "[":
                table = self._header()
            else:
                self._pair(table)

    def _take(self) -> _Token:
        taken = self._token
        self._token = next(self._tokens, taken)
        return taken

    def _header(self) -> KeyPath:
        line = self._take().line
        is_element = self._token.text == "["
        if is_element:
            self._take()
        *parents, last = self._key("]")
        if is_element:
            self._take()
        path = (*self._open_table(parents, line), last)
        if not is_element:
            self.lines[path] = line  # over a child table that stood before its parent
            return path
        self.lines.setdefault(path, line)
        index = self._table_counts.get(path, 0)
        self._table_counts[path] = index + 1
        self.lines[*path, index] = line
        return (*path, index)

    def _open_table(self, keys: Sequence[str], line: int) -> KeyPath:
        """The table a header's leading keys mean: of a `[[list]]`, its newest element."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            self.lines.setdefault(path, line)
            if path in self._table_counts:
                path = (*path, self._table_counts[path] - 1)
        return path

    def _key(self, end: str) -> list[str]:
        parts = []
        while self._token.text not in (end, ""):
            part = self._take().text
            if part != ".":
                parts.append(_plain(part))
        self._take()
        return parts

    def _pair(self, table: KeyPath) -> None:
        line = self._token.line
        path = table
        for key in self._key("="):
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        opening = self._take().text
        if opening == "[":
            index = 0
            while self._has_item("]"):
                self.lines[*path, index] = self._token.line
                self._value((*path, index))
                index += 1
        elif opening == "{":
            while self._has_item("}"):
                self._pair(path)
        else:  # a date and its time, or a number and its fraction, are several tokens
            while self._token.text not in (",", "]", "}", "\n", ""):
                self._take()

    def _has_item(self, closing: str) -> bool:
        while self._token.text in (",", "\n"):
            self._take()
        if self._token.text not in (closing, ""):
            return True
        self._take()
        return False
