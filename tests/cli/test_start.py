"""The way in: what serves at once, and what that must not wait for."""

import subprocess
import sys
from pathlib import Path

import pytest

from magi_mcp.cli.main import serving
from magi_mcp.cli.office import Flags
from tests.cli.commands import environment, process


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        ([], Flags()),
        (["serve"], Flags()),
        (["serve", "--transport", "stdio"], Flags()),
        (["serve", "--transport=stdio"], Flags()),
        (["serve", "--store", "sqlite:///a.db"], Flags(store="sqlite:///a.db")),
        (["serve", "--config=a.toml", "--store=b"], Flags("b", Path("a.toml"))),
        (["serve", "--json"], Flags()),
        (["--json"], Flags()),
        (["--store=a.db", "--config", "a.toml"], Flags("a.db", Path("a.toml"))),
    ],
)
def test_a_plain_wish_to_serve_is_served_at_once(arguments: list[str], flags: Flags) -> None:
    assert serving(arguments, on_terminal=False) == flags


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--help"],
        ["serve", "--transport", "http"],
        ["serve", "--store"],
        ["serve", "--store", "--config"],
        ["serve", "--port", "8000"],
        ["serve", "here"],
        ["--version"],
        ["ask", "serve"],
        ["--store", "a.db", "ask", "Ship?"],
        ["serve", "serve"],
    ],
)
def test_anything_else_goes_to_the_full_parser(arguments: list[str]) -> None:
    assert serving(arguments, on_terminal=False) is None


def test_on_a_terminal_nothing_is_served_unasked() -> None:
    assert serving([], on_terminal=True) is None


def imported(*arguments: str) -> set[str]:
    """The top-level modules that a server imports from its start to its client's leaving."""
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "magi_mcp", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )
    assert ended.returncode == 0
    assert ended.stdout == ""
    names = [line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()]
    return {name.partition(".")[0] for name in names} | set(names)


def test_serving_waits_neither_for_the_terminal_nor_for_the_models() -> None:
    modules = imported()
    assert "mcp" in modules
    assert modules.isdisjoint({"typer", "litellm", "openai", "magi_mcp.cli.app", "rich.live"})


def test_serving_waits_for_nothing_that_only_a_deliberation_needs() -> None:
    modules = imported()
    assert "magi_mcp.service" in modules
    assert modules.isdisjoint(
        {
            "tenacity",
            "structlog",
            "pydantic_settings",
            "magi_mcp.doctor",
            "magi_mcp.discovery.ollama",
            "magi_mcp.journal.inspection",
            "magi_mcp.seats.litellm",
            "magi_mcp.seats.office",
            "magi_mcp.seats.scripted",
            "magi_mcp.server.http",
        }
    )


def test_serve_is_the_same_as_nothing() -> None:
    assert "magi_mcp.cli.app" not in imported("serve", "--transport", "stdio")


def test_a_store_that_cannot_be_opened_ends_the_server_with_one_line(home: Path) -> None:
    ended = process("serve", "--store", str(home))
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("magi-mcp: --store: ")


def test_a_mistake_in_the_configuration_ends_the_server_with_one_line() -> None:
    ended = process(environ={"MAGI_TIMEOUT_S": "soon"})
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert "MAGI_TIMEOUT_S" in line


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--stroe", "x"], "--stroe"),
        (["--transport", "htpp"], "Did you mean 'http'"),
        (["--port", "8000"], "'stdio' has no --port; give --transport http"),
        (["--insecure"], "'stdio' has no --insecure"),
        (["--transport", "http", "--port", "70000"], "'--port'"),
        (["--transport", "http", "--grace", "0"], "--grace: server.grace_s: 0.0 is not a number"),
        (
            ["--transport", "http", "--allow-host", "*"],
            "--allow-host: server.allowed_hosts",
        ),
        (["--transport", "http", "--host", "192.0.2.1"], "--host: '192.0.2.1' can be reached"),
        (["--transport", "http", "--host", "192.0.2.1", "--insecure"], "192.0.2.1:8000 cannot be"),
    ],
)
def test_wrong_options_of_serve_are_named(arguments: list[str], name: str) -> None:
    ended = process("serve", *arguments)
    assert ended.returncode == 2
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr
