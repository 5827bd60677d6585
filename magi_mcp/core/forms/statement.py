"""Core: forms for texts that decide nothing: drafts, rulings written by a rapporteur."""

from dataclasses import dataclass

from pydantic import JsonValue

from magi_mcp.core.ballots import Position, Unreadable
from magi_mcp.core.forms.base import object_schema
from magi_mcp.core.forms.reading import (
    BrokenJson,
    JsonObject,
    holds_json,
    json_objects,
    text_or_none,
    texts,
    without_thoughts,
)
from magi_mcp.core.words import shortened

HEADLINE = 80
"""Characters of a draft by which lists refer to it."""


@dataclass(frozen=True)
class StatementForm:
    """One JSON object with a text, and lists of short points beside it.

    ``text`` says what the text is to be, ``lists`` maps each further key to what belongs
    into it. Only the text is required: an absent list is an empty one.
    """

    text: str
    lists: tuple[tuple[str, str], ...] = ()
    name: str = "statement"

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply."""
        points: dict[str, JsonValue] = {
            key: {"type": "array", "items": {"type": "string"}} for key, _ in self.lists
        }
        return object_schema(text={"type": "string"}, **points)

    def instructions(self) -> str:
        """The same in words."""
        lines = ["Reply with one JSON object and nothing else:", f'- "text": {self.text}']
        lines += [f'- "{key}": list of {meaning}' for key, meaning in self.lists]
        return "\n".join(lines)

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, or None if it can."""
        statement = self.read(text)
        return statement if isinstance(statement, str) else None

    def read(self, text: str) -> "Statement | str":
        """The statement in ``text``, or what is wrong, in words.

        Bare text is none: it may be a proxy's error or a refusal, and would be passed off as
        the council's words.
        """
        try:
            objects, _ = json_objects(without_thoughts(text))
        except BrokenJson as broken:
            return str(broken)
        stated = [found for found in objects if "text" in found]
        if len(stated) == 1:
            return _statement(stated[0], [key for key, _ in self.lists])
        return 'it must be exactly one JSON object with the key "text".'


@dataclass(frozen=True)
class Statement:
    """A text that was written, and the points listed beside it."""

    text: str
    points: dict[str, tuple[str, ...]]


def _statement(found: JsonObject, keys: list[str]) -> Statement | str:
    text = text_or_none(found.get("text"))
    if text is None:
        return 'its "text" is empty.'
    return Statement(text, {key: texts(found.get(key)) for key in keys})


@dataclass(frozen=True)
class DraftForm:
    """A draft: a text of any length. It is asked for as JSON, and read without it as well.

    What others then rate is judged by them, so bare text is not lost.
    """

    revision: bool = False
    name: str = "draft"

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply."""
        return object_schema(text={"type": "string"})

    def instructions(self) -> str:
        """The same in words."""
        return 'Reply with one JSON object and nothing else:\n- "text": your draft, complete'

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, or None if it can."""
        draft = self.read(text)
        return draft.reason if isinstance(draft, Unreadable) else None

    def read(self, text: str) -> Position | Unreadable:
        """The draft as a ballot whose argument it is; its position is how it begins."""
        said = without_thoughts(text).strip()
        statement = StatementForm("").read(said)
        if not isinstance(statement, str):
            said = statement.text
        elif not said or holds_json(said):
            return Unreadable(reason=statement)
        return Position(position=shortened(said, HEADLINE), argument=said)
