"""Each behaviour as a client sees it on the wire."""

from __future__ import annotations

import asyncio
import json
import time
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.provider import (
    BrokenJson,
    DropBefore,
    DropMidBody,
    Empty,
    ErrorBody,
    Hang,
    HttpDateIn,
    MisbehavingProvider,
    ReasoningOnly,
    Refusal,
    Replies,
    Say,
    Slow,
    SlowBody,
    Status,
    TokenCounts,
    json_ballot,
)
from tests.provider.bare_client import ask, chat, told

# --- completions -----------------------------------------------------------------------


async def test_a_completion_says_its_text_echoes_the_model_and_counts_tokens(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    provider.set("a", Say("Yes, do."))
    reply = (await ask(client, chat(prompt="x" * 41))).json()
    assert reply["model"] == "a"
    assert reply["id"] == "chatcmpl-1"
    assert reply["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Yes, do."},
            "finish_reason": "stop",
        }
    ]
    assert reply["usage"] == {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13}


async def test_usage_is_reported_as_told_or_left_out(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    given = await told(provider, client, Say("Yes.", usage=TokenCounts(1000, 5)))
    assert given.json()["usage"] == {
        "prompt_tokens": 1000,
        "completion_tokens": 5,
        "total_tokens": 1005,
    }
    assert "usage" not in (await told(provider, client, Say("Yes.", usage="absent"))).json()


async def test_a_ballot_is_a_completion_whose_text_is_json(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    ballot = json_ballot(position="yes", argument="Déjà vu", confidence=0.7)
    reply = await told(provider, client, ballot)
    text = reply.json()["choices"][0]["message"]["content"]
    assert text == '{"position": "yes", "argument": "Déjà vu", "confidence": 0.7}'


@pytest.mark.parametrize(
    ("behaviour", "message", "finish_reason"),
    [
        (Empty(), {"content": ""}, "stop"),
        (Empty(content=None), {"content": None}, "stop"),
        (Say("Yes, bec", finish_reason="length"), {"content": "Yes, bec"}, "length"),
        (ReasoningOnly("Hm."), {"content": "", "reasoning_content": "Hm."}, "stop"),
        (Refusal("I won't."), {"content": None, "refusal": "I won't."}, "stop"),
    ],
)
async def test_an_odd_completion_is_still_well_formed(
    provider: MisbehavingProvider,
    client: httpx.AsyncClient,
    behaviour: Replies,
    message: dict[str, object],
    finish_reason: str,
) -> None:
    reply = await told(provider, client, behaviour)
    assert reply.status_code == 200
    [choice] = reply.json()["choices"]
    assert choice["message"] == {"role": "assistant", **message}
    assert choice["finish_reason"] == finish_reason


# --- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "code", "error_code"),
    [
        (Status.rate_limited(), 429, "rate_limit_exceeded"),
        (Status.quota_spent(), 429, "insufficient_quota"),
        (Status.server_error(), 500, None),
        (Status.overloaded(), 503, None),
        (Status.unauthorized(), 401, "invalid_api_key"),
        (Status.model_withdrawn("a"), 404, "model_not_found"),
        (Status.context_too_long(), 400, "context_length_exceeded"),
        (Status.content_refused(), 400, "content_policy_violation"),
        (Status.response_format_unsupported(), 400, None),
        (Status(529, message="Busy.", error_code="busy"), 529, "busy"),
    ],
)
async def test_an_error_status_has_an_error_body_as_the_real_api_has(
    provider: MisbehavingProvider,
    client: httpx.AsyncClient,
    behaviour: Status,
    code: int,
    error_code: str | None,
) -> None:
    reply = await told(provider, client, behaviour)
    assert reply.status_code == code
    assert reply.json()["error"]["message"] == behaviour.message
    assert reply.json()["error"]["code"] == error_code


@pytest.mark.parametrize("retry_after", [7, "7", "soon"])
async def test_retry_after_is_sent_as_told(
    provider: MisbehavingProvider, client: httpx.AsyncClient, retry_after: int | str
) -> None:
    reply = await told(provider, client, Status.rate_limited(retry_after))
    assert reply.headers["retry-after"] == str(retry_after)


async def test_a_retry_after_date_counts_from_the_moment_of_answering(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    reply = await told(provider, client, Slow(0.01, Status.rate_limited(HttpDateIn(90))))
    ahead_s = parsedate_to_datetime(reply.headers["retry-after"]).timestamp() - time.time()
    assert 80 < ahead_s <= 91


async def test_no_retry_after_is_sent_unless_told(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    assert "retry-after" not in (await told(provider, client, Status.rate_limited())).headers


async def test_an_error_can_come_with_status_200(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    reply = await told(provider, client, ErrorBody("Upstream is down."))
    assert reply.status_code == 200
    assert reply.json()["error"]["message"] == "Upstream is down."
    assert "choices" not in reply.json()


async def test_a_body_can_be_no_json(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    reply = await told(provider, client, BrokenJson("<html>", content_type="text/html"))
    assert (reply.status_code, reply.text) == (200, "<html>")
    assert reply.headers["content-type"] == "text/html"


# --- connections -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "seen_as"),
    [
        (DropBefore(), httpx.RemoteProtocolError),
        (DropBefore(reset=True), httpx.ReadError),
        (DropMidBody("A long sentence that ends nowhere."), httpx.RemoteProtocolError),
    ],
)
async def test_a_connection_can_be_dropped(
    provider: MisbehavingProvider,
    client: httpx.AsyncClient,
    behaviour: Replies,
    seen_as: type[httpx.HTTPError],
) -> None:
    with pytest.raises(seen_as):
        await told(provider, client, behaviour)
    assert provider.exchanges[0].outcome == "dropped"
    await provider.wait_until(lambda: provider.open_connections == 0)


async def test_what_is_dropped_in_mid_body_was_half_sent(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    provider.set("a", DropMidBody("A long sentence that ends nowhere."))
    arrived = bytearray()

    async def read_to_the_end(reply: httpx.Response) -> None:
        async for part in reply.aiter_raw():
            arrived.extend(part)

    async with client.stream("POST", "chat/completions", json=chat()) as reply:
        with pytest.raises(httpx.RemoteProtocolError):
            await read_to_the_end(reply)
    assert arrived.startswith(b'{"id"')
    assert len(arrived) == int(reply.headers["content-length"]) // 2


async def test_a_hanging_model_notices_that_the_client_has_gone(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    asking = asyncio.create_task(told(provider, client, Hang()))
    await provider.wait_for_requests(1)
    assert (provider.exchanges[0].outcome, provider.open_connections) == ("underway", 1)
    asking.cancel()
    await provider.wait_until(lambda: provider.open_connections == 0)
    assert provider.exchanges[0].outcome == "client_gone"
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_slow_model_takes_its_time_and_then_does_what_it_was_told(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    reply = await told(provider, client, Slow(0.05, Slow(0.05, Status.overloaded())))
    assert reply.status_code == 503
    [exchange] = provider.exchanges
    assert exchange.ended_at_s is not None
    assert exchange.ended_at_s - exchange.request.received_at_s >= 0.09


async def test_a_client_that_leaves_a_slow_model_ends_the_exchange(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    provider.set("a", Slow(3600, Say("Too late.")))
    with pytest.raises(httpx.ReadTimeout):
        await client.post("chat/completions", json=chat(), timeout=0.05)
    await provider.wait_until(lambda: provider.exchanges[0].outcome == "client_gone")


async def test_nothing_is_done_later_for_a_client_that_has_left(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    errors: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, error: errors.append(error))
    provider.set("a", Slow(0.1, Say("Too late.")))
    provider.set("b", Slow(0.15, Say("In time.")))
    with pytest.raises(httpx.ReadTimeout):
        await client.post("chat/completions", json=chat(), timeout=0.02)
    assert (await ask(client, chat("b"))).status_code == 200
    assert errors == []


async def test_a_slow_body_arrives_whole_and_piece_by_piece(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    provider.set("a", SlowBody("Yes, with patience.", pieces=4, pause_s=0.02))
    async with client.stream("POST", "chat/completions", json=chat()) as reply:
        parts = [part async for part in reply.aiter_raw()]
    assert len(parts) == 4
    whole = b"".join(parts)
    assert json.loads(whole)["choices"][0]["message"]["content"] == "Yes, with patience."
    assert len(whole) == len((await told(provider, client, Say("Yes, with patience."))).content)
