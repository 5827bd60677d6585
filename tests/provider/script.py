"""From a behaviour to what happens on the wire: a pure generator, no sockets.

A script yields HTTP events (`h11`), pauses and at most one drop, in order; `connection.py`
performs it. The clock is handed in, and read only when a body or a date is written, so that
a `Retry-After` date behind a pause counts from the moment of answering.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import responses
from typing import Final, TypeAlias, assert_never

import h11
from pydantic import JsonValue

from tests.provider.behaviours import (
    Behaviour,
    BrokenJson,
    DropBefore,
    DropMidBody,
    Empty,
    ErrorBody,
    FinishReason,
    Hang,
    HttpDateIn,
    ReasoningOnly,
    Refusal,
    RefusesSchema,
    Say,
    Slow,
    SlowBody,
    Status,
    TokenCounts,
    Usage,
)
from tests.provider.chat import ChatRequest

_JSON_TYPE: Final = "application/json"
_CHARACTERS_PER_TOKEN: Final = 4


@dataclass(frozen=True)
class Pause:
    """Nothing happens for `seconds`; None: until the client is gone."""

    seconds: float | None


@dataclass(frozen=True)
class Drop:
    """The connection ends here: by FIN after what was sent, or by RST."""

    reset: bool = False


Action: TypeAlias = h11.Response | h11.Data | h11.EndOfMessage | Pause | Drop
Script: TypeAlias = Iterator[Action]
WallClock: TypeAlias = Callable[[], float]
"""Seconds since the epoch, as `time.time`."""


def perform(behaviour: Behaviour, request: ChatRequest, wall_clock: WallClock) -> Script:
    """The wire actions by which `behaviour` answers `request`."""
    match behaviour:
        case Say() | Empty() | ReasoningOnly() | Refusal():
            yield from whole_response(200, _completion_body(behaviour, request, wall_clock()))
        case Status():
            body = error_body(
                behaviour.message, behaviour.error_type, behaviour.error_code, behaviour.param
            )
            yield from whole_response(behaviour.code, body, _retry_header(behaviour, wall_clock))
        case ErrorBody():
            yield from whole_response(200, error_body(behaviour.message, behaviour.error_type))
        case BrokenJson():
            content_type = {"content-type": behaviour.content_type}
            yield from whole_response(200, behaviour.body.encode(), content_type)
        case Hang():
            yield Pause(None)
        case DropBefore():
            yield Drop(reset=behaviour.reset)
        case DropMidBody():
            body = _completion_body(Say(behaviour.text), request, wall_clock())
            yield _head(200, {"content-length": str(len(body))})
            yield h11.Data(data=body[: len(body) // 2])
            yield Drop()
        case SlowBody():
            body = _completion_body(Say(behaviour.text), request, wall_clock())
            yield from _slow_body(body, behaviour.pieces, behaviour.pause_s)
        case Slow():
            yield Pause(behaviour.delay_s)
            yield from perform(behaviour.then, request, wall_clock)
        case RefusesSchema():
            asked = request.response_format
            if asked is not None and asked in behaviour.refused:
                refusal = Status.response_format_unsupported(asked)
                yield from perform(refusal, request, wall_clock)
            else:
                yield from perform(behaviour.then, request, wall_clock)
        case _:
            assert_never(behaviour)


def whole_response(
    code: int, body: bytes, headers: Mapping[str, str] | None = None
) -> tuple[h11.Response, h11.Data, h11.EndOfMessage]:
    """A complete response in one go; JSON unless `headers` say otherwise."""
    head = _head(code, {"content-length": str(len(body)), **(headers or {})})
    return head, h11.Data(data=body), h11.EndOfMessage()


def json_body(value: JsonValue) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def error_body(
    message: str, error_type: str, code: str | None = None, param: str | None = None
) -> bytes:
    """The error object of the OpenAI API."""
    return json_body(
        {"error": {"message": message, "type": error_type, "param": param, "code": code}}
    )


def _slow_body(body: bytes, pieces: int, pause_s: float) -> Script:
    """Chunked; the head goes out before the first pause."""
    size = math.ceil(len(body) / pieces)
    yield _head(200, {"transfer-encoding": "chunked"})
    for start in range(0, len(body), size):
        yield Pause(pause_s)
        yield h11.Data(data=body[start : start + size])
    yield h11.EndOfMessage()


def _head(code: int, headers: Mapping[str, str]) -> h11.Response:
    return h11.Response(
        status_code=code,
        reason=responses.get(code, "Unassigned"),
        headers=list({"content-type": _JSON_TYPE, **headers}.items()),
    )


def _retry_header(status: Status, wall_clock: WallClock) -> dict[str, str]:
    match status.retry_after:
        case None:
            return {}
        case HttpDateIn(seconds=seconds):
            return {"retry-after": formatdate(math.ceil(wall_clock() + seconds), usegmt=True)}
        case int() | str() as verbatim:
            return {"retry-after": str(verbatim)}
        case other:
            assert_never(other)


@dataclass(frozen=True)
class _Choice:
    """What the four kinds of well-formed completion come to."""

    content: str | None
    extra: Mapping[str, str] = field(default_factory=dict)
    """Fields of the message beside the content."""
    finish_reason: FinishReason = "stop"
    usage: Usage = "estimated"


def _choice(completion: Say | Empty | ReasoningOnly | Refusal) -> _Choice:
    match completion:
        case Say(text):
            return _Choice(text, finish_reason=completion.finish_reason, usage=completion.usage)
        case Empty():
            return _Choice(completion.content, finish_reason=completion.finish_reason)
        case ReasoningOnly(text):
            return _Choice(completion.content, {"reasoning_content": text})
        case Refusal(text):
            return _Choice(None, {"refusal": text})
        case _:
            assert_never(completion)


def _completion_body(
    completion: Say | Empty | ReasoningOnly | Refusal, request: ChatRequest, now_s: float
) -> bytes:
    choice = _choice(completion)
    message: dict[str, JsonValue] = {
        "role": "assistant",
        "content": choice.content,
        **choice.extra,
    }
    body: dict[str, JsonValue] = {
        "id": f"chatcmpl-{request.number}",
        "object": "chat.completion",
        "created": int(now_s),
        "model": request.model,
        "choices": [{"index": 0, "message": message, "finish_reason": choice.finish_reason}],
    }
    counts = _token_counts(choice, request)
    if counts is not None:
        body["usage"] = {
            "prompt_tokens": counts.prompt_tokens,
            "completion_tokens": counts.completion_tokens,
            "total_tokens": counts.prompt_tokens + counts.completion_tokens,
        }
    return json_body(body)


def _token_counts(choice: _Choice, request: ChatRequest) -> TokenCounts | None:
    match choice.usage:
        case "absent":
            return None
        case "estimated":
            said = "".join([choice.content or "", *choice.extra.values()])
            asked = sum(len(message.content) for message in request.messages)
            return TokenCounts(_estimated_tokens(asked), _estimated_tokens(len(said)))
        case TokenCounts() as counts:
            return counts
        case other:
            assert_never(other)


def _estimated_tokens(characters: int) -> int:
    return math.ceil(characters / _CHARACTERS_PER_TOKEN)
