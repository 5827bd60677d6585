"""A server process on stdio, spoken to in bare JSON lines, so that no client is measured."""

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGSTOP
from types import TracebackType
from typing import IO, Any, Literal, Self, get_args

Era = Literal["2025-11-25", "2026-07-28"]
"""The revision that a client speaks: with `initialize`, or with `server/discover`."""

ERAS: tuple[Era, ...] = get_args(Era)
_CLIENT = {"name": "benchmark", "version": "1"}


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """What both servers get: bytecode cached below ``home``, nothing of the user's own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
        **more,
    }


def piped(stream: IO[bytes] | None) -> IO[bytes]:
    """A stream of a process that was started with a pipe for it."""
    if stream is None:
        raise ValueError("the process was started without this pipe")
    return stream


@dataclass(frozen=True)
class Memory:
    """Of one process, in megabytes: its share of what is mapped, and all that is mapped."""

    pss_mb: float
    rss_mb: float

    @classmethod
    def of(cls, pid: int) -> Self:
        """What a process uses at this moment. Raises ``OSError`` where the system does not tell."""
        details = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        kilobytes = {
            name: int(rest.split()[0])
            for name, _, rest in (line.partition(":") for line in details.splitlines())
            if name in ("Pss", "Rss")
        }
        return cls(kilobytes["Pss"] / 1024, kilobytes["Rss"] / 1024)


@dataclass
class ServerProcess:
    """A server that was just started; use it as a context manager, which ends it."""

    command: Sequence[str]
    environment: Mapping[str, str]
    era: Era
    cwd: Path
    started_at: float = 0.0
    _asked: int = 0

    def __enter__(self) -> Self:
        self.started_at = time.perf_counter()
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.environment,
            cwd=self.cwd,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def greet(self) -> None:
        """The handshake of the client's era; returns when the server has answered."""
        if self.era == "2026-07-28":
            self.request("server/discover", {})
            return
        hello = {"protocolVersion": self.era, "capabilities": {}, "clientInfo": _CLIENT}
        self.request("initialize", hello)
        self._send({"method": "notifications/initialized"})

    def call_tool(self, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        """The result of a tool call. Raises ``RuntimeError`` where the tool failed."""
        result = self.request("tools/call", {"name": name, "arguments": arguments})
        if result.get("isError"):
            raise RuntimeError(f"{name} failed: {result['content']}")
        return result

    def request(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        """One request and its result; notifications in between are passed over."""
        self._asked += 1
        number = self._asked
        if self.era == "2026-07-28":
            params = {**params, "_meta": modern_meta()}
        self._send({"id": number, "method": method, "params": params})
        for line in piped(self._process.stdout):
            answer = json.loads(line)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
        raise RuntimeError(f"{method}: the server ended with {self._process.wait()}")

    def memory(self) -> Memory | None:
        """The memory in use at this moment, for which the process is stopped for good.

        None where the system does not tell.
        """
        if not Path(f"/proc/{self._process.pid}/smaps_rollup").exists():
            return None
        self._process.send_signal(SIGSTOP)
        return Memory.of(self._process.pid)

    def _send(self, message: Mapping[str, object]) -> None:
        stdin = piped(self._process.stdin)
        stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        stdin.flush()


def modern_meta() -> dict[str, object]:
    """What every request of 2026-07-28 says of its client."""
    prefix = "io.modelcontextprotocol"
    return {
        f"{prefix}/protocolVersion": "2026-07-28",
        f"{prefix}/clientCapabilities": {},
        f"{prefix}/clientInfo": _CLIENT,
    }
