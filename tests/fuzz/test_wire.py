"""Bytes that no client would send, to real processes: over HTTP, and on stdin."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import strategies as st
from mcp_types import INTERNAL_ERROR

from magi_mcp.server.tools import council_tools
from tests.fuzz.hall import OUR_FAULT
from tests.fuzz.runs import repeated
from tests.fuzz.values import anything, arguments, texts, uris
from tests.http.sites import MODERN, PATIENCE_S, QUESTION, Site, site
from tests.server.meeting import ERAS, Era
from tests.server.wire import server_process
from tests.support.lengths import by_the_tenth

REQUESTS = 1000
LINES = 1000
LINES_EACH = 100
"""How many of them one process is told."""

FIRST_ID = 10**6
"""Beyond the ids of whoever asks a process whether it still answers."""

METHODS = (
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/read",
    "prompts/get",
    "completion/complete",
    "tasks/get",
    "tasks/cancel",
    "server/discover",
    "initialize",
    "ping",
    "subscriptions/listen",
    "resources/subscribe",
    "logging/setLevel",
    "notifications/cancelled",
    "rpc.discover",
)
HEADERS = {
    "MCP-Protocol-Version": [
        "2026-07-28",
        "2025-11-25",
        "1999-01-01",
        "",
        "2026-07-28, 2025-11-25",
    ],
    "Mcp-Method": ["tools/call", "TOOLS/LIST", "", "=?utf-8?b?w6k=?="],
    "Mcp-Name": ["deliberate", "=?base64?////?=", "\x7f", "magi://dossiers"],
    "Content-Type": ["text/plain", "application/json; charset=utf-16", "", "multipart/form-data"],
    "Accept": ["*/*", "text/html", "application/json", "text/event-stream;q=0"],
    "Authorization": ["Bearer", "Bearer x", "Basic eDp5", "bearer " + "a" * 5000, ""],
    "Mcp-Session-Id": ["1", "../../x"],
    "Last-Event-ID": ["-1", "%00"],
    "Origin": ["null", "http://localhost", "https://evil.example", "file://"],
    "Content-Encoding": ["gzip", "br"],
}
OK = 200
REFUSALS = (400, 401, 403, 404, 405, 406, 413, 415, 421, 429)
TOOLS = {tool.name: tool for tool in council_tools()}

surrogates = st.sampled_from(["\ud800", "ship\udfff?", "\udc00\ud800"])
identities = st.one_of(st.integers(FIRST_ID, FIRST_ID + 9), anything, st.just("1"))


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """A JSON-RPC message, more or less."""
    method = draw(st.sampled_from([*METHODS, *["tools/call"] * 8]))
    params: Any = draw(_params(method))
    if isinstance(params, dict) and draw(st.integers(0, 9)):
        params["_meta"] = {**MODERN}
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": FIRST_ID, "method": method, "params": params}
    for key, awry in (("id", identities), ("method", texts | surrogates), ("jsonrpc", anything)):
        if not draw(st.integers(0, 19)):
            message[key] = draw(awry)
    if not draw(st.integers(0, 19)):
        del message[draw(st.sampled_from(sorted(message)))]
    return message


@st.composite
def _params(draw: st.DrawFn, method: str) -> Any:  # noqa: ANN401
    if not draw(st.integers(0, 9)):
        return draw(anything)
    match method:
        case "tools/call":
            name = draw(st.sampled_from(sorted(TOOLS)))
            given = draw(arguments(TOOLS[name].parameters))
            if given and not draw(st.integers(0, 4)):
                given[draw(st.sampled_from(sorted(given)))] = draw(surrogates)
            return {"name": name, "arguments": given}
        case "resources/read" | "resources/subscribe":
            return {"uri": draw(uris)}
        case "prompts/get":
            return {"name": draw(texts), "arguments": draw(st.dictionaries(texts, anything))}
        case "completion/complete":
            return {"ref": draw(anything), "argument": {"name": draw(texts), "value": draw(texts)}}
        case "tasks/get" | "tasks/cancel":
            return {"taskId": draw(texts)}
        case _:
            return draw(st.dictionaries(texts, anything, max_size=2))


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A message as bytes; one in five of them damaged."""
    written = json.dumps(draw(messages()), ensure_ascii=draw(st.booleans()))
    body = written.encode("utf-8", "surrogatepass")
    match draw(st.integers(0, 14)):
        case 0:
            return body[: draw(st.integers(0, len(body)))]
        case 1:
            place = draw(st.integers(0, len(body)))
            return body[:place] + draw(st.binary(min_size=1, max_size=4)) + body[place:]
        case 2:
            return body.replace(b"1", b"NaN", 1).replace(b"2", b"-Infinity", 1)
        case _:
            return body


