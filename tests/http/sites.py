"""Serving processes as tests see them: their address, their clients, how they end."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from magi_mcp.server.http.tokens import TokenFile
from tests.server.meeting import Era

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
}
QUESTION = "Should we ship 4.2 on Friday?"


@dataclass
class Site:
    """A process that serves over HTTP; ``noise`` is what it wrote to stderr so far."""

    process: subprocess.Popen[str]
    url: str
    noise: list[str] = field(default_factory=list)
    listener: threading.Thread | None = None

    @property
    def base(self) -> str:
        return self.url.removesuffix("/mcp")

    @property
    def port(self) -> int:
        return int(self.base.rpartition(":")[2])

    async def post(
        self,
        method: str = "tools/list",
        params: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        body: bytes | None = None,
    ) -> httpx2.Response:
        """One request of 2026-07-28 as it stands on the wire, or any other body."""
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {**(params or {}), "_meta": MODERN},
        }
        named = {"Mcp-Name": params["name"]} if params and "name" in params else {}
        if params and "uri" in params:
            named = {"Mcp-Name": params["uri"]}
        async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
            return await client.post(
                self.url,
                content=json.dumps(message).encode() if body is None else body,
                headers={
                    "Content-Type": "application/json",
                    "Accept": "application/json, text/event-stream",
                    "MCP-Protocol-Version": "2026-07-28",
                    "Mcp-Method": method,
                    **named,
                    **({"Authorization": f"Bearer {token}"} if token is not None else {}),
                    **(headers or {}),
                },
            )

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """What a probe or a browser is answered."""
        async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
            return await client.get(f"{self.base}{path}", headers=headers)

    @asynccontextmanager
    async def client(self, era: Era, token: str | None = None) -> AsyncIterator[Client]:
        """The SDK's client, with a token if one is given."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with (
            create_mcp_http_client(headers=headers) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=era) as client,
        ):
            yield client

    def tell(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def end(self) -> int:
        """Wait for the end; the exit code."""
        return await asyncio.to_thread(self.process.wait, PATIENCE_S)

    def tasks(self) -> int:
        """How many tasks the scripted process has just now."""
        told = len(self.noise)
        self.tell(signal.SIGUSR1)
        patience = time.monotonic() + PATIENCE_S
        while time.monotonic() < patience:
            for line in self.noise[told:]:
                if line.startswith("tasks: "):
                    return int(line.removeprefix("tasks: "))
            os.sched_yield()
        raise AssertionError("the process does not say how many tasks it has")

    def open_files(self) -> int:
        """How many descriptors the process has just now."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def memory_kb(self) -> int:
        """What the process has in memory just now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1])

    def last_words(self) -> str:
        """End the process; all that it has written to stderr."""
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        assert self.listener is not None
        self.listener.join(PATIENCE_S)
        return "".join(self.noise)


@contextmanager
def site(home: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Site]:
    """The scripted process with its own home; ended, hard if need be, with the block."""
    command = [sys.executable, "-W", "error", "-m", "tests.http.scripted_site"]
    process = subprocess.Popen(
        [*command, "--store", str(home / "dossiers.db"), *arguments],
        cwd=ROOT,
        env={**environment(home), **(env or {})},
        stderr=subprocess.PIPE,
        text=True,
    )
    noise: list[str] = []
    try:
        url = _announced(process, noise)
        listener = threading.Thread(target=_keep_listening, args=(process, noise), daemon=True)
        listener.start()
        yield Site(process, url, noise, listener)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert process.stderr is not None
        process.stderr.close()


def environment(home: Path) -> dict[str, str]:
    """An environment in which nothing is configured, and ``home`` is the user's."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}


def tokens_of(home: Path) -> TokenFile:
    """The tokens of the user whose home this is."""
    return TokenFile(home / ".config" / "magi-mcp" / "tokens.json")


def _announced(process: subprocess.Popen[str], noise: list[str]) -> str:
    """The address that the process says it serves; what it said before is kept as noise."""
    stderr = process.stderr
    assert stderr is not None
    for line in stderr:
        noise.append(line)
        found = re.search(r"Serving MCP at (\S+),", line)
        if found:
            return found[1]
    raise AssertionError(f"nothing was served: {''.join(noise)}")


def _keep_listening(process: subprocess.Popen[str], noise: list[str]) -> None:
    assert process.stderr is not None
    try:
        for line in process.stderr:
            noise.append(line)  # noqa: PERF402  (a test may ask before the process has ended)
    except ValueError:  # closed while it was read
        return
