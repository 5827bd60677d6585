"""Core: the form a reply is asked in, and its strict reading.

One form says all there is to say about the shape of a reply: the JSON schema sent to models
that take one, the words that describe it in the prompt, the reading of what came back, and
the words of a repair. Seats use it to notice a malformed reply while the model can still be
asked again; the procedure uses the same reading for the ballot.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue
from typing_extensions import TypeIs

from magi_mcp.core.ballots import Abstention, Position, Unreadable
from magi_mcp.core.choices import ABSTAIN, Choices
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
        readings = _readings(text)
        if self.choices is not None and not readings and self._recognise(text) is not None:
            readings = [{"position": text}]
        stated = [value for value in (r.get("position") for r in readings) if _is_text(value)]
        if not stated:
            return Unreadable(reason='it has no "position".')
        meant = {self._recognise(value) for value in stated}
        if None in meant:
            unknown = next(value for value in stated if self._recognise(value) is None)
            return Unreadable(
                reason=f'its position "{one_line(unknown)[:80]}" is not {self._position_words()}.'
            )
        if len(meant) > 1:
            both = " and ".join(f'"{one_line(value)[:80]}"' for value in dict.fromkeys(stated))
            return Unreadable(reason=f"it states different positions: {both}.")
        position = self._recognise(stated[-1])
        assert position is not None
        return _ballot(position, readings[-1], revision=self.revision)

    def _recognise(self, stated: str) -> str | None:
        if normal_form(stated) == ABSTAIN:
            return ABSTAIN
        if self.choices is not None:
            return self.choices.recognise(stated)
        return one_line(stated) or None

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
        found = [reading["groups"] for reading in _json_objects(_said(text)) if "groups" in reading]
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
    return tuple(one_line(item) for item in items if _is_text(item))


def _is_text(value: object) -> TypeIs[str]:
    return isinstance(value, str) and bool(value.strip())


_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_LABELLED = re.compile(
    r"^[\s>*_#`-]*(position|argument|would[ _]flip|confidence|needs|because)"
    r"[*_`]*\s*[:：][*_`]*(.*)",
    re.IGNORECASE,
)


def _said(text: str) -> str:
    # Some servers leave a reasoning model's thoughts in the content, before the reply.
    return _THINKING.sub("", text)


def _readings(text: str) -> list[JsonObject]:
    """Every statement of a position in ``text``: JSON objects, else labelled lines."""
    said = _said(text)
    objects: list[JsonObject] = [found for found in _json_objects(said) if "position" in found]
    return objects or _labelled(said.splitlines())


def _json_objects(text: str) -> Iterable[dict[str, JsonValue]]:
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start != -1:
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if isinstance(value, dict):
                yield value
        start = text.find("{", end)


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
