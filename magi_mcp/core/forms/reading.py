"""Core: finding what a reply states: JSON objects, labelled lines, and typed values in them.

Nothing here knows what a reply is for, and nothing guesses.
"""

import json
import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from magi_mcp.core.nesting import is_deeper_than
from magi_mcp.core.normal_form import one_line

JsonObject = Mapping[str, JsonValue]

# Thoughts at the start; thoughts that never end are followed by no reply.
_THINKING = re.compile(
    r"\A(?:\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z))+", re.DOTALL | re.IGNORECASE
)
_OBJECT = re.compile(r'\{(?=\s*")')
# Where the parser itself gives up depends on who calls it: one reply could be read in two ways.
_DEEPEST = 50
# A line quoted with ">" is somebody else's statement.
_LABELLED = re.compile(
    r"^[\s*_#`-]*(position|argument|would[ _]flip|confidence|needs|because)"
    r"[*_`]*\s*[:：][*_`]*(.*)",
    re.IGNORECASE,
)


def without_thoughts(text: str) -> str:
    """``text`` without what a reasoning model thought aloud before its reply."""
    # Some servers leave a reasoning model's thoughts in the content, before the reply.
    return _THINKING.sub("", text)


class BrokenJson(Exception):
    """The text holds what begins like a JSON object and is none."""

    # The parser's own words differ between versions of Python, and would divide a replay.
    def __init__(self) -> None:
        super().__init__("it holds a JSON object that is broken.")


def statements_in(said: str) -> list[tuple[str, JsonObject]]:
    """Every statement of a position, with the reading it stands in; JSON objects come last.

    Raises ``BrokenJson``.
    """
    objects, around = json_objects(said)
    readings = [*labelled_lines(around.splitlines()), *objects]
    stated = [(_stated(reading.get("position")), reading) for reading in readings]
    return [(position, reading) for position, reading in stated if position]


def holds_json(text: str) -> bool:
    """Whether a JSON object begins anywhere in ``text``, be it whole or broken."""
    return _OBJECT.search(text) is not None


def json_objects(text: str) -> tuple[list[JsonObject], str]:
    """The JSON objects in ``text``, and the text around them.

    Raises ``BrokenJson`` at the first broken one: nothing in or behind it can be told from
    a quotation inside of it, such as a peer's ballot.
    """
    # Line breaks inside a string are against the letter of JSON, and models write them.
    decoder = json.JSONDecoder(object_pairs_hook=_single_valued, strict=False)
    objects: list[JsonObject] = []
    around: list[str] = []
    end = 0
    while opening := _OBJECT.search(text, end):
        around.append(text[end : opening.start()])
        try:
            value, end = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError) as fault:
            raise BrokenJson from fault
        if is_deeper_than(_DEEPEST, value):
            raise BrokenJson
        objects.append(value)
    return objects, "".join((*around, text[end:]))


def _single_valued(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """A JSON object; a key that was given two different values counts as not given."""
    first: dict[str, JsonValue] = {}
    torn = {key for key, value in pairs if first.setdefault(key, value) != value}
    return {key: value for key, value in first.items() if key not in torn}


def labelled_lines(lines: Sequence[str]) -> list[JsonObject]:
    """The statements made in lines such as ``POSITION: yes``, each with the labels beside it."""
    found: list[dict[str, JsonValue]] = []
    rest: dict[str, str] = {}
    label = ""
    for line in lines:
        match = _LABELLED.match(line)
        if match:
            label = match[1].lower().replace(" ", "_")
            if label == "position":
                found.append({"position": match[2].strip()})
            else:
                rest[label] = match[2].strip()
        elif label and label != "position":
            rest[label] = f"{rest[label]}\n{line}".strip()
    return [{**rest, **position} for position in found]


# What surrounds the position is read leniently: nothing is decided by it, and a repair, which
# the user pays for, is worth its price only where a vote would be lost.


def text_or_none(value: JsonValue) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def share_or_none(value: JsonValue) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


def texts(value: JsonValue) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    lines = (one_line(item) for item in items if isinstance(item, str))
    return tuple(line for line in lines if line)


def _stated(value: JsonValue) -> str:
    """A position as words: a probability or the id of an option may come as a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else ""
