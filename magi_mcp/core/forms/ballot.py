"""Core: the form of a ballot: a position on some scale, with its argument."""

from dataclasses import dataclass

from pydantic import JsonValue

from magi_mcp.core.ballots import Abstention, Position, Unreadable
from magi_mcp.core.choices import ABSTAIN
from magi_mcp.core.forms.base import object_schema
from magi_mcp.core.forms.reading import (
    BrokenJson,
    JsonObject,
    json_objects,
    share_or_none,
    statements_in,
    text_or_none,
    texts,
    without_thoughts,
)
from magi_mcp.core.forms.scales import Closed, Open, Scale
from magi_mcp.core.forms.sentences import stated_positions
from magi_mcp.core.normal_form import normal_form, one_line

_NO_CAUSE = ("", "null", "none", "n/a", "-")


@dataclass(frozen=True)
class BallotForm:
    """A position on ``scale``, with what speaks for it and what would change it.

    ``revision`` adds ``because``, the cause of a change of position; without ``abstain`` no
    seat may decline to take a position. ``alone`` says that whoever replies has seen nobody
    else's answer.
    """

    scale: Scale
    revision: bool = False
    abstain: bool = True
    alone: bool = False

    @property
    def name(self) -> str:
        """A short identifier, as providers want one beside a JSON schema."""
        return "revised_ballot" if self.revision else "ballot"

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply, within the subset that strict modes accept."""
        because: dict[str, JsonValue] = {"because": {"type": ["string", "null"]}}
        # The argument comes before the position, so that a model which writes its reply in
        # order has reasoned before it commits itself.
        return object_schema(
            argument={"type": "string"},
            position=self.scale.schema(*([ABSTAIN] if self.abstain else [])),
            would_flip={"type": "string"},
            confidence={"type": "number"},
            needs={"type": "array", "items": {"type": "string"}},
            **(because if self.revision else {}),
        )

    def instructions(self) -> str:
        """The same in words, for the prompt; works for models without a JSON mode."""
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
        """Why ``text`` cannot be read, in one sentence for the model, or None if it can."""
        ballot = self.read(text)
        return ballot.reason if isinstance(ballot, Unreadable) else None

    def read(self, text: str) -> Position | Abstention | Unreadable:
        """The ballot in ``text``, or why there is none. Never guesses between two."""
        said = without_thoughts(text)
        try:
            statements = statements_in(said)
        except BrokenJson as broken:
            return Unreadable(reason=str(broken))
        statements = [*self._sentences(said), *statements]
        if not statements and not isinstance(self.scale, Open) and self._recognise(said):
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
            meant[self.scale.same(position)] = position
        if len(meant) > 1:
            both = " and ".join(f'"{each[:80]}"' for each in meant.values())
            return Unreadable(reason=f"it states different positions: {both}.")
        (position,) = meant.values()
        return _ballot(position, statements[-1][1], revision=self.revision)

    def _sentences(self, said: str) -> list[tuple[str, JsonObject]]:
        """What sentences outside of JSON state; their argument is the reply itself."""
        if not isinstance(self.scale, Closed):
            return []
        _, around = json_objects(said)
        argument: JsonObject = {"argument": around}
        stated = stated_positions(around, self._recognise, alone=self.alone)
        return [(position, argument) for position in stated]

    def _recognise(self, stated: str) -> str | None:
        if normal_form(stated) == ABSTAIN:
            # On an open scale the word would pass for a position, and might even prevail.
            return ABSTAIN if self.abstain else None
        return self.scale.recognise(stated)

    def _position_words(self) -> str:
        otherwise = f', or "{ABSTAIN}" if you cannot judge' if self.abstain else ""
        return f"{self.scale.words()}{otherwise}"


def _ballot(position: str, reading: JsonObject, *, revision: bool) -> Position | Abstention:
    argument = reading.get("argument")
    said = argument.strip() if isinstance(argument, str) else ""
    needs = texts(reading.get("needs"))
    if position == ABSTAIN:
        return Abstention(reason=said, needs=needs)
    return Position(
        position=position,
        argument=said,
        would_flip=text_or_none(reading.get("would_flip")),
        confidence=share_or_none(reading.get("confidence")),
        needs=needs,
        because=_cause(reading.get("because")) if revision else None,
    )


def _cause(value: JsonValue) -> str | None:
    """What changed a position; models write "null" in quotes as well, and that names nothing."""
    cause = text_or_none(value)
    return None if cause is None or normal_form(cause) in _NO_CAUSE else cause
