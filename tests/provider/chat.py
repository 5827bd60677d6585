"""A chat-completion request as it arrived: parsed once, strictly, at the edge.

Behaviour functions and tests read these. Header values and the raw body are kept out of
`repr`, so that a failing assertion never prints a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
)

ResponseFormatKind: TypeAlias = Literal["json_object", "json_schema"]

_JSON_OBJECT = TypeAdapter(dict[str, JsonValue])


class ChatRequestError(ValueError):
    """The body is no chat-completion request; the message says what and where."""


@dataclass(frozen=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True)
class ChatRequest:
    """One `POST /v1/chat/completions`.

    `number` counts from 1 over all models; `received_at_s` is `time.monotonic()`.
    """

    number: int
    model: str
    messages: tuple[Message, ...]
    response_format: ResponseFormatKind | None
    json_schema: dict[str, JsonValue] | None
    """The schema asked for (`response_format.json_schema.schema`)."""
    received_at_s: float
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case; the last one of a repeated header counts."""
    raw_body: bytes = field(repr=False)

    @property
    def api_key(self) -> str | None:
        """The bearer token, or None."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" and token else None

    @property
    def prompt(self) -> str:
        """All messages' text, in order, one blank line between them."""
        return "\n\n".join(message.content for message in self.messages)

    def body(self) -> dict[str, JsonValue]:
        """Everything the client sent, for parameters that have no field of their own."""
        return _JSON_OBJECT.validate_json(self.raw_body)


def _joined_parts(content: object) -> object:
    """Text of a content list (`[{"type": "text", "text": ...}]`); anything else as it is."""
    if content is None:
        return ""
    if not isinstance(content, list):
        return content
    texts = (part.get("text", "") for part in content if isinstance(part, dict))
    return "".join(text for text in texts if isinstance(text, str))


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Message(_Lenient):
    role: str
    content: Annotated[str, BeforeValidator(_joined_parts)] = ""


class _JsonSchema(_Lenient):
    name: str
    schema_: dict[str, JsonValue] = Field(alias="schema")


class _ResponseFormat(_Lenient):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None


class _ChatBody(_Lenient):
    model: str
    messages: list[_Message] = Field(min_length=1)
    response_format: _ResponseFormat | None = None
    stream: Literal[False] | None = None


def parse_chat_request(
    raw_body: bytes, *, number: int, headers: Mapping[str, str], received_at_s: float
) -> ChatRequest:
    """Raises `ChatRequestError`, naming the field at fault."""
    try:
        body = _ChatBody.model_validate_json(raw_body)
    except ValidationError as error:
        raise ChatRequestError(_first_fault(error)) from error
    asked = body.response_format
    schema = asked.json_schema if asked is not None else None
    return ChatRequest(
        number=number,
        model=body.model,
        messages=tuple(Message(m.role, m.content) for m in body.messages),
        response_format=asked.type if asked is not None and asked.type != "text" else None,
        json_schema=schema.schema_ if schema is not None else None,
        received_at_s=received_at_s,
        headers=headers,
        raw_body=raw_body,
    )


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"]) or "the body"
    return f"{where}: {fault['msg']}"
