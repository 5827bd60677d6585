"""How the process ends, and what is left of the deliberations that were running."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.identity import SystemClock
from magi_mcp.journal.sqlite import SqliteJournal
from tests.server.meeting import Era
from tests.server.wire import BARE, PATIENCE_S, ROOT, ServerProcess, command, server_process

SIGNALS = [
    pytest.param(signal.SIGINT, 130, id="SIGINT"),
    pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
]


async def test_a_client_that_leaves_ends_the_server_with_its_deliberation_journaled(
    era: Era, tmp_path: Path
) -> None:
    store = tmp_path / "dossiers.sqlite3"
    async with server_process(era, "stuck", "--store", str(store)) as server:
        await _half_way(server)
        server.hang_up()
        code, stderr = await server.end()
    assert (code, stderr) == (0, "")
    await _check_interrupted(store)


def test_a_client_that_vanishes_before_it_is_answered_is_a_client_that_left() -> None:
    greeting = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "ghost", "version": "1"},
        },
    }
    with subprocess.Popen(
        command("ship"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=BARE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        _, stderr = process.communicate(json.dumps(greeting).encode() + b"\n", PATIENCE_S)
    assert (process.returncode, stderr) == (0, b"")


@pytest.mark.parametrize(("number", "expected"), SIGNALS)
async def test_a_signal_ends_the_server_though_its_stdin_stays_open(
    era: Era, number: signal.Signals, expected: int
) -> None:
    async with server_process(era, "ship") as server:
        await server.greet()
        server.process.send_signal(number)
        code, stderr = await server.end()
    assert (code, stderr) == (expected, "")


@pytest.mark.parametrize(("number", "expected"), SIGNALS)
async def test_a_signal_leaves_a_running_deliberation_journaled(
    number: signal.Signals, expected: int, tmp_path: Path
) -> None:
    store = tmp_path / "dossiers.sqlite3"
    async with server_process("auto", "stuck", "--store", str(store)) as server:
        await _half_way(server)
        server.process.send_signal(number)
        code, stderr = await server.end()
    assert (code, stderr) == (expected, "")
    await _check_interrupted(store)


async def test_a_council_that_will_not_close_does_not_hold_up_a_signal() -> None:
    async with server_process("legacy", "lingering") as server:
        await server.greet()
        server.process.send_signal(signal.SIGTERM)
        code, stderr = await server.end()
    assert (code, stderr) == (143, "")


async def _half_way(server: ServerProcess) -> None:
    """Put a question and wait until the first of three seats has answered."""
    await server.greet()
    server.deliberate(question="Ship?", method="yes_no")
    await server.progress("Melchior has answered, 1 of 3")


async def _check_interrupted(store: Path) -> None:
    dossier = await _newest(store)
    assert dossier.status == "interrupted"
    assert [response.seat for response in dossier.responses] == ["melchior"]


async def _newest(store: Path) -> Dossier:
    journal = await SqliteJournal.open(store, SystemClock())
    try:
        dossier_id = await journal.resolve("latest")
        driven = await journal.claimed(dossier_id)
        return fold(await journal.read(dossier_id), driven=driven)
    finally:
        await journal.aclose()
