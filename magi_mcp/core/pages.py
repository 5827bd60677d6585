"""Core: a whole record in pages, each short enough for one answer, as an object and in words.

A page holds the envelope and as much of the rest as fits. Texts too long for a page go on on
the next one. What of the record stands on other pages is named in ``omitted``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from magi_mcp.core.details import CHARS_PER_TOKEN, ENVELOPE, Json
from magi_mcp.core.words import shortened

PAGE_CHARS = 4_000 * CHARS_PER_TOKEN
"""Characters of a page at most, its object and its words together."""

_ROOM_CHARS = 5_800
"""Characters of a page's own part in either form; the rest is envelope, headline, next step."""

_PIECE_CHARS = 1_800
"""A value longer than this is taken apart, so that pages fill well."""

_FRAME_CHARS = 30
_WARNINGS, _WARNING_CHARS = 9, 200
_WEIGHTS = {chr(number): 6 for number in range(32)} | {'"': 2, "\\": 2}
"""Characters that JSON writes as several, or that words begin a line of their own after."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Piece:
    """A value and where it belongs; a part of a text begins at ``start`` of ``total``."""

    path: Path
    value: JsonValue
    start: int = 0
    total: int = 0

    @property
    def characters(self) -> int:
        """What it takes on a page, in the longer of its two forms."""
        as_text = sum(len(line) + 1 for line in outline({"": self.value}))
        keys = sum(len(str(key)) + 8 for key in self.path)
        return max(len(_json(self.value)), as_text) + keys + _FRAME_CHARS


@dataclass(frozen=True)
class Page:
    """One page: ``part`` is what of the record it holds, ``omitted`` names the rest."""

    number: int
    of: int
    part: Json
    omitted: tuple[str, ...]


def pages_of(record: Json) -> list[Page]:
    """A record without its envelope, in pages; there is always one."""
    pieces = [piece for key, value in record.items() for piece in _pieces((key,), value)]
    runs = list(_runs(pieces)) or [[]]
    return [
        Page(number, len(runs), _assembled(run), tuple(_missing(record, pieces, run)))
        for number, run in enumerate(runs, start=1)
    ]


def texts_of(text: str) -> list[str]:
    """A text in stretches that fit a page in both forms, broken between lines where it can be."""
    stretches, room = [""], _ROOM_CHARS
    for line in text.splitlines(keepends=True):
        for part in _parts(line):
            taken = max(len(part), len(_json(part)) - 2)
            if taken > room and stretches[-1]:
                stretches.append("")
                room = _ROOM_CHARS
            stretches[-1] += part
            room -= taken
    return stretches


def envelope_of(result: Json) -> Json:
    """The envelope as it stands on every page, its warnings no longer than a page bears.

    What of them is left out is named in ``omitted``.
    """
    envelope = {key: result[key] for key in ENVELOPE}
    warnings = result["warnings"]
    if isinstance(warnings, list):
        told = [str(each) for each in warnings[:_WARNINGS]]
        whole = all(len(each) <= _WARNING_CHARS for each in told)
        envelope["warnings"] = [shortened(each, _WARNING_CHARS) for each in told]
        envelope["omitted"] = [
            *([] if len(told) == len(warnings) else [f"warnings[{_WARNINGS}:]"]),
            *([] if whole else [f"warnings[{_WARNING_CHARS}:]"]),
        ]
    return envelope


def outline(value: JsonValue, depth: int = 0) -> Iterator[str]:
    """A value in words, line by line: for readers who are shown no object."""
    margin = "  " * depth
    match value:
        case dict():
            for key, each in value.items():
                yield from _entry(f"{margin}{key}:", each, depth)
        case list():
            for each in value:
                first, *rest = list(outline(each, depth + 1)) or [""]
                yield f"{margin}- {first.strip()}"
                yield from rest
        case _:
            yield from (f"{margin}{line}" for line in _scalar(value).splitlines() or [""])


def _entry(label: str, value: JsonValue, depth: int) -> Iterator[str]:
    match value:
        case dict() | list() if value:
            yield label
            yield from outline(value, depth + 1)
        case str() if "\n" in value:
            yield label
            yield from outline(value, depth + 1)
        case _:
            yield f"{label} {_scalar(value)}"


def _scalar(value: JsonValue) -> str:
    match value:
        case None:
            return "unknown or none"
        case str():
            return value
        case [] | {}:
            return "none"
        case _:
            return json.dumps(value)


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)


def _pieces(path: Path, value: JsonValue) -> Iterator[_Piece]:
    match value:
        case _ if len(_json(value)) <= _PIECE_CHARS and not _is_entries(value):
            yield _Piece(path, value)
        case dict():
            for key, each in value.items():
                yield from _pieces((*path, key), each)
        case list():
            for index, each in enumerate(value):
                yield from _pieces((*path, index), each)
        case str():
            start = 0
            for part in _parts(value):
                yield _Piece(path, part, start, len(value))
                start += len(part)
        case _:
            yield _Piece(path, value)


def _is_entries(value: JsonValue) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _parts(text: str) -> Iterator[str]:
    """A text in parts of which none is longer than a piece, in either form."""
    begin = length = 0
    for place, character in enumerate(text):
        taken = _WEIGHTS.get(character, 1)
        if length + taken > _PIECE_CHARS:
            yield text[begin:place]
            begin, length = place, 0
        length += taken
    if begin < len(text) or not text:
        yield text[begin:]


def _runs(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    run: list[_Piece] = []
    room = _ROOM_CHARS
    for piece in pieces:
        if run and piece.characters > room:
            yield run
            run, room = [], _ROOM_CHARS
        run.append(piece)
        room -= piece.characters
    if run:
        yield run


def _assembled(run: Sequence[_Piece]) -> Json:
    """The object that some pieces make; what they lack of it is not in it."""
    values: dict[Path, JsonValue] = {}
    for piece in run:
        begun = values.get(piece.path)
        whole = isinstance(begun, str) and isinstance(piece.value, str)
        values[piece.path] = f"{begun}{piece.value}" if whole else piece.value
    grown = _grown(values)
    assert isinstance(grown, dict)
    return grown


def _grown(values: Mapping[Path, JsonValue]) -> JsonValue:
    """The value whose parts, by their paths in it, are given."""
    if () in values:
        return values[()]
    branches: dict[str | int, dict[Path, JsonValue]] = {}
    for path, value in values.items():
        branches.setdefault(path[0], {})[path[1:]] = value
    if branches and all(isinstance(key, int) for key in branches):
        return [_grown(branch) for branch in branches.values()]
    return {str(key): _grown(branch) for key, branch in branches.items()}


def _missing(record: Json, pieces: Sequence[_Piece], run: Sequence[_Piece]) -> Iterator[str]:
    """What of the record is not among the pieces of a run, by key and place."""
    here = set(map(id, run))
    for key in record:
        of_key = [piece for piece in pieces if piece.path[0] == key]
        missing = [piece for piece in of_key if id(piece) not in here]
        if len(missing) == len(of_key):
            yield key
        else:
            yield from (f"{key}{place}" for place in _places(missing))


def _places(missing: Sequence[_Piece]) -> Iterator[str]:
    """Names of places inside a key: entries from one to another, characters, inner keys."""
    spans: list[tuple[int, int]] = []
    for piece in missing:
        match piece.path[1:]:
            case (str() as inner, *_):
                yield f".{inner}"
                continue
            case (int() as index, *_):
                span = index, index + 1
            case _:
                span = piece.start, piece.start + len(str(piece.value))
        if spans and span[0] <= spans[-1][1]:
            spans[-1] = spans[-1][0], span[1]
        else:
            spans.append(span)
    yield from (f"[{first}:{last}]" for first, last in spans)
