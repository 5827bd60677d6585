"""The server as a real process on stdio."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextResourceContents

from tests.server.meeting import ERAS, Era, text_of, verdict_in
from tests.server.scripted_process import PRINTED
from tests.server.wire import ROOT, command, server_process


def process(store: Path) -> StdioServerParameters:
    program, *arguments = command("ship", "--store", str(store))
    return StdioServerParameters(command=program, args=arguments, cwd=ROOT)


async def test_a_dossier_made_in_one_era_is_read_in_the_other(era: Era, tmp_path: Path) -> None:
    told: list[str | None] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)

    store = tmp_path / "dossiers.sqlite3"
    other: Era = "auto" if era == "legacy" else "legacy"
    async with Client(stdio_client(process(store)), mode=era) as client:
        result = await client.call_tool(
            "deliberate", {"question": "Ship?", "method": "yes_no"}, progress_callback=tell
        )
    async with Client(stdio_client(process(store)), mode=other) as client:
        uri = verdict_in(result)["dossier_uri"]
        [report] = (await client.read_resource(uri)).contents
        again = await client.call_tool("get_dossier", {"dossier_id": uri[-8:]})
    assert isinstance(result, CallToolResult)
    assert isinstance(again, CallToolResult)
    assert isinstance(report, TextResourceContents)
    assert text_of(result).startswith("DECIDED: yes (majority, 2 of 3")
    assert text_of(again) == text_of(result)
    assert verdict_in(again) == verdict_in(result)
    assert "# Ship?" in report.text
    assert told == [
        "round 1, blind: asking 3 seats",
        "round 1, blind: Melchior has answered, 1 of 3",
        "round 1, blind: Balthasar has answered, 2 of 3",
        "round 1, blind: Casper has answered, 3 of 3",
    ]


async def test_nothing_but_protocol_reaches_stdout_whatever_is_printed(era: Era) -> None:
    async with server_process(era, "chatty") as server:
        await server.greet()
        server.deliberate(question="Ship?", method="yes_no")
        answer = await server.answer()
        server.hang_up()
        code, stderr = await server.end()
    assert answer["result"]["structuredContent"]["ruling"] == "yes"
    assert not any(words in json.dumps(server.received) for words in PRINTED.values())
    assert PRINTED["imports"] in stderr
    assert PRINTED["system"] in stderr
    assert code == 0


def test_loading_the_server_loads_neither_the_command_line_nor_the_models() -> None:
    heavy = {"typer", "pydantic_settings", "litellm", "openai", "rich.live"}
    program = (
        "import sys, magi_mcp.server.stdio\n"
        "light = set(sys.modules)\n"
        "import magi_mcp.server.session\n"
        "print(sorted(light & {'mcp', 'anyio', 'asyncio', 'pydantic', 'structlog'}))\n"
        f"print(sorted(set(sys.modules) & {heavy}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["[]", "[]"], "the entry is light, the rest is not heavy"


async def test_a_store_that_cannot_be_opened_is_said_before_anything_is_served(
    tmp_path: Path,
) -> None:
    store = tmp_path / "no.sqlite3"
    store.write_text("this is no database, and long enough to be taken for a damaged one" * 50)
    async with server_process("auto", "ship", "--store", str(store)) as server:
        code, stderr = await server.end()
    assert code == 1
    assert stderr.startswith("cannot serve: ")
    assert str(store) in stderr
    assert "Traceback" not in stderr
    assert server.received == []


@pytest.mark.parametrize("number", range(2))
async def test_starting_twice_disturbs_nobody(tmp_path: Path, number: int) -> None:
    store = tmp_path / "dossiers.sqlite3"
    async with (
        server_process(ERAS[number], "ship", "--store", str(store)) as first,
        server_process(ERAS[1 - number], "ship", "--store", str(store)) as second,
    ):
        for server in (first, second):
            await server.greet()
            server.deliberate(question="Ship?", method="yes_no")
            answer = await server.answer()
            assert answer["result"]["structuredContent"]["status"] == "decided"
