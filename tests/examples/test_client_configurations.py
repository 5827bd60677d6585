"""The clients' configurations: what they start is this server, and what they set it takes."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from magi_mcp.seat_strings import parse_seats
from tests.examples import EXAMPLES, strangers_environment

DESKTOP = EXAMPLES / "claude-desktop" / "claude_desktop_config.json"
CURSOR = EXAMPLES / "cursor" / "mcp.json"
VSCODE = EXAMPLES / "vscode" / "mcp.json"
CLAUDE_CODE = EXAMPLES / "claude-code" / "add.sh"

KEY_OF = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
}


def server_entry(path: Path) -> dict[str, Any]:
    """The entry of this server, which stands under another key in VS Code."""
    content = json.loads(path.read_text(encoding="utf-8"))
    servers = content["servers" if path == VSCODE else "mcpServers"]
    entry: dict[str, Any] = servers["magi"]
    return entry


@pytest.fixture(params=[DESKTOP, CURSOR, VSCODE], ids=lambda path: path.parent.name)
def entry(request: pytest.FixtureRequest) -> dict[str, Any]:
    return server_entry(request.param)


def test_each_starts_the_command_through_uvx(entry: dict[str, Any]) -> None:
    assert (entry["command"], entry["args"]) == ("uvx", ["magi-mcp"])


def test_each_gives_a_key_for_every_seat(entry: dict[str, Any]) -> None:
    providers = [seat.model.partition("/")[0] for seat in parse_seats(entry["env"]["MAGI_SEATS"])]
    assert len(providers) == 3
    assert {KEY_OF[provider] for provider in providers} == entry["env"].keys() - {"MAGI_SEATS"}


async def test_the_command_serves_with_the_variables_they_set(
    entry: dict[str, Any], tmp_path: Path
) -> None:
    command = StdioServerParameters(
        command=entry["args"][-1], env=strangers_environment(tmp_path, **entry["env"])
    )
    async with Client(command) as client:
        tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools][:2] == ["deliberate", "judge_answer"]


def test_vs_code_asks_for_every_key_and_writes_none() -> None:
    content = json.loads(VSCODE.read_text(encoding="utf-8"))
    asked = {f"${{input:{entry['id']}}}" for entry in content["inputs"] if entry["password"]}
    keys = {
        name: value for name, value in content["servers"]["magi"]["env"].items() if "KEY" in name
    }
    assert set(keys.values()) == asked
    assert content["servers"]["magi"]["type"] == "stdio"


def test_the_script_for_claude_code_hands_over_seats_and_keys(tmp_path: Path) -> None:
    stand_in = tmp_path / "claude"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o700)
    keys = {name: f"{name.lower()}-value" for name in KEY_OF.values()}
    environment = {**strangers_environment(tmp_path, **keys), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    ran = subprocess.run(
        ["sh", str(CLAUDE_CODE)], env=environment, capture_output=True, text=True, check=True
    )
    words = ran.stdout.splitlines()
    assert words[:3] == ["mcp", "add", "magi"]
    assert words[-3:] == ["--", "uvx", "magi-mcp"]
    given = dict(word.split("=", 1) for word in words[4:-3:2])
    assert set(words[3:-3:2]) == {"--env"}
    assert given == {"MAGI_SEATS": server_entry(DESKTOP)["env"]["MAGI_SEATS"], **keys}


def test_no_example_holds_what_looks_like_a_key() -> None:
    for path in EXAMPLES.rglob("*.*"):
        if path.is_file():
            assert not re.search(r"\b(sk|AIza|gsk)[-_]?\w{16,}", path.read_text(encoding="utf-8"))
