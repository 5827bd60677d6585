"""What the provider can be told to do: values, no I/O.

A `Behaviour` says how one request is answered. It is a closed, tagged union, so that the
same thing can be written in a test (`Slow(0.2, Say("yes"))`), in a JSON file
(`{"kind": "slow", "delay_s": 0.2, "then": {"kind": "say", "text": "yes"}}`), and matched
exhaustively where it is turned into bytes (`script.py`). `Replies` says how the requests
for one model are answered in turn.

This module knows neither HTTP framing nor sockets nor the project under test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import ConfigDict, Field, JsonValue, NonNegativeFloat, NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass

from tests.provider.chat import ChatRequest, ResponseFormatKind

_STRICT = ConfigDict(extra="forbid")

HeaderText: TypeAlias = Annotated[str, Field(pattern=r"^[ -~]*$")]


@dataclass(frozen=True, config=_STRICT)
class TokenCounts:
    """A usage block to be reported as it stands, whatever was really said."""

    prompt_tokens: NonNegativeInt
    completion_tokens: NonNegativeInt


@dataclass(frozen=True, config=_STRICT)
class HttpDateIn:
    """A `Retry-After` date lying `seconds` after the moment of answering.

    HTTP dates are whole seconds; the date is rounded up, so that it never asks for less.
    """

    seconds: NonNegativeFloat


Usage: TypeAlias = TokenCounts | Literal["estimated", "absent"]
"""`estimated` is characters / 4, rounded up; `absent` leaves the usage block out."""

FinishReason: TypeAlias = Literal["stop", "length", "content_filter"]


@dataclass(frozen=True, config=_STRICT)
class Say:
    """A well-formed completion with this text. The text itself may be any nonsense."""

    text: str
    _: KW_ONLY
    usage: Usage = "estimated"
    finish_reason: FinishReason = "stop"
    kind: Literal["say"] = "say"

    @classmethod
    def json(cls, **fields: JsonValue) -> Say:
        """A completion whose text is a JSON object with these fields."""
        return cls(json.dumps(fields, ensure_ascii=False))


@dataclass(frozen=True, config=_STRICT)
class Empty:
    """A well-formed completion that says nothing: content `""`, or `null`."""

    _: KW_ONLY
    content: Literal[""] | None = ""
    finish_reason: FinishReason = "stop"
    kind: Literal["empty"] = "empty"


@dataclass(frozen=True, config=_STRICT)
class ReasoningOnly:
    """The answer stands in `reasoning_content`, the content is empty, as some reasoners do."""

    text: str
    _: KW_ONLY
    content: Literal[""] | None = ""
    kind: Literal["reasoning_only"] = "reasoning_only"


@dataclass(frozen=True, config=_STRICT)
class Refusal:
    """The model declines in the `refusal` field of a well-formed completion (content null)."""

    text: str = "I'm sorry, but I can't help with that."
    _: KW_ONLY
    kind: Literal["refusal"] = "refusal"


@dataclass(frozen=True, config=_STRICT)
class Status:
    """An HTTP error with an OpenAI-like error body.

    `retry_after` is whole seconds, a date, or any text verbatim (real ones send nonsense).
    The class methods below are the errors providers really send, in their own words.
    """

    code: int = Field(ge=400, le=599)
    _: KW_ONLY
    message: str = "The server had an error while processing your request."
    error_type: str = "server_error"
    error_code: str | None = None
    param: str | None = None
    retry_after: NonNegativeInt | HttpDateIn | HeaderText | None = None
    kind: Literal["status"] = "status"

    @classmethod
    def rate_limited(cls, retry_after: int | HttpDateIn | str | None = None) -> Status:
        return cls(
            429,
            message="Rate limit reached for requests. Please slow down.",
            error_type="requests",
            error_code="rate_limit_exceeded",
            retry_after=retry_after,
        )

    @classmethod
    def quota_spent(cls) -> Status:
        """A 429 that no waiting mends."""
        return cls(
            429,
            message="You exceeded your current quota, please check your plan and billing details.",
            error_type="insufficient_quota",
            error_code="insufficient_quota",
        )

    @classmethod
    def server_error(cls) -> Status:
        return cls(500)

    @classmethod
    def overloaded(cls, retry_after: int | HttpDateIn | str | None = None) -> Status:
        return cls(
            503,
            message="The engine is currently overloaded, please try again later.",
            error_type="overloaded_error",
            retry_after=retry_after,
        )

    @classmethod
    def unauthorized(cls, message: str = "Incorrect API key provided.") -> Status:
        return cls(
            401, message=message, error_type="invalid_request_error", error_code="invalid_api_key"
        )

    @classmethod
    def model_withdrawn(cls, model: str = "requested") -> Status:
        return cls(
            404,
            message=f"The model `{model}` does not exist or you do not have access to it.",
            error_type="invalid_request_error",
            error_code="model_not_found",
            param="model",
        )

    @classmethod
    def context_too_long(cls, limit_tokens: int = 8192) -> Status:
        return cls(
            400,
            message=(
                f"This model's maximum context length is {limit_tokens} tokens. However, your "
                f"messages resulted in {limit_tokens + 1} tokens. Please reduce the length of "
                "the messages."
            ),
            error_type="invalid_request_error",
            error_code="context_length_exceeded",
            param="messages",
        )

    @classmethod
    def content_refused(cls) -> Status:
        return cls(
            400,
            message="Your request was rejected as a result of our safety system.",
            error_type="invalid_request_error",
            error_code="content_policy_violation",
        )

    @classmethod
    def response_format_unsupported(cls, refused: str = "json_schema") -> Status:
        return cls(
            400,
            message=(
                "Invalid parameter: 'response_format' of type "
                f"'{refused}' is not supported with this model."
            ),
            error_type="invalid_request_error",
            param="response_format",
        )


@dataclass(frozen=True, config=_STRICT)
class ErrorBody:
    """HTTP 200 whose body is an error object, as some gateways answer."""

    message: str = "Upstream provider failed."
    _: KW_ONLY
    error_type: str = "upstream_error"
    kind: Literal["error_body"] = "error_body"


@dataclass(frozen=True, config=_STRICT)
class BrokenJson:
    """HTTP 200 with a complete body that is not JSON."""

    body: str = '{"id": "chatcmpl-0", "choices": [{"message": {"content": "ye'
    _: KW_ONLY
    content_type: HeaderText = "application/json"
    kind: Literal["broken_json"] = "broken_json"


@dataclass(frozen=True, config=_STRICT)
class Hang:
    """Never answers; ends when the client gives up or the provider closes."""

    _: KW_ONLY
    kind: Literal["hang"] = "hang"


@dataclass(frozen=True, config=_STRICT)
class DropBefore:
    """The connection ends before a byte of the response. `reset`: by RST, not by FIN."""

    _: KW_ONLY
    reset: bool = False
    kind: Literal["drop_before"] = "drop_before"


@dataclass(frozen=True, config=_STRICT)
class DropMidBody:
    """The connection ends when half the body has been sent."""

    text: str = "This sentence is cut off in the middle."
    _: KW_ONLY
    kind: Literal["drop_mid_body"] = "drop_mid_body"


@dataclass(frozen=True, config=_STRICT)
class SlowBody:
    """The head at once, the body chunked, in `pieces` equal parts with a pause after each.

    A client that times out on silence is kept waiting by this one.
    """

    text: str
    _: KW_ONLY
    pieces: PositiveInt = 8
    pause_s: NonNegativeFloat = 0.05
    kind: Literal["slow_body"] = "slow_body"


@dataclass(frozen=True, config=_STRICT)
class Slow:
    """Waits, then does something else."""

    delay_s: NonNegativeFloat
    then: Behaviour
    _: KW_ONLY
    kind: Literal["slow"] = "slow"


@dataclass(frozen=True, config=_STRICT)
class RefusesSchema:
    """Answers 400 to a request with one of the `refused` response formats, else `then`."""

    then: Behaviour
    _: KW_ONLY
    refused: tuple[ResponseFormatKind, ...] = ("json_schema",)
    kind: Literal["refuses_schema"] = "refuses_schema"


Behaviour: TypeAlias = Annotated[
    Say
    | Empty
    | ReasoningOnly
    | Refusal
    | Status
    | ErrorBody
    | BrokenJson
    | Hang
    | DropBefore
    | DropMidBody
    | SlowBody
    | Slow
    | RefusesSchema,
    Field(discriminator="kind"),
]

Replies: TypeAlias = Behaviour | Sequence[Behaviour] | Callable[[ChatRequest], Behaviour]
"""One behaviour for every request; or the n-th for the n-th request, the last one repeating;
or a function of the request."""


_KINDS: Final[tuple[type, ...]] = get_args(get_args(Behaviour)[0])


def checked(value: Behaviour) -> Behaviour:
    """The value itself; a TypeError for what only a type checker would have refused."""
    if not isinstance(value, _KINDS):
        names = ", ".join(kind.__name__ for kind in _KINDS)
        raise TypeError(f"{value!r} is no behaviour; the behaviours are {names}")
    return value


def json_ballot(*, position: str, **fields: JsonValue) -> Say:
    """A completion whose text is a ballot: `position` and whatever else the schema asks for
    (`argument`, `would_flip`, `confidence`, `needs`, ...)."""
    return Say.json(position=position, **fields)
