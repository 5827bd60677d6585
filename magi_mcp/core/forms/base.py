"""Core: the form a reply is asked in, and its strict reading.

One form says all there is to say about the shape of a reply: the JSON schema sent to models
that take one, the words that describe it in the prompt, the reading of what came back, and
the words of a repair. Seats use it to notice a malformed reply while the model can still be
asked again; the procedure uses the same reading for the ballot.
"""

from typing import Protocol

from pydantic import JsonValue


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


def object_schema(**properties: JsonValue) -> dict[str, JsonValue]:
    """A closed JSON object that requires all its properties, as strict modes demand."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
