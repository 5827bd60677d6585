"""What no client would write to stdin, and clients that no longer read: nothing is lost."""

import json
import os
import select
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.meeting import Era
from tests.server.wire import PATIENCE_S, ROOT, ServerProcess, command, server_process

CASE = {"question": "Ship?", "method": "yes_no"}
LINES = {
    "nothing": b"",
    "blanks": b" \t ",
    "no JSON": b"{",
    "no UTF-8": b'{"jsonrpc":"2.0","id":7,"method":"\xff"}',
    "NUL": b"\x00" * 1000,
    "half a surrogate pair": b'{"jsonrpc":"2.0","id":7,"method":"\\ud800"}',
    "a number": b"1",
    "a batch": b'[{"jsonrpc":"2.0","id":7,"method":"tools/list"}]',
    "no method": b'{"jsonrpc":"2.0","id":7}',
    "an answer nobody waits for": b'{"jsonrpc":"2.0","id":7,"result":{}}',
    "a subscription that wants no answer": (
        b'{"jsonrpc":"2.0","method":"resources/subscribe","params":{"uri":"magi://nowhere"}}'
    ),
    "a greeting that wants no answer": b'{"jsonrpc":"2.0","method":"initialize","params":{}}',
    "a call that wants no answer": (
        b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"nothing","arguments":[]}}'
    ),
    "another version": b'{"jsonrpc":"1.0","id":7,"method":"tools/list"}',
    "nested too deep": b"[" * 100_000 + b"]" * 100_000,
    "a number that is too long": b'{"jsonrpc":"2.0","id":' + b"9" * 6_000 + b',"method":"x"}',
    "a line of twenty megabytes": b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"'
    + b"x" * 20_000_000
    + b'"}}',
    "a terminal's colours": b"\x1b[31mtools/list\x1b[0m",
    "headers of another protocol": b"Content-Length: 20\r",
}


async def still_answers(server: ServerProcess) -> None:
    server.send("tools/list")
    assert (await server.answer())["result"]["tools"]


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
async def test_a_line_that_is_no_message_ends_nothing(era: Era, line: bytes) -> None:
    async with server_process(era, "ship") as server:
        await server.greet()
        assert server.process.stdin is not None
        server.process.stdin.write(line + b"\n")
        await still_answers(server)
        server.hang_up()
        code, stderr = await server.end()
    assert code == 0
    assert "Traceback" not in stderr


async def test_a_client_that_stops_reading_and_then_leaves_loses_nothing(tmp_path: Path) -> None:
    store = tmp_path / "dossiers.db"
    with deaf_client(store) as deaf:
        deaf.say(request("tools/call", {"name": "deliberate", "arguments": CASE}))
        deaf.flood(request("tools/list", {}))
    async with server_process("auto", "ship", "--store", str(store)) as server:
        await server.greet()
        server.send("tools/call", {"name": "get_dossier", "arguments": {"dossier_id": "latest"}})
        found = (await server.answer())["result"]["structuredContent"]
    assert (found["status"], found["ruling"]) == ("decided", "yes")


class Deaf:
    """A client of the older era that reads the answer to its greeting and then no more."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout

    def greet(self) -> None:
        who = {"name": "deaf", "version": "1"}
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": who}
        self.say(request("initialize", hello))
        assert self._stdout.readline()
        self.say(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    def say(self, line: bytes) -> None:
        self._stdin.write(line)
        self._stdin.flush()

    def flood(self, line: bytes) -> None:
        """Write until the other side has read nothing for a second, since it cannot answer."""
        sink = self._stdin.fileno()
        for _ in range(100_000):
            if not select.select([], [sink], [], 1)[1]:
                return
            os.write(sink, line)
        raise AssertionError("the server read on without an end")

    def leave(self) -> None:
        self._stdout.close()
        self._stdin.close()


@contextmanager
def deaf_client(store: Path) -> Iterator[Deaf]:
    """A client that has greeted; with the block it leaves, and the server has to end."""
    with subprocess.Popen(
        command("ship", "--store", str(store)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={},
    ) as process:
        try:
            deaf = Deaf(process)
            deaf.greet()
            yield deaf
            deaf.leave()
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()


def request(method: str, params: Mapping[str, object]) -> bytes:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return json.dumps(message).encode() + b"\n"
