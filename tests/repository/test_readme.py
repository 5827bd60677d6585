"""The README promises nothing that is not so: its tables and commands against the program."""

import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import typer
from mcp import Client

from magi_mcp.cli import faults
from magi_mcp.cli.app import app
from magi_mcp.core.case import MAX_SEATS, METHODS, PROTOCOLS, Limits
from magi_mcp.personas import load_presets
from magi_mcp.server.app import build_server
from magi_mcp.service import Council
from magi_mcp.settings import (
    ArbiterSettings,
    CandidateSettings,
    SeatSettings,
    Settings,
    load_settings,
)
from magi_mcp.settings.keys import CONFIG_VARIABLE, HARMLESS, USED, VARIABLES
from tests.examples import strangers_environment
from tests.repository.readme import blocks, code, readme, table
from tests.repository.wheel import ROOT
from tests.support.councils import scripted_council

COMMON = {"--json", "--store", "--config"}


def nobodys_council() -> AbstractAsyncContextManager[Council]:
    return scripted_council({"melchior": []})


def settings_of(tmp_path: Path, text: str, name: str = "given.toml") -> Settings:
    (tmp_path / name).write_text(text, encoding="utf-8")
    given = tmp_path / name if name == "given.toml" else None
    return load_settings(config_file=given, environ={}, cwd=tmp_path, user_dir=tmp_path / "none")


def test_it_names_the_two_commands_of_a_fresh_clone() -> None:
    first = next(block for block in blocks("sh") if "demo" in block)
    assert [line.partition("#")[0].strip() for line in first.splitlines()] == [
        "uv run magi-mcp demo",
        "uv run pytest",
    ]


def test_ci_runs_the_command_by_which_the_readme_tests() -> None:
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == "uv run pytest"


