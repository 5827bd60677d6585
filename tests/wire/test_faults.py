"""Every way in which a provider fails, as the deliberation is told of it."""

import json
from dataclasses import dataclass

import pytest

from magi_mcp.core.replies import NO_USAGE, Failed, FailureKind, Usage
from magi_mcp.ports import SeatPort
from tests.provider import BrokenJson, MisbehavingProvider, Say, Status
from tests.seats.asks import ask
from tests.wire.conftest import PATIENCE_S, SeatOn

PREFIXES = ("openai", "openrouter", "hosted_vllm")
UNCHARGED = NO_USAGE.model_copy(update={"calls": 1})
UNKNOWN = Usage()


@dataclass(frozen=True)
class Fault:
    failure: FailureKind
    retryable: bool
    says: str
    usage: Usage = UNCHARGED
    timeout_s: float = PATIENCE_S


GALLERY_FAULTS = {
    "rate-limited": Fault("rate_limited", True, "HTTP 429: Rate limit reached"),
    "rate-limited-until": Fault("rate_limited", True, "HTTP 429: Rate limit reached"),
    "quota-spent": Fault("rate_limited", False, "HTTP 429: You exceeded your current quota"),
    "server-error": Fault("server", True, "HTTP 500: The server had an error"),
    "overloaded": Fault("server", True, "HTTP 503: The engine is currently overloaded"),
    "unauthorized": Fault("authentication", False, "HTTP 401: Incorrect API key provided."),
    "withdrawn": Fault("unknown_model", False, "HTTP 404: The model `withdrawn` does not exist"),
    "context-too-long": Fault("context_too_long", False, "HTTP 400: This model's maximum context"),
    "content-refused": Fault("refused_content", False, "HTTP 400: Your request was rejected"),
    "error-body": Fault("server", True, "Upstream provider failed.", UNKNOWN),
    "broken-json": Fault("server", True, "the reply is not JSON", UNKNOWN),
    "html": Fault("server", True, "", UNKNOWN),
    "hang": Fault("timeout", True, "no answer within 0.2 s", UNKNOWN, timeout_s=0.2),
    "slow": Fault("timeout", True, "no answer within 0.2 s", UNKNOWN, timeout_s=0.2),
    "slow-body": Fault("timeout", True, "no answer within 0.6 s", UNKNOWN, timeout_s=0.6),
    "drop-before": Fault("connection", True, "connection lost: Server disconnected", UNKNOWN),
    "reset": Fault("connection", True, "connection lost: ", UNKNOWN),
    "drop-mid-body": Fault("connection", True, "connection lost: ", UNKNOWN),
}

STATUSES = {
    "402": (Status(402, message="Insufficient credits"), "rate_limited", False),
    "403": (Status(403, message="Not in your region"), "authentication", False),
    "403-flagged": (Status(403, message="Your input was flagged"), "refused_content", False),
    "408": (Status(408), "timeout", True),
    "410": (Status(410, message="Gone for good"), "unknown_model", False),
    "413": (Status(413, message="Too large"), "context_too_long", False),
    "422": (Status(422, message="messages.0: bad"), "bad_request", False),
    "502": (Status(502), "server", True),
    "504": (Status(504), "server", True),
    "529": (Status(529, message="Overloaded"), "server", True),
    "500-of-many-words": (
        Status(500, message="rate limit, context window, invalid api key"),
        "server",
        True,
    ),
    "400-key": (Status(400, message="API key not valid."), "authentication", False),
    "400-model": (Status(400, message="x/y is not a valid model ID"), "unknown_model", False),
    "401-of-many-words": (
        Status(401, message="The model was not found", error_type="invalid_request_error"),
        "authentication",
        False,
    ),
}  # fmt: skip


async def failed(seat: SeatPort) -> Failed:
    reply = await seat.ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    return reply


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("model", GALLERY_FAULTS)
async def test_each_fault_is_told_by_its_kind_and_its_price(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str, model: str
) -> None:
    expected = GALLERY_FAULTS[model]
    reply = await failed(seat_on(f"{prefix}/{model}", timeout_s=expected.timeout_s))
    assert (reply.failure, reply.retryable) == (expected.failure, expected.retryable)
    assert reply.usage == expected.usage
    assert reply.detail.startswith(f"{prefix}/{model}: {expected.says}")
    assert "litellm" not in reply.detail


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_each_fault_is_met_once_and_nobody_tries_again_in_secret(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str
) -> None:
    once = ("rate-limited", "server-error", "overloaded", "drop-before", "error-body")
    for model in once:
        await failed(seat_on(f"{prefix}/{model}"))
    assert [request.model for request in provider.requests] == list(once)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", STATUSES)
async def test_a_status_means_what_it_says_whatever_words_come_with_it(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str, name: str
) -> None:
    status, failure, retryable = STATUSES[name]
    provider.set(name, status)
    reply = await failed(seat_on(f"{prefix}/{name}"))
    assert (reply.failure, reply.retryable) == (failure, retryable)
    assert reply.detail == f"{prefix}/{name}: HTTP {status.code}: {status.message}"
    assert reply.usage == UNCHARGED


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_server_that_nobody_runs_is_no_connection_and_costs_nothing(
    seat_on: SeatOn, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{prefix.upper()}_API_BASE", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENROUTER_API_KEY", "none-needed")
    reply = await failed(seat_on(f"{prefix}/a"))
    assert (reply.failure, reply.retryable, reply.usage) == ("connection", True, UNCHARGED)
    assert reply.detail.startswith(f"{prefix}/a: no connection: ")
    assert "127.0.0.1:1" in reply.detail


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_model_that_declines_in_so_many_words_has_refused(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str
) -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not.",
               "reasoning_content": "They ask for something terrible."}  # fmt: skip
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "declining",
            "choices": [choice], "usage": usage}  # fmt: skip
    provider.set("declining", BrokenJson(json.dumps(body)))
    reply = await failed(seat_on(f"{prefix}/declining"))
    assert (reply.failure, reply.retryable) == ("refused_content", False)
    assert reply.detail == f"{prefix}/declining: refused: I will not."
    assert (reply.usage.tokens_in, reply.usage.tokens_out) == (7, 3)
    assert len(provider.requests) == 1


async def test_a_reply_that_a_filter_took_away_was_refused(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    provider.set("filtered", Say("", finish_reason="content_filter"))
    reply = await failed(seat_on("openai/filtered"))
    assert reply.failure == "refused_content"


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[1, 2]",
        '"hello"',
        '{"id": "x", "choices": null}',
        '{"id": "x", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}',
        '{"choices": [{"message": {"role": "assistant", "content": [1]}, "finish_reason": 3}]}',
        '{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "many"}}',
    ],
)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")
async def test_a_body_that_is_no_completion_is_the_servers_fault_and_may_be_tried_again(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str, body: str
) -> None:
    provider.set("odd", BrokenJson(body))
    reply = await failed(seat_on(f"{prefix}/odd"))
    assert (reply.failure, reply.retryable) == ("server", True)
    assert len(reply.detail) > len(f"{prefix}/odd: ")
    assert "Traceback" not in reply.detail
    assert len(provider.requests) == 1


async def test_counts_below_zero_are_unknown_and_break_nothing(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": '{"position": "yes"}'}}
    usage = {"prompt_tokens": 7, "completion_tokens": -4, "total_tokens": 3}
    provider.set("odd", BrokenJson(json.dumps({"choices": [choice], "usage": usage})))
    reply = await seat_on("openai/odd").ask(ask(), PATIENCE_S)
    assert reply.usage == Usage(tokens_in=7, tokens_out=None, cost_usd=None)
