"""HTTP as such: keep-alive, pipelining, chunks, crowds, and an end that leaves nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.provider import Hang, MisbehavingProvider, Say, Slow
from tests.provider.bare_client import ask, bare_client, chat


def raw_post(body: bytes, *headers: str) -> bytes:
    head = ["POST /v1/chat/completions HTTP/1.1", "Host: x", *headers]
    if not any(header.startswith("Content-Length") for header in headers):
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


async def exchange_bytes(provider: MisbehavingProvider, sent: bytes, until: bytes) -> bytes:
    """Sends bytes, reads until the given ones have come (empty: until the end)."""
    port = httpx.URL(provider.base_url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        return await (reader.readuntil(until) if until else reader.read())
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_connection_is_kept_alive_for_the_next_request() -> None:
    async with (
        MisbehavingProvider({"a": Say("Yes.")}) as provider,
        bare_client(provider) as client,
    ):
        for _ in range(3):
            assert (await ask(client, chat())).status_code == 200
            assert provider.open_connections == 1


async def test_a_client_that_asks_for_the_end_gets_it() -> None:
    async with MisbehavingProvider({"a": Say("Yes.")}) as provider:
        sent = raw_post(json.dumps(chat()).encode(), "Connection: close")
        received = await exchange_bytes(provider, sent, until=b"")
        assert received.startswith(b"HTTP/1.1 200 OK\r\n")
        await provider.wait_until(lambda: provider.open_connections == 0)


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with MisbehavingProvider({"a": [Slow(0.01, Say("1")), Say("2")]}) as provider:
        post = raw_post(json.dumps(chat()).encode())
        received = await exchange_bytes(provider, post + post, until=b'"chatcmpl-2"')
        assert received.index(b'"chatcmpl-1"') < received.index(b'"chatcmpl-2"')


async def test_a_chunked_request_is_read_whole() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for part in json.dumps(chat()).encode().partition(b"Ship"):
            yield part

    async with (
        MisbehavingProvider({"a": Say("Yes.")}) as provider,
        bare_client(provider) as client,
    ):
        reply = await client.post("chat/completions", content=chunks())
        assert reply.status_code == 200
        assert provider.requests[0].headers["transfer-encoding"] == "chunked"
        assert provider.requests[0].prompt == "Ship on Friday?"


async def test_a_request_of_a_megabyte_is_read_whole() -> None:
    question = "é" * 500_000
    async with (
        MisbehavingProvider({"a": lambda request: Say(request.prompt)}) as provider,
        bare_client(provider) as client,
    ):
        body = {"model": "a", "messages": [{"role": "user", "content": question}]}
        reply = await client.post("chat/completions", json=body)
        assert reply.json()["choices"][0]["message"]["content"] == question


async def test_a_client_that_waits_for_leave_to_send_its_body_gets_it() -> None:
    async with MisbehavingProvider() as provider:
        sent = raw_post(b"", "Expect: 100-continue", "Content-Length: 2")
        received = await exchange_bytes(provider, sent, until=b"\r\n\r\n")
        assert received.startswith(b"HTTP/1.1 100")


async def test_what_is_not_http_gets_a_400_and_the_end() -> None:
    async with MisbehavingProvider() as provider:
        received = await exchange_bytes(provider, b"hello\r\n\r\n", until=b"")
        assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"This is not HTTP/1.1" in received


async def test_hundreds_of_connections_are_served_at_once() -> None:
    crowd = 400
    async with MisbehavingProvider({"a": Slow(0.2, Say("Yes."))}) as provider:
        post = raw_post(json.dumps(chat()).encode())
        asking = [
            asyncio.create_task(exchange_bytes(provider, post, until=b'"usage"'))
            for _ in range(crowd)
        ]
        await provider.wait_for_requests(crowd)
        replies = await asyncio.gather(*asking)
        assert all(reply.startswith(b"HTTP/1.1 200 OK") for reply in replies)
        assert {exchange.outcome for exchange in provider.exchanges} == {"answered"}
        await provider.wait_until(lambda: provider.open_connections == 0)


async def test_closing_ends_hanging_and_idle_connections_and_leaves_no_task() -> None:
    tasks_before = asyncio.all_tasks()
    async with MisbehavingProvider({"a": Hang(), "b": Say("Yes.")}) as provider:
        client = bare_client(provider)
        await ask(client, chat("b"))
        asking = asyncio.create_task(ask(client, chat()))
        await provider.wait_for_requests(2)
    assert [exchange.outcome for exchange in provider.exchanges] == ["answered", "provider_closed"]
    assert provider.open_connections == 0
    with pytest.raises(httpx.RemoteProtocolError):
        await asking
    assert asyncio.all_tasks() == tasks_before
    with pytest.raises(httpx.ConnectError):
        await client.get("models")
    await client.aclose()


async def test_waiting_in_vain_says_what_did_happen() -> None:
    async with (
        MisbehavingProvider({"a": Say("Yes.")}) as provider,
        bare_client(provider) as client,
    ):
        await ask(client, chat())
        with pytest.raises(
            TimeoutError, match=r"2 requests; requests: a answered; open connections: 1"
        ):
            await provider.wait_for_requests(2, timeout_s=0.01)


async def test_a_wait_that_was_given_up_harms_no_other() -> None:
    async with (
        MisbehavingProvider({"a": Say("Yes.")}) as provider,
        bare_client(provider) as client,
    ):
        await ask(client, chat())
        given_up = asyncio.create_task(provider.wait_for_requests(2))
        kept = asyncio.create_task(provider.wait_for_requests(2))
        await asyncio.sleep(0)
        given_up.cancel()
        await ask(client, chat())
        await kept
        assert given_up.cancelled()
