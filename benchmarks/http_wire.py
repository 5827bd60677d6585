"""Servers over HTTP as processes, and requests to them as bare bodies, so that no client is
measured.
"""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from os import sysconf
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.wire import Memory, modern_meta, piped

HERE = Path(__file__).parent
PATIENCE_S = 60.0
AT_ONCE = {"MAGI_SERVER_REQUESTS_AT_ONCE": "5000"}
"""How many requests one caller may have served: never the bound here."""


@dataclass(frozen=True)
class HttpServer:
    """A process that serves MCP at an address."""

    process: subprocess.Popen[bytes]
    url: str

    def cpu_s(self) -> float:
        """Seconds of CPU that the process has used so far; Linux only."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        ticks = stat.rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / sysconf("SC_CLK_TCK")

    def memory(self) -> Memory:
        """What the process has in memory at this moment; Linux only."""
        return Memory.of(self.process.pid)


@dataclass(frozen=True)
class Ask:
    """One request of 2026-07-28, ready to be sent."""

    body: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, method: str, params: Mapping[str, Any] | None = None) -> "Ask":
        """A request with what belongs to it in its headers."""
        given = params or {}
        message = {"jsonrpc": "2.0", "id": 1, "method": method}
        body = json.dumps({**message, "params": {**given, "_meta": modern_meta()}})
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": method,
        }
        named = given.get("name") or given.get("uri")
        return cls(body.encode(), {**headers, "Mcp-Name": named} if named else headers)


@contextmanager
def ours(environment: Mapping[str, str], cwd: Path) -> Iterator[HttpServer]:
    """`magi-mcp serve` on a free port."""
    program = str(Path(sys.executable).with_name("magi-mcp"))
    command = [program, "serve", "--transport", "http", "--port", "0"]
    with subprocess.Popen(
        command, env={**environment, **AT_ONCE, "COLUMNS": "200"}, cwd=cwd, stderr=subprocess.PIPE
    ) as process:
        try:
            yield HttpServer(process, _announced(process))
        finally:
            _end(process)


@contextmanager
def bare(environment: Mapping[str, str], cwd: Path) -> Iterator[HttpServer]:
    """The bare server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [sys.executable, str(HERE / "bare_http_server.py"), str(port)]
    with subprocess.Popen(command, env=environment, cwd=cwd, stderr=subprocess.DEVNULL) as process:
        try:
            _until_open(port)
            yield HttpServer(process, f"http://127.0.0.1:{port}/mcp")
        finally:
            _end(process)


@asynccontextmanager
async def connections() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps as many connections as it is asked for."""
    patience = aiohttp.ClientTimeout(total=None, sock_read=PATIENCE_S)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=patience) as session:
        yield session


async def answer(session: aiohttp.ClientSession, server: HttpServer, ask: Ask) -> dict[str, Any]:
    """The result of a request. Raises ``RuntimeError`` where there is none."""
    async with session.post(server.url, data=ask.body, headers=ask.headers) as response:
        told = await response.json()
    result: dict[str, Any] = told.get("result", {})
    if not result or result.get("isError"):
        raise RuntimeError(f"{server.url}: {told}")
    return result


@asynccontextmanager
async def listening(
    session: aiohttp.ClientSession, server: HttpServer, number: int
) -> AsyncIterator[None]:
    """So many clients that listen for notices, each on a connection of its own."""
    ask = Ask.of("subscriptions/listen", {"notifications": {"resourcesListChanged": True}})
    async with AsyncExitStack() as opened:
        for _ in range(number):
            asked = session.post(server.url, data=ask.body, headers=ask.headers)
            response = await opened.enter_async_context(asked)
            if b"event:" not in await response.content.readline():
                raise RuntimeError(f"{server.url}: {response.status}, no stream")
        yield


def _announced(process: subprocess.Popen[bytes]) -> str:
    for line in piped(process.stderr):
        found = re.search(rb"Serving MCP at (\S+),", line)
        if found:
            return found[1].decode()
    raise RuntimeError(f"the server ended with {process.wait()}")


def _until_open(port: int) -> None:
    patience = time.monotonic() + PATIENCE_S
    while time.monotonic() < patience:
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nobody serves at port {port}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
