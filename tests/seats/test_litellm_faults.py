"""Errors as they come out of litellm, read by what caused them. No litellm is loaded for it."""

import json
import socket
from dataclasses import dataclass

import httpx
import pytest

from magi_mcp.core.replies import NO_USAGE, Usage
from magi_mcp.seats.completions import ModelFault, ReplyFormat
from magi_mcp.seats.litellm_faults import fault_of
from magi_mcp.seats.secrecy import Redactor

UNCHARGED = NO_USAGE.model_copy(update={"calls": 1})
NOW = 1_000_000_000.0
"""2001-09-09 01:46:40 UTC"""


class _Errors:
    """The classes that litellm's errors have; each is raised for more than its name says."""

    class Timeout(Exception): ...

    class RateLimitError(Exception): ...

    class AuthenticationError(Exception): ...

    class BadRequestError(Exception): ...

    class NotFoundError(Exception): ...

    class APIError(Exception): ...


def caused_by(cause: BaseException, wrapper: type[Exception] = _Errors.APIError) -> Exception:
    """An error of litellm's, with one more error between itself and the cause."""
    outermost, between = wrapper("litellm.APIError: who knows what"), RuntimeError("wrapped")
    outermost.__context__, between.__cause__ = between, cause
    return outermost


def fault(error: Exception, demanded: ReplyFormat = "schema") -> ModelFault:
    return fault_of(_Errors, error, demanded, Redactor({}), NOW)


@dataclass(frozen=True)
class Sent:
    status: int
    body: str
    retry_after: str | None = None

    def fault(self, demanded: ReplyFormat = "schema") -> ModelFault:
        request = httpx.Request("POST", "http://127.0.0.1/v1/chat/completions")
        headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
        response = httpx.Response(self.status, text=self.body, request=request, headers=headers)
        error = httpx.HTTPStatusError("status", request=request, response=response)
        return fault(caused_by(error), demanded)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html><body>Bad gateway</body></html>", "HTTP 502: Bad Gateway"),
        ("", "HTTP 502: Bad Gateway"),
        ("null", "HTTP 502: Bad Gateway"),
        ("[]", "HTTP 502: Bad Gateway"),
        ('{"error": null}', "HTTP 502: Bad Gateway"),
        ('{"error": {"message": ["odd"]}}', "HTTP 502: Bad Gateway"),
        ('{"error": {"message": "upstream is gone"}}', "HTTP 502: upstream is gone"),
        ('[{"error": {"message": "upstream is gone"}}]', "HTTP 502: upstream is gone"),
        ('{"error": "upstream is gone"}', "HTTP 502: upstream is gone"),
        ('{"message": "upstream is gone"}', "HTTP 502: upstream is gone"),
        ('{"detail": "upstream is gone"}', "HTTP 502: upstream is gone"),
        ('{"error": {"message": "first\\nsecond"}}', "HTTP 502: first second"),
    ],
)
def test_a_server_is_quoted_wherever_it_puts_its_words_and_named_where_it_has_none(
    body: str, said: str
) -> None:
    told = Sent(502, body).fault()
    assert (told.failure, told.retryable, told.detail) == ("server", True, said)
    assert told.usage == UNCHARGED


def test_an_answer_that_was_never_read_is_told_by_its_status() -> None:
    request = httpx.Request("POST", "http://127.0.0.1/v1")
    response = httpx.Response(503, stream=httpx.AsyncByteStream(), request=request)
    error = httpx.HTTPStatusError("status", request=request, response=response)
    assert fault(caused_by(error)).detail == "HTTP 503: Service Unavailable"


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"code": "context_length_exceeded", "message": "x"}, "context_too_long"),
        ({"message": "prompt is too long: 200001 tokens > 200000"}, "context_too_long"),
        ({"message": "The input token count exceeds the maximum number of tokens allowed"},
         "context_too_long"),
        ({"code": "content_filter", "message": "x"}, "refused_content"),
        ({"message": "triggering Azure's content management policy"}, "refused_content"),
        ({"code": 400, "status": "INVALID_ARGUMENT", "message": "API key not valid."},
         "authentication"),
        ({"message": "model 'llama9' not found, try pulling it first"}, "unknown_model"),
        ({"message": "The model `m` does not exist"}, "unknown_model"),
        ({"message": "temperature must be at most 2"}, "bad_request"),
    ],
)  # fmt: skip
def test_a_bad_request_is_told_apart_by_its_code_and_its_words(
    error: dict[str, object], failure: str
) -> None:
    told = Sent(400, json.dumps({"error": error})).fault()
    assert (told.failure, told.retryable, told.format_refused) == (failure, False, False)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("7", 7.0), ("Sun, 09 Sep 2001 01:46:52 GMT", 12.0), ("soon", None), (None, None)],
)
def test_how_long_a_provider_wants_to_be_left_alone_is_told_with_its_refusal(
    status: int, header: str | None, wait_s: float | None
) -> None:
    told = Sent(status, "{}", header).fault()
    assert (told.retryable, told.retry_after_s) == (True, wait_s)


