"""Seats: what an error that came out of litellm means.

litellm chooses the class of an error by words in its text before it looks at the status, and
makes up a status where no server sent one: a dropped connection is an "internal server error
500". What happened on the wire stands in the chain of causes, and is read from there.

Imported when there is an error to read: httpx comes with litellm and takes its time.
"""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import JsonValue

from magi_mcp.core.replies import NO_USAGE, FailureKind, Usage
from magi_mcp.seats.completions import ModelFault, ReplyFormat
from magi_mcp.seats.retry_after import retry_after_s
from magi_mcp.seats.secrecy import Redactor

UNCHARGED = NO_USAGE.model_copy(update={"calls": 1})
"""A request that was answered with an error status was not served and is not charged for."""

UNKNOWN = Usage()
"""One that broke off may have been, and nobody can tell for how much."""

_TLS = re.compile(r" ssl:(?:default|<[^>]*>)")


def fault_of(
    litellm: Any,  # noqa: ANN401  (its error classes are only known to it)
    error: Exception,
    demanded: ReplyFormat,
    redact: Redactor,
    now: float,
) -> ModelFault:
    """The fault that ``error`` stands for, when a reply was ``demanded`` in that format.

    ``now``, in seconds since the epoch, is what a date to wait for is reckoned from.
    """
    faults = (_seen_in(link, demanded, redact, now) for link in _chain(error))
    return next(filter(None, faults), None) or _without_trace(litellm, error, redact)


def _seen_in(
    link: BaseException, demanded: ReplyFormat, redact: Redactor, now: float
) -> ModelFault | None:
    """What one link of the chain tells of the wire, if anything."""
    match link:
        case httpx.HTTPStatusError():
            return _refusal(_Answer.read(link.response, now), demanded, redact)
        case httpx.TimeoutException():
            return ModelFault("timeout", "no answer in time", usage=UNKNOWN, retryable=True)
        case httpx.TransportError():
            # A connection that was reset has the same class here as one that was refused.
            never = any(
                isinstance(e, ConnectionRefusedError | socket.gaierror) for e in _chain(link)
            )
            said = _TLS.sub("", str(link)) or type(link).__name__
            detail = redact(f"{'no connection' if never else 'connection lost'}: {said}")
            usage = UNCHARGED if never else UNKNOWN
            return ModelFault("connection", detail, usage=usage, retryable=True)
        case json.JSONDecodeError():
            detail = redact(f"the reply is not JSON: {link}")
            return ModelFault("server", detail, usage=UNKNOWN, retryable=True)
        case _:
            return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, the outermost first."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


@dataclass(frozen=True)
class _Answer:
    """An error that a server sent; ``words`` are its codes and its message in lower case."""

    status: int
    message: str
    words: str
    retry_after_s: float | None

    @classmethod
    def read(cls, response: httpx.Response, now: float) -> "_Answer":
        error = _error_object(response)
        message = error.get("message") or error.get("detail")
        said = message if isinstance(message, str) else response.reason_phrase
        codes = [error.get(key) for key in ("code", "type", "status", "param")]
        words = " ".join(str(code) for code in (*codes, said) if code is not None)
        status = response.status_code
        wait_s = retry_after_s(response.headers.get("retry-after"), now)
        asks = f" (asks for a pause of {wait_s:.0f} s)" if wait_s else ""
        return cls(status, f"HTTP {status}: {said}{asks}", words.casefold(), wait_s)


def _error_object(response: httpx.Response) -> dict[str, JsonValue]:
    """The object that says what is wrong, wherever the provider puts it; empty without one."""
    try:
        body: JsonValue = json.loads(response.text)
    except (ValueError, httpx.StreamError):
        return {}
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return {}
    error = body.get("error", body)
    if isinstance(error, str):
        return {"message": error}
    return error if isinstance(error, dict) else {}


_STATUSES: dict[int, FailureKind] = {
    401: "authentication",
    402: "rate_limited",
    403: "authentication",
    404: "unknown_model",
    408: "timeout",
    410: "unknown_model",
    413: "context_too_long",
    429: "rate_limited",
}
# What providers write into the code or the message of a 4xx where there is no status for it.
_WORDS: tuple[tuple[FailureKind, re.Pattern[str]], ...] = (
    (
        "context_too_long",
        re.compile(
            r"context_length_exceeded|maximum context length|context window|prompt is too long"
            r"|maximum number of tokens"
        ),
    ),
    (
        "refused_content",
        re.compile(
            r"content_policy|content_filter|content management policy|safety system"
            r"|requires moderation|input was flagged"
        ),
    ),
    (
        "unknown_model",
        re.compile(r"model_not_found|not a valid model|model .{0,80}(?:not found|not exist)"),
    ),
    (
        "authentication",
        re.compile(r"invalid_api_key|api_key_invalid|api key not valid|invalid api key"),
    ),
)
_ABOUT_FORMAT = re.compile(
    r"response[_ ]?(?:format|schema|mime)|json[_ ](?:schema|object|mode)|structured[_ ]output"
    r"|guided[_ ]|output_format|json_validate_failed"
)


def _refusal(answer: _Answer, demanded: ReplyFormat, redact: Redactor) -> ModelFault:
    kind = _kind(answer)
    # Waiting mends no account that is out of credit.
    spent = answer.status == 402 or "insufficient_quota" in answer.words
    return ModelFault(
        kind,
        redact(answer.message),
        usage=UNCHARGED,
        retryable=kind in ("server", "timeout") or (kind == "rate_limited" and not spent),
        retry_after_s=answer.retry_after_s,
        format_refused=kind == "bad_request"
        and demanded != "text"
        and _ABOUT_FORMAT.search(answer.words) is not None,
    )


def _kind(answer: _Answer) -> FailureKind:
    if not 400 <= answer.status < 500:
        return "server"
    by_status = _STATUSES.get(answer.status)
    if by_status is not None and answer.status in (401, 429):
        return by_status
    return _told(answer.words) or by_status or "bad_request"


def _told(words: str) -> FailureKind | None:
    return next((kind for kind, pattern in _WORDS if pattern.search(words)), None)


_CLASS_NAMES = re.compile(r"^(?:[\w.]*(?:Error|Exception|Timeout)(?::| -)\s*)+")
_NO_CREDENTIALS = re.compile(r"missing .{0,20}(?:api.?key|credentials)", re.IGNORECASE)


def _without_trace(litellm: Any, error: Exception, redact: Redactor) -> ModelFault:  # noqa: ANN401
    """The fault behind an error without a cause: litellm's own, or a reply it cannot read."""
    said = str(error).partition("Traceback (most recent")[0].strip().partition("\n")[0]
    detail = redact(_CLASS_NAMES.sub("", said) or type(error).__name__)
    match error:
        case litellm.Timeout():
            return ModelFault("timeout", detail, usage=UNKNOWN, retryable=True)
        case litellm.RateLimitError():
            return ModelFault("rate_limited", detail, usage=UNKNOWN, retryable=True)
        case litellm.AuthenticationError():
            return ModelFault("authentication", detail, usage=NO_USAGE)
        case _ if _NO_CREDENTIALS.search(said):
            return ModelFault("authentication", detail, usage=NO_USAGE)
        case litellm.BadRequestError() | litellm.NotFoundError():
            return ModelFault(_told(said.casefold()) or "bad_request", detail, usage=UNCHARGED)
        case _:
            return ModelFault("server", detail, usage=UNKNOWN, retryable=True)
