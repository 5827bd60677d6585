"""Requests from the wrong place, of the wrong form, too large, too many: each its own status."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from time import time

import httpx2
import pytest

from tests.http.conftest import Guarded
from tests.http.gate_keeper import gate_keeper
from tests.http.sites import QUESTION, Site, site, tokens_of
from tests.server.meeting import Era, text_of, verdict_in

LEGACY = {"MCP-Protocol-Version": "2025-11-25"}
LATEST = {"dossier_id": "latest"}
CASE = {"question": QUESTION, "method": "yes_no"}
ASK = {"name": "deliberate", "arguments": CASE}
ASK_AFRESH = {"name": "deliberate", "arguments": {**CASE, "fresh": True}}


@pytest.mark.parametrize("headers", [{}, LEGACY], ids=["2026", "2025"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "127.0.0.2",
        "magi.example",
    ],
)
async def test_a_forged_host_is_refused(
    unguarded: Site, host: str, headers: Mapping[str, str]
) -> None:
    answer = await unguarded.post(headers={**headers, "Host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("headers", [{}, LEGACY], ids=["2026", "2025"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example:1",
        "null",
    ],
)
async def test_a_forged_origin_is_refused(
    unguarded: Site, origin: str, headers: Mapping[str, str]
) -> None:
    answer = await unguarded.post(headers={**headers, "Origin": origin})
    assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:80"])
async def test_a_page_of_this_machine_may_ask(unguarded: Site, origin: str) -> None:
    assert (await unguarded.post(headers={"Origin": origin})).status_code == 200


async def test_a_forged_host_is_refused_before_a_token_is_looked_at(guarded: Guarded) -> None:
    forged = {"Host": "evil.example"}
    assert (await guarded.site.post(token=guarded.ada, headers=forged)).status_code == 421
    assert (await guarded.site.post(headers=forged)).status_code == 421


async def test_the_public_address_is_a_host_that_requests_may_name(guarded: Guarded) -> None:
    named = {"Host": "magi.example", "Origin": "https://magi.example"}
    assert (await guarded.site.post(token=guarded.ada, headers=named)).status_code == 200


async def test_allowed_hosts_and_origins_are_let_in_and_pages_may_read(tmp_path: Path) -> None:
    env = {
        "MAGI_SERVER_ALLOWED_HOSTS": "council.example, proxy.example:8443",
        "MAGI_SERVER_ALLOWED_ORIGINS": "https://app.example",
    }
    with site(tmp_path, env=env) as served:
        for host in ("council.example", "council.example:81", "proxy.example:8443"):
            assert (await served.post(headers={"Host": host})).status_code == 200
        assert (await served.post(headers={"Host": "proxy.example:1"})).status_code == 421
        answer = await served.post(headers={"Origin": "https://app.example"})
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
        stranger = await served.post(headers={"Origin": "https://evil.example"})
        assert stranger.status_code == 403
        assert "Access-Control-Allow-Origin" not in stranger.headers


BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"jsonrpc":"2.0","id":1,"method":"\xff"}',
    "half a surrogate pair": b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}',
    "a number": b"1",
    "a batch": b'[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]',
    "no method": b'{"jsonrpc":"2.0","id":1}',
    "a method that is no text": b'{"jsonrpc":"2.0","id":1,"method":{}}',
    "parameters that are a list": b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[1]}',
    "another version": b'{"jsonrpc":"1.0","id":1,"method":"tools/list"}',
    "nested too deep": b"[" * 20_000 + b"]" * 20_000,
    "a number that is too long": b'{"jsonrpc":"2.0","id":' + b"9" * 6_000 + b',"method":"x"}',
}


@pytest.mark.parametrize("headers", [{}, LEGACY], ids=["2026", "2025"])
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_no_request_is_refused_and_crashes_nothing(
    unguarded: Site, body: bytes, headers: Mapping[str, str]
) -> None:
    answer = await unguarded.post(body=body, headers=headers)
    assert answer.status_code in (400, 404), answer.text
    assert (await unguarded.post()).status_code == 200
    assert "Traceback" not in "".join(unguarded.noise)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 400),
        ({"Accept": "text/html"}, 406),
        ({"MCP-Protocol-Version": "1999-01-01"}, 400),
        ({"Mcp-Method": "tools/call"}, 400),
    ],
    ids=["content type", "accept", "version", "another method"],
)
async def test_wrong_headers_are_refused(
    unguarded: Site, headers: Mapping[str, str], status: int
) -> None:
    assert (await unguarded.post(headers=headers)).status_code == status


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(
    guarded: Guarded,
) -> None:
    large = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "x": "y" * 100_000})
    told = await guarded.site.post(token=guarded.ada, body=large.encode())
    assert told.status_code == 413
    assert "100000 bytes" in told.json()["error"]["message"]

    async def piece_by_piece() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 10_000

    async with httpx2.AsyncClient(timeout=30) as client:
        headers = {"Authorization": f"Bearer {guarded.ada}", "Content-Type": "application/json"}
        untold = await client.post(guarded.site.url, content=piece_by_piece(), headers=headers)
    assert untold.status_code == 413


async def test_nothing_is_read_of_who_may_not_come_in(guarded: Guarded) -> None:
    with socket.create_connection(("127.0.0.1", guarded.site.port), timeout=10) as wire:
        wire.sendall(
            b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 90000\r\n\r\n"
        )
        answer = await asyncio.to_thread(wire.recv, 1000)
    assert answer.startswith(b"HTTP/1.1 401")


async def test_more_requests_at_once_than_allowed_are_sent_away_for_a_while(
    tmp_path: Path,
) -> None:
    env = {"MAGI_SERVER_REQUESTS_AT_ONCE": "3"}
    async with gate_keeper() as gate:
        with site(tmp_path, "--gate", str(gate.port), env=env) as served:
            async with asyncio.TaskGroup() as tasks:
                calls = [tasks.create_task(served.post("tools/call", ASK_AFRESH)) for _ in range(3)]
                await gate.asked(9)
                busy = await served.post()
                assert busy.status_code == 429
                assert busy.headers["Retry-After"] == "1"
                assert (await served.get("/healthz")).status_code == 200
                gate.open()
            assert [each.result().status_code for each in calls] == [200] * 3
            assert (await served.post()).status_code == 200


async def test_one_principal_does_not_use_up_anothers_requests(tmp_path: Path) -> None:
    tokens = tokens_of(tmp_path)
    ada, _ = tokens.new("ada", ["magi:deliberate"], now=time())
    bob, _ = tokens.new("bob", ["magi:deliberate"], now=time())
    env = {"MAGI_SERVER_REQUESTS_AT_ONCE": "1"}
    async with gate_keeper() as gate:
        with site(tmp_path, "--gate", str(gate.port), env=env) as served:
            async with asyncio.TaskGroup() as tasks:
                call = tasks.create_task(served.post("tools/call", ASK, token=ada))
                await gate.asked(3)
                assert (await served.post(token=ada)).status_code == 429
                assert (await served.post(token=bob)).status_code == 200
                gate.open()
            assert call.result().status_code == 200


async def test_more_deliberations_in_an_hour_than_allowed_are_a_result_that_says_when(
    tmp_path: Path, era: Era
) -> None:
    env = {"MAGI_SERVER_DELIBERATIONS_PER_HOUR": "2"}
    with site(tmp_path, env=env) as served:
        async with served.client(era) as client:
            for number in range(2):
                question = {"question": f"Is {number} prime?", "method": "yes_no"}
                assert not (await client.call_tool("deliberate", question)).is_error
            third = await client.call_tool("deliberate", {"question": "Is 3 prime?"})
            assert third.is_error
            told = text_of(third)
            assert "2 were opened in the last hour" in told
            assert " s. Those there are can be read meanwhile." in told
            found = await client.call_tool("get_dossier", {"dossier_id": "latest"})
            assert not found.is_error


async def test_a_thousand_connections_that_are_dropped_leave_nothing_behind(
    unguarded: Site,
) -> None:
    before = unguarded.open_files()
    request = (
        b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Accept: application/json, text/event-stream\r\nContent-Length: 500\r\n\r\n{"
    )
    async with asyncio.timeout(60):
        for start in range(0, 1000, 100):
            async with AsyncExitStack() as opened:
                for number in range(start, start + 100):
                    _, writer = await asyncio.open_connection("127.0.0.1", unguarded.port)
                    opened.callback(writer.close)
                    writer.write(request if number % 2 else b"")
        while unguarded.open_files() > before + 20:
            await unguarded.get("/healthz")
        while (await unguarded.post()).status_code == 429:
            await unguarded.get("/healthz")  # until it has noticed that the last of them are gone
        assert (await unguarded.post()).status_code == 200
    assert "Traceback" not in "".join(unguarded.noise)


def send_until_full(wire: socket.socket, text: bytes) -> None:
    """Send until the other side reads no more, since it cannot answer either."""
    try:
        for _ in range(1_000_000):
            wire.send(text)
    except BlockingIOError:
        return
    raise AssertionError("the server read on without an end")


async def test_a_client_that_stops_reading_holds_up_nobody_else(unguarded: Site, era: Era) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    asking = (
        b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Accept: application/json, text/event-stream\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        deaf.connect(("127.0.0.1", unguarded.port))
        deaf.setblocking(False)
        send_until_full(deaf, asking)
        async with unguarded.client(era) as client:
            result = await client.call_tool("deliberate", CASE)
            assert verdict_in(result)["status"] == "decided"
    assert (await unguarded.get("/healthz")).status_code == 200


async def test_a_call_whose_client_leaves_loses_nothing(tmp_path: Path) -> None:
    async with gate_keeper() as gate:
        with site(tmp_path, "--gate", str(gate.port)) as served:
            leaving = asyncio.create_task(served.post("tools/call", ASK))
            await gate.asked(3)
            leaving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaving
            gate.open()
            async with served.client("auto") as client:
                told = "RUNNING"
                async with asyncio.timeout(30):
                    while told.startswith("RUNNING"):
                        told = text_of(await client.call_tool("get_dossier", LATEST))
                assert told.startswith("DECIDED")