def test_a_format_is_refused_only_where_one_was_demanded() -> None:
    refusal = Sent(400, '{"error": {"message": "no", "param": "response_format"}}')
    assert refusal.fault("schema").format_refused
    assert refusal.fault("json").format_refused
    assert not refusal.fault("text").format_refused


def test_a_format_is_not_refused_by_a_server_that_is_down_or_knows_no_such_model() -> None:
    for status in (404, 429, 500):
        told = Sent(status, '{"error": {"message": "json_schema", "param": "response_format"}}')
        assert not told.fault().format_refused


@pytest.mark.parametrize(
    ("cause", "failure", "usage"),
    [
        (httpx.ReadTimeout("slow"), "timeout", Usage()),
        (httpx.ReadError("reset"), "connection", Usage()),
        (httpx.RemoteProtocolError("gone"), "connection", Usage()),
        (httpx.ConnectError("reset by peer"), "connection", Usage()),
        (json.JSONDecodeError("odd", "<", 0), "server", Usage()),
    ],
)
def test_what_happened_on_the_wire_counts_whatever_class_litellm_gave_it(
    cause: Exception, failure: str, usage: Usage
) -> None:
    for wrapper in (_Errors.APIError, _Errors.BadRequestError, _Errors.RateLimitError):
        told = fault(caused_by(cause, wrapper))
        assert (told.failure, told.retryable, told.usage) == (failure, True, usage)


@pytest.mark.parametrize("root", [ConnectionRefusedError(111, "refused"), socket.gaierror()])
def test_a_connection_that_never_came_about_costs_nothing(root: OSError) -> None:
    error = httpx.ConnectError("cannot connect to a:1 ssl:<ssl.SSLContext at 0x7fd7> [refused]")
    error.__cause__ = root
    told = fault(caused_by(error))
    assert (told.failure, told.usage) == ("connection", UNCHARGED)
    assert told.detail == "no connection: cannot connect to a:1 [refused]"


def test_an_error_of_the_connection_without_words_is_told_by_its_name() -> None:
    assert fault(caused_by(httpx.ReadError(""))).detail == "connection lost: ReadError"


@pytest.mark.parametrize(
    ("error", "failure", "retryable"),
    [
        (_Errors.Timeout("litellm.Timeout: slow"), "timeout", True),
        (_Errors.RateLimitError("slow down"), "rate_limited", True),
        (_Errors.AuthenticationError("no"), "authentication", False),
        (_Errors.APIError("Missing credentials. Please pass an `api_key`"), "authentication",
         False),
        (_Errors.APIError("Missing Gemini API key. Set GEMINI_API_KEY"), "authentication", False),
        (_Errors.BadRequestError("model=x is odd"), "bad_request", False),
        (_Errors.BadRequestError("ContextWindow: maximum context length"), "context_too_long",
         False),
        (_Errors.NotFoundError("nowhere"), "bad_request", False),
        (_Errors.APIError("odd"), "server", True),
        (KeyError("choices"), "server", True),
    ],
)  # fmt: skip
def test_an_error_without_a_cause_is_litellms_own_word(
    error: Exception, failure: str, retryable: bool
) -> None:
    told = fault(error)
    assert (told.failure, told.retryable) == (failure, retryable)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("litellm.APIError: APIError: OpenAIException - Upstream failed.", "Upstream failed."),
        ("litellm.Timeout: Timeout Error: too slow", "Timeout Error: too slow"),
        ("Invalid response object Traceback (most recent call last):\n  x", "Invalid response obj"),
        ("first line\nsecond line", "first line"),
        ("", "APIError"),
        ("litellm.APIError: ", "APIError"),
    ],
)
def test_of_litellms_words_one_line_is_shown_without_its_class_names(said: str, shown: str) -> None:
    assert fault(_Errors.APIError(said)).detail.startswith(shown)


def test_causes_in_a_circle_are_followed_once() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert fault(one).failure == "server"
