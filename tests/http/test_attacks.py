"""Attacks on the wire itself: each is refused, and nothing crashes, leaks or is lost."""

import asyncio
import json
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.http.gate_keeper import gate_keeper
from tests.http.sites import MODERN, QUESTION, Site, site
from tests.server.meeting import text_of, verdict_in
from tests.support.lengths import by_the_tenth

CONNECTIONS = 1000
CASE = {"question": QUESTION, "method": "yes_no"}
ASKED = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "deliberate",
            "arguments": CASE,
            "_meta": {**MODERN, "progressToken": "p"},
        },
    }
).encode()
HEAD = (
    b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Accept: application/json, text/event-stream\r\n"
)
FOR_A_CALL = (
    b"MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: deliberate\r\n"
)
LIST = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'

RAW = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    "no request line": b"\r\n\r\n\x00\xff\r\n\r\n",
    "another protocol": b"POST /mcp SMTP/9.9\r\n\r\n",
    "a version of its own": b"POST /mcp HTTP/7.5\r\nHost: localhost\r\n\r\n",
    "a line without an end": b"GET /" + b"a" * 200_000,
    "headers without an end": HEAD + b"X: " + b"y" * 200_000,
    "a header that is none": HEAD + b"no colon here\r\n\r\n",
    "a header with a control character": HEAD + b"X: a\x00b\r\n\r\n",
    "a length below zero": HEAD + b"Content-Length: -1\r\n\r\n{}",
    "a length that is no number": HEAD + b"Content-Length: ten\r\n\r\n{}",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 46\r\n\r\n" + LIST,
    "a chunk that is no chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "an encoding that nobody knows": HEAD + b"Transfer-Encoding: rot13\r\n\r\n" + LIST,
    "two hosts": HEAD + b"Host: evil.example\r\nContent-Length: 2\r\n\r\n{}",
}


async def answer_to(served: Site, sent: bytes) -> bytes:
    """What the server says to bytes before it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        writer.write(sent)
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("sent", RAW.values(), ids=RAW.keys())
async def test_what_is_no_http_is_refused_and_closed(unguarded: Site, sent: bytes) -> None:
    answer = await answer_to(unguarded, sent)
    assert not answer or answer.startswith(b"HTTP/1.1 400")
    assert (await unguarded.post()).status_code == 200


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    ],
    ids=["length first", "length last", "two encodings", "nearly an encoding"],
)
async def test_no_second_request_is_smuggled_in_with_one_whose_end_is_disputed(
    unguarded: Site, framing: bytes
) -> None:
    smuggled = HEAD + b"Content-Length: %d\r\n\r\n" % len(LIST) + LIST
    answer = await answer_to(unguarded, HEAD + framing + smuggled)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1 ") == 1


@by_the_tenth
async def test_connections_dropped_in_the_midst_of_a_deliberation_leave_nothing_behind(
    tmp_path: Path, share: float
) -> None:
    env = {"MAGI_SERVER_REQUESTS_AT_ONCE": "2000"}
    async with gate_keeper() as gate:
        with site(tmp_path, "--gate", str(gate.port), env=env) as served:
            await drop(served, int(CONNECTIONS * share))
            await gate.asked(3)
            tasks, files, memory_kb = served.tasks(), served.open_files(), served.memory_kb()
            for _ in range(2):
                await drop(served, int(CONNECTIONS * share))
            assert served.tasks() <= tasks + 5
            assert served.open_files() <= files + 5
            assert served.memory_kb() < memory_kb * 1.3
            gate.open()
            async with served.client("auto") as client:
                found = await client.call_tool("deliberate", CASE)
                assert verdict_in(found)["ruling"] == "yes"
                assert verdict_in(found)["calls"] == 3
            assert "Traceback" not in served.last_words()


async def drop(served: Site, number: int) -> None:
    """Open so many connections, ask on each of them, hear the answer begin, and leave."""
    async with AsyncExitStack() as opened, asyncio.timeout(60):

        async def ask() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            opened.callback(writer.close)
            length = b"Content-Length: %d\r\n\r\n" % len(ASKED)
            writer.write(HEAD + FOR_A_CALL + length + ASKED)
            assert b"round 1" in await reader.readuntil(b"round 1")

        async with asyncio.TaskGroup() as tasks:
            for _ in range(number):
                tasks.create_task(ask())
    async with asyncio.timeout(30):
        while served.open_files() > 40 or served.tasks() > 40:
            await served.get("/healthz")


async def test_a_client_that_stops_reading_an_answer_holds_up_nobody(tmp_path: Path) -> None:
    async with gate_keeper() as gate:
        with site(tmp_path, "--gate", str(gate.port)) as served, socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            deaf.connect(("127.0.0.1", served.port))
            deaf.sendall(HEAD + FOR_A_CALL + b"Content-Length: %d\r\n\r\n" % len(ASKED) + ASKED)
            await gate.asked(3)
            gate.open()
            async with served.client("auto") as client, asyncio.timeout(20):
                found = await client.call_tool("get_dossier", {"dossier_id": "latest"})
                assert text_of(found).startswith("DECIDED")


@pytest.mark.soak
async def test_a_request_that_trickles_in_is_given_up(unguarded: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", unguarded.port)
    writer.write(HEAD + b"Content-Length: 90000\r\n\r\n{")
    async with asyncio.timeout(40):
        assert b" 408 " in await reader.readline()
    writer.close()
