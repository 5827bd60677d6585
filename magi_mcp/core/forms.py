"""Core: the form a reply is asked in, and its strict reading.

One form says all there is to say about the shape of a reply: the JSON schema sent to models
that take one, the words that describe it in the prompt, the reading of what came back, and
the words of a repair. Seats use it to notice a malformed reply while the model can still be
asked again; the procedure uses the same reading for the ballot.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue
from typing_extensions import TypeIs

from magi_mcp.core.ballots import Abstention, Position, Unreadable
from magi_mcp.core.choices import ABSTAIN, Choices
from magi_mcp.core.nesting import is_deeper_than
from magi_mcp.core.normal_form import normal_form, one_line

JsonObject = Mapping[str, JsonValue]


class Form(Protocol):
    """What a seat needs to know of the shape of a reply."""

    @property
    def name(self) -> str:
        """A short identifier, as providers want one beside a JSON schema."""

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply, within the subset that strict modes accept."""

    def instructions(self) -> str:
        """The same in words, for the prompt; works for models without a JSON mode."""

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, in one sentence for the model, or None if it can."""


def repair_request(form: Form, fault: str) -> str:
    """The one message that tells a model its reply was malformed, and how to mend it."""
    return f"Your reply could not be read: {fault}\n\n{form.instructions()}"


@dataclass(frozen=True)
class BallotForm:
    """The form of a ballot: a closed set of positions, or a short one in the seat's words.

    ``revision`` adds ``because``, the cause of a change of position.
    """

    choices: Choices | None = None
    revision: bool = False

    @property
    def name(self) -> str:
        return "revised_ballot" if self.revision else "ballot"

    def json_schema(self) -> dict[str, JsonValue]:
        position: dict[str, JsonValue] = {"type": "string"}
        if self.choices is not None:
            position["enum"] = [*self.choices.ids, ABSTAIN]
        # The argument comes before the position, so that a model which writes its reply in
        # order has reasoned before it commits itself.
        properties: dict[str, JsonValue] = {
            "argument": {"type": "string"},
            "position": position,
            "would_flip": {"type": "string"},
            "confidence": {"type": "number"},
            "needs": {"type": "array", "items": {"type": "string"}},
        }
        if self.revision:
            properties["because"] = {"type": ["string", "null"]}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def instructions(self) -> str:
        lines = [
            "Reply with one JSON object and nothing else:",
            '- "argument": your reasons in two to five sentences, concrete enough to be checked',
            f'- "position": {self._position_words()}',
            '- "would_flip": the fact or evidence that would change your position',
            '- "confidence": how sure you are, from 0 to 1',
            '- "needs": list of things you would need to know and do not; may be empty',
        ]
        if self.revision:
            lines.append(
                '- "because": if your position differs from before, the specific fact or error '
                "that changed it; otherwise null"
            )
        lines.append(
            'If you cannot write JSON, write one line "POSITION: ..." and one "ARGUMENT: ...".'
        )
        return "\n".join(lines)

    def fault(self, text: str) -> str | None:
        ballot = self.read(text)
        return ballot.reason if isinstance(ballot, Unreadable) else None

    def read(self, text: str) -> Position | Abstention | Unreadable:
        """The ballot in ``text``, or why there is none. Never guesses between two."""
        said = _said(text)
        try:
            statements = _statements(said)
        except _BrokenJson as broken:
            return Unreadable(reason=str(broken))
        if self.choices is not None and not statements and self._recognise(said) is not None:
            statements = [(said, {})]
        if not statements:
            return Unreadable(reason='it has no "position".')
        meant: dict[str, str] = {}
        for stated, _ in statements:
            position = self._recognise(stated)
            if position is None:
                return Unreadable(
                    reason=f'its position "{one_line(stated)[:80]}" is not '
                    f"{self._position_words()}."
                )
            meant[position if self.choices else normal_form(position)] = position
        if len(meant) > 1:
            both = " and ".join(f'"{each[:80]}"' for each in meant.values())
            return Unreadable(reason=f"it states different positions: {both}.")
        (position,) = meant.values()
        return _ballot(position, statements[-1][1], revision=self.revision)

    def _recognise(self, stated: str) -> str | None:
        meaning = normal_form(stated)
        if meaning == ABSTAIN:
            return ABSTAIN
        if self.choices is not None:
            return self.choices.recognise(stated)
        return one_line(stated) if meaning else None

    def _position_words(self) -> str:
        if self.choices is None:
            return f'your position in at most twelve words, or "{ABSTAIN}" if you cannot judge'
        ids = ", ".join(f'"{option_id}"' for option_id in self.choices.ids)
        return f'exactly one of {ids}, or "{ABSTAIN}" if you cannot judge'


@dataclass(frozen=True)
class GroupingForm:
    """The form in which numbered statements are sorted into groups of one meaning.

    Statements ``1..established`` are known to differ from each other; ``count`` is the
    number of all statements.
    """

    count: int
    established: int = 0
    name: str = "grouping"

    def json_schema(self) -> dict[str, JsonValue]:
        group: dict[str, JsonValue] = {"type": "array", "items": {"type": "integer"}}
        return {
            "type": "object",
            "properties": {"groups": {"type": "array", "items": group}},
            "required": ["groups"],
            "additionalProperties": False,
        }

    def instructions(self) -> str:
        return (
            'Reply with one JSON object and nothing else: {"groups": [[...], ...]}, '
            f"in which each number from 1 to {self.count} stands exactly once."
        )

    def fault(self, text: str) -> str | None:
        groups = self.read(text)
        return groups if isinstance(groups, str) else None

    def read(self, text: str) -> tuple[tuple[int, ...], ...] | str:
        """The groups of numbers, a partition of ``1..count``; or what is wrong, in words."""
        try:
            objects, _ = _json_objects(_said(text))
        except _BrokenJson as broken:
            return str(broken)
        found = [each["groups"] for each in objects if "groups" in each]
        if len(found) != 1:
            return 'it must hold exactly one JSON object with the key "groups".'
        groups = _integer_lists(found[0])
        if groups is None:
            return '"groups" must be a list of lists of whole numbers.'
        if sorted(n for group in groups for n in group) != list(range(1, self.count + 1)):
            return f"each number from 1 to {self.count} must stand in exactly one group."
        for group in groups:
            together = [n for n in group if n <= self.established]
            if len(together) > 1:
                return f"{' and '.join(map(str, together))} are known to differ in meaning."
        return groups


def _integer_lists(value: JsonValue) -> tuple[tuple[int, ...], ...] | None:
    if not isinstance(value, list):
        return None
    groups: list[tuple[int, ...]] = []
    for group in value:
        if not isinstance(group, list):
            return None
        numbers = [n for n in group if isinstance(n, int) and not isinstance(n, bool)]
        if len(numbers) != len(group) or not numbers:
            return None
        groups.append(tuple(numbers))
    return tuple(groups)


def _ballot(position: str, reading: JsonObject, *, revision: bool) -> Position | Abstention:
    argument = reading.get("argument")
    said = argument.strip() if isinstance(argument, str) else ""
    needs = _texts(reading.get("needs"))
    if position == ABSTAIN:
        return Abstention(reason=said, needs=needs)
    return Position(
        position=position,
        argument=said,
        would_flip=_text_or_none(reading.get("would_flip")),
        confidence=_share_or_none(reading.get("confidence")),
        needs=needs,
        because=_text_or_none(reading.get("because")) if revision else None,
    )


# What surrounds the position is read leniently: nothing is decided by it, and a repair, which
# the user pays for, is worth its price only where a vote would be lost.


def _text_or_none(value: JsonValue) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _share_or_none(value: JsonValue) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


def _texts(value: JsonValue) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    lines = (one_line(item) for item in items if isinstance(item, str))
    return tuple(line for line in lines if line)


def _is_text(value: object) -> TypeIs[str]:
    return isinstance(value, str) and bool(value.strip())


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


def _said(text: str) -> str:
    # Some servers leave a reasoning model's thoughts in the content, before the reply.
    return _THINKING.sub("", text)


class _BrokenJson(Exception):
    """The text holds what begins like a JSON object and is none."""

    # The parser's own words differ between versions of Python, and would divide a replay.
    def __init__(self) -> None:
        super().__init__("it holds a JSON object that is broken.")


def _statements(said: str) -> list[tuple[str, JsonObject]]:
    """Every statement of a position, with the reading it stands in; JSON objects come last.

    Raises ``_BrokenJson``.
    """
    objects, around = _json_objects(said)
    readings = [*_labelled(around.splitlines()), *objects]
    stated = [(reading.get("position"), reading) for reading in readings]
    return [(position, reading) for position, reading in stated if _is_text(position)]


def _json_objects(text: str) -> tuple[list[JsonObject], str]:
    """The JSON objects in ``text``, and the text around them.

    Raises ``_BrokenJson`` at the first broken one: nothing in or behind it can be told from
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
            raise _BrokenJson from fault
        if is_deeper_than(_DEEPEST, value):
            raise _BrokenJson
        objects.append(value)
    return objects, "".join((*around, text[end:]))


def _single_valued(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """A JSON object; a key that was given two different values counts as not given."""
    first: dict[str, JsonValue] = {}
    torn = {key for key, value in pairs if first.setdefault(key, value) != value}
    return {key: value for key, value in first.items() if key not in torn}


def _labelled(lines: Sequence[str]) -> list[JsonObject]:
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