def test_the_verdict_it_shows_is_what_the_demo_prints(tmp_path: Path) -> None:
    shown = next(block for block in blocks("text") if "RULING" in block)
    ran = subprocess.run(
        ["magi-mcp", "demo"],
        env=strangers_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert shown in ran.stdout


def test_the_plan_it_shows_is_what_a_dry_run_prints_but_for_the_numbers(tmp_path: Path) -> None:
    """Prices change with the lists they are taken from, token counts with the prompts."""
    shown = next(block for block in blocks("text") if "PLAN" in block)
    (seats,) = re.findall(r"^export (MAGI_SEATS)=(\S+)$", readme(), flags=re.MULTILINE)
    ran = subprocess.run(
        ["magi-mcp", "ask", shown.splitlines()[0], "--method", "yes_no", "--dry-run"],
        env=strangers_environment(tmp_path, **dict([seats])),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert _without_amounts(ran.stdout) == _without_amounts(shown)
    assert ran.stderr == ""


def _without_amounts(text: str) -> list[str]:
    return re.sub(r"\d[\d,.]*(?= tokens)|(?<=\$)\d[\d.]*", "#", text).split()


def test_the_verdict_is_called_scripted_before_it_is_shown() -> None:
    before = readme().partition("```text")[0]
    assert "council of the demonstration is scripted" in before


async def test_its_tools_are_the_servers_with_their_arguments() -> None:
    async with Client(build_server(nobodys_council)) as client:
        tools = (await client.list_tools()).tools
    told = {code(tool)[0]: arguments.split(", ") for tool, arguments, _ in table("tool")}
    assert told == {tool.name: _arguments(tool.input_schema) for tool in tools}


def _arguments(schema: Mapping[str, object]) -> list[str]:
    properties, required = schema["properties"], schema["required"]
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    named = {name: name + "[]" * (of["type"] == "array") for name, of in properties.items()}
    return [f"**{told}**" if name in required else told for name, told in named.items()]


async def test_its_resources_are_the_servers_with_their_types() -> None:
    async with Client(build_server(nobodys_council)) as client:
        fixed = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates
    offered = {str(each.uri): each.mime_type for each in fixed}
    offered |= {each.uri_template: each.mime_type for each in templates}
    assert {code(uri)[0]: code(mime)[0] for uri, mime, _ in table("resource")} == offered


async def test_its_prompts_are_the_servers_with_their_arguments() -> None:
    async with Client(build_server(nobodys_council)) as client:
        prompts = (await client.list_prompts()).prompts
    told = {code(prompt)[0]: arguments.split(", ") for prompt, arguments, _ in table("prompt")}
    assert told == {
        prompt.name: [
            f"**{each.name}**" if each.required else each.name for each in prompt.arguments or ()
        ]
        for prompt in prompts
    }


def test_its_commands_have_the_options_it_gives_them() -> None:
    told = {
        words: set(re.findall(r"--[\w-]+", text))
        for words, text in _told_commands().items()
        if words
    }
    assert told == {words: options - COMMON for words, options in _real_commands().items()}


def test_every_command_takes_what_it_says_every_command_takes() -> None:
    for words, options in _real_commands().items():
        assert options >= COMMON, words


def _told_commands() -> dict[str, str]:
    """The command's words -> all that the block on the command line says of it."""
    block = next(block for block in blocks("text") if block.startswith("magi-mcp "))
    told: dict[str, str] = {}
    for entry in re.split(r"^magi-mcp ", block, flags=re.MULTILINE)[1:]:
        command = re.match(r"((?:[a-z]+ ?)*)", entry.partition("  ")[0])
        assert command is not None
        told[command[1].strip()] = entry
    return told


def _real_commands() -> dict[str, set[str]]:
    """The words of every command -> its options."""
    found: dict[str, set[str]] = {}
    pending = [("", typer.main.get_command(app))]
    while pending:
        words, command = pending.pop()
        children = getattr(command, "commands", None)
        if children:
            pending += [(f"{words} {name}".strip(), child) for name, child in children.items()]
        else:
            options = {option for parameter in command.params for option in parameter.opts}
            found[words] = {option for option in options if option.startswith("--")} - {"--help"}
    return found


def test_its_exit_codes_are_the_programs() -> None:
    told = {int(number) for number, _ in table("exit code")}
    codes = (faults.DONE, faults.FAILED, faults.WRONG_USAGE, faults.NO_VERDICT, faults.NO_SEATS)
    assert told == {*codes, faults.INTERRUPTED}


def test_its_variables_are_those_this_version_reads() -> None:
    told = {code(variable)[0]: code(key) for variable, key, _ in table("variable")}
    read = {variable: [".".join(name)] for variable, name in VARIABLES.items()}
    assert told == {**read, CONFIG_VARIABLE: []}


def test_the_defaults_it_gives_are_the_defaults(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "")
    rows = {code(variable)[0]: text for variable, _, text in table("variable")}
    limits = settings.limits
    assert f": {limits.timeout_s:.0f}." in rows["MAGI_TIMEOUT_S"]
    assert f": {limits.deadline_s:.0f}." in rows["MAGI_DEADLINE_S"]
    assert f": {limits.min_voices}." in rows["MAGI_MIN_VOICES"]
    assert f": {limits.max_cost_usd:g}." in rows["MAGI_MAX_COST_USD"]
    assert f": {limits.max_concurrent_calls}." in rows["MAGI_MAX_CONCURRENT_CALLS"]
    assert settings.log_level in rows["MAGI_LOG_LEVEL"]
    assert f"at most {MAX_SEATS}." in rows["MAGI_SEATS"]
    assert f"`{settings.protocol}` (default)" in readme()
    assert f": {settings.language}." in rows["MAGI_LANGUAGE"]
    assert Limits().vote_threshold == 0.5


def test_its_configuration_is_taken_without_a_warning(tmp_path: Path) -> None:
    (example,) = blocks("toml")
    settings = settings_of(tmp_path, example)
    assert settings.warnings == ()
    assert [seat.model for seat in settings.seats] == [
        "openai/gpt-5.4-nano",
        "anthropic/claude-haiku-4-5",
        "openai/our-own-model",
    ]


def test_its_configuration_shows_every_key_there_is() -> None:
    (example,) = blocks("toml")
    shown: set[tuple[str, ...]] = set()
    for key, value in tomllib.loads(example).items():
        inner = value if isinstance(value, list) else [value]
        tables = [entry for entry in inner if isinstance(entry, dict)]
        shown |= {(key,)} | {(key, name) for table in tables for name in table}
    of_a_seat = {name[1] for name in USED if name[0] == "seats" and len(name) == 2}
    like_a_seat = {
        name for name in USED if name[1:] and (name[0] in ("arbiter", "substitutes") or name[2:])
    }
    assert {name[-1] for name in like_a_seat} < of_a_seat
    assert shown <= USED
    assert shown - like_a_seat == USED - like_a_seat


def test_it_names_the_keys_that_fallbacks_and_arbiters_have_of_a_seats() -> None:
    words = " ".join(readme().split())
    of_a_fallback = ", ".join(f"`{name}`" for name in CandidateSettings.model_fields)
    assert f"table of its own with {of_a_fallback}".replace(", `family`", " and `family`") in words
    lacking = SeatSettings.model_fields.keys() - ArbiterSettings.model_fields.keys()
    assert lacking == {"name", "persona", "trust"}
    assert "serve the arbiter too, but for `name`, `persona` and `trust`" in words


def test_of_a_magi_toml_only_what_it_says_is_trusted(tmp_path: Path) -> None:
    (example,) = blocks("toml")
    stranger = example.replace('"eva"', '"none"').replace('"adaptive"', '"critique"')
    stranger = stranger.replace('"majority"', '"yes_no"').replace('"English"', '"Dutch"')
    settings = settings_of(tmp_path, stranger, "magi.toml")
    assert (settings.personas, settings.protocol) == ("none", "critique")
    assert (settings.method, settings.language) == ("yes_no", "Dutch")
    assert (settings.seats, settings.store.url) == ((), None)
    assert (settings.arbiter, settings.prompts_dir) == (None, None)
    trusted = {"personas", "method", "protocol", "language"}
    assert {name for name in HARMLESS if (name,) in USED} == trusted
    assert (settings.substitutes, settings.allowed_models) == ((), ())
    refused = {name[0] for name in USED}.difference(HARMLESS)
    for table_name in refused:
        assert any(f" {table_name}" in warning for warning in settings.warnings)


def test_its_methods_protocols_and_presets_are_all_there_are() -> None:
    assert [code(row[0])[0] for row in table("method")] == list(METHODS)
    assert [code(row[0])[0] for row in table("protocol")] == list(PROTOCOLS)
    for preset in load_presets().presets:
        assert f"`{preset}`" in readme()


def test_what_it_says_of_clients_is_what_the_examples_hold() -> None:
    desktop, vscode = (json.loads(block) for block in blocks("json"))
    examples = ROOT / "examples"
    assert desktop == json.loads((examples / "cursor" / "mcp.json").read_text("utf-8"))
    assert desktop == json.loads(
        (examples / "claude-desktop" / "claude_desktop_config.json").read_text("utf-8")
    )
    whole = json.loads((examples / "vscode" / "mcp.json").read_text("utf-8"))
    assert vscode["servers"] == whole["servers"]
    script = (examples / "claude-code" / "add.sh").read_text("utf-8")
    assert any(block.strip() in script for block in blocks("sh"))


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", readme()))
def test_what_it_links_to_in_the_repository_is_there(target: str) -> None:
    assert (ROOT / target).exists()