@st.composite
def headers(draw: st.DrawFn, body: bytes) -> dict[str, str]:
    """The headers that belong to a body; one request in three has some that do not."""
    right = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    right["MCP-Protocol-Version"] = draw(st.sampled_from(["2026-07-28", "2025-11-25"]))
    try:
        message = json.loads(body)
        right["Mcp-Method"] = message["method"]
        right["Mcp-Name"] = message["params"].get("name") or message["params"]["uri"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # there is nothing to say of it
    known = {name: value for name, value in right.items() if _sendable(value)}
    if not draw(st.integers(0, 2)):
        name = draw(st.sampled_from(sorted(HEADERS)))
        known[name] = draw(st.sampled_from(HEADERS[name]))
    return known


def _sendable(value: object) -> bool:
    if not isinstance(value, str) or value != value.strip():
        return False
    return value.isascii() and value.isprintable() and len(value) < 5000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, env={"MAGI_SERVER_DELIBERATIONS_PER_HOUR": "100000"}) as served:
        yield served


@by_the_tenth
def test_no_request_over_http_finds_a_fault_of_ours(served: Site, share: float) -> None:
    seen: set[int] = set()
    with httpx2.Client(timeout=PATIENCE_S) as client:

        def send(data: st.DataObject) -> None:
            body = data.draw(bodies())
            told = data.draw(headers(body))
            with client.stream("POST", served.url, content=body, headers=told) as answer:
                seen.add(answer.status_code)
                if b"subscriptions/listen" in body and answer.status_code == OK:
                    return  # a stream without an end
                answer.read()
            assert answer.status_code in (OK, 202, *REFUSALS), answer.text[:500]
            assert f'"code":{INTERNAL_ERROR}' not in answer.text, answer.text[:500]
            assert OUR_FAULT not in answer.text

        repeated(int(REQUESTS * share), send)
        assert client.get(f"{served.base}/readyz").status_code == 200
    assert {OK, 400} <= seen
    assert_quiet(served.last_words())


@by_the_tenth
@pytest.mark.parametrize("era", ERAS)
async def test_no_line_on_stdin_finds_a_fault_of_ours(era: Era, share: float) -> None:
    drawn: list[bytes] = []
    repeated(int(LINES * share), lambda data: drawn.append(data.draw(bodies())))
    for start in range(0, len(drawn), LINES_EACH):
        await say_all(
            era, [line.replace(b"\n", b" ") for line in drawn[start : start + LINES_EACH]]
        )


async def say_all(era: Era, lines: Sequence[bytes]) -> None:
    """Write lines to a process, which must then answer a question and end in order."""
    async with server_process(era, "ship") as server:
        await server.greet()
        stdin = server.process.stdin
        assert stdin is not None

        async def write() -> None:
            for line in lines:
                stdin.write(line + b"\n")
                await stdin.drain()
            server.deliberate(question=QUESTION, method="yes_no")

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(write())
            answer = await server.answer()
        server.hang_up()
        code, stderr = await server.end()
    assert answer["result"]["structuredContent"]["ruling"] == "yes"
    assert code == 0
    assert_quiet(stderr)
    codes = [told["error"]["code"] for told in server.received if "error" in told]
    assert codes
    assert INTERNAL_ERROR not in codes


def assert_quiet(noise: str) -> None:
    """Fail where a process wrote of a fault."""
    assert "Traceback" not in noise, noise[-3000:]
    assert '"level": "error"' not in noise, noise[-3000:]
