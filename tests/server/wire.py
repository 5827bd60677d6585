"""A server process as the wire shows it: lines of JSON-RPC, stderr, and how it ends."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.server.meeting import Era

ROOT = Path(__file__).parents[2]
MODULE = "tests.server.scripted_process"
PATIENCE_S = 30
LONGEST_LINE = 16 * 2**20
"""Bytes that an answer of the server may have; a refusal can quote what was sent."""
"""After so long a test fails instead of hanging; nothing here takes a tenth of it."""

LONGEST_LINE = 2**25
"""What one message may have in bytes: refusals of the SDK repeat whole methods and addresses."""

_CLIENT = {"name": "wire", "version": "1"}
_MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": _CLIENT,
}


BARE: dict[str, str] = {}
"""An environment without PYTHONUNBUFFERED, which would hide what is flushed too late."""


def command(*arguments: str) -> list[str]:
    """The command line of the scripted process; what it warns of, it fails of."""
    return [sys.executable, "-W", "error", "-m", MODULE, *arguments]


class ServerProcess:
    """A process and the messages it has sent; every line it writes must be one."""

    def __init__(self, process: asyncio.subprocess.Process, era: Era) -> None:
        self.process = process
        self.received: list[dict[str, Any]] = []
        self._era = era
        self._last_id = 0

    async def greet(self) -> None:
        """Say hello as a client of the era does, and wait for the answer."""
        match self._era:
            case "auto":
                self.send("server/discover")
                await self.answer()
            case "legacy":
                self.send(
                    "initialize",
                    {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": _CLIENT},
                )
                await self.answer()
                self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, method: str, params: dict[str, Any] | None = None) -> None:
        """Send a request, without waiting for its answer."""
        params = dict(params or {})
        if self._era == "auto":
            params["_meta"] = {**_MODERN, **params.get("_meta", {})}
        self._last_id += 1
        self._write({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})

    def deliberate(self, **arguments: str) -> None:
        """Send a call of ``deliberate`` that asks for progress."""
        call = {"name": "deliberate", "arguments": arguments, "_meta": {"progressToken": "p"}}
        self.send("tools/call", call)

    async def answer(self) -> dict[str, Any]:
        """The answer to the newest request."""
        async for message in self.messages():
            if message.get("id") == self._last_id:
                return message
        raise AssertionError("the process left without an answer")

    async def progress(self, text: str) -> None:
        """Wait until a progress message holds ``text``."""
        async for message in self.messages():
            if text in message.get("params", {}).get("message", ""):
                return
        raise AssertionError(f"the process left without telling {text!r}")

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """What arrives from now on, until the process closes its stdout."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            message: dict[str, Any] = json.loads(line)
            assert message["jsonrpc"] == "2.0"
            self.received.append(message)
            yield message

    def hang_up(self) -> None:
        """Close the process's stdin, as a client does that leaves."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def end(self) -> tuple[int, str]:
        """Wait for the end: the exit code, and what stood on stderr."""
        assert self.process.stderr is not None
        _ = [message async for message in self.messages()]
        stderr = await self.process.stderr.read()
        return await self.process.wait(), stderr.decode()

    def _write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")


@asynccontextmanager
async def server_process(era: Era, *arguments: str) -> AsyncIterator[ServerProcess]:
    """The scripted server process with these arguments; killed if a test leaves it running."""
    async with asyncio.timeout(PATIENCE_S):
        process = await asyncio.create_subprocess_exec(
            *command(*arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            cwd=ROOT,
            env=BARE,
        )
        try:
            yield ServerProcess(process, era)
        finally:
            if process.returncode is None:
                process.kill()
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()
