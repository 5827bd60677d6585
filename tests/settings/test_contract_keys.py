"""A configuration by the contract is never refused, and never silently half obeyed."""

import os
from pathlib import Path

import pytest

from magi_mcp.core.case import METHODS, PROTOCOLS
from tests.settings.conftest import Machine

CONTRACT = """\
personas = "eva"
protocol = "adaptive"
language = "English"
prompts_dir = "prompts"
[[seats]]
name = "melchior"
model = "openrouter/deepseek/deepseek-v3.2"
fallbacks = ["openai/gpt-5.4-nano"]
persona = "Melchior"
api_base = "http://127.0.0.1:11434"
extra_body = { model = "x", limits = { timeout_s = 1 } }
[arbiter]
model = "anthropic/claude-sonnet-4-6"
[limits]
timeout_s = 61
deadline_s = 601
max_cost_usd = 1.0
max_concurrent_calls = 16
min_voices = 3
[store]
url = "sqlite:///path/dossiers.sqlite3"
"""


def test_the_contracts_own_example_is_usable(machine: Machine) -> None:
    settings = machine.load(user=CONTRACT)
    [seat] = settings.seats
    assert (seat.name, seat.persona) == ("melchior", "Melchior")
    assert seat.model == "openrouter/deepseek/deepseek-v3.2"
    assert seat.fallbacks == ("openai/gpt-5.4-nano",)
    assert seat.api_base == "http://127.0.0.1:11434"
    assert seat.extra_body == {"model": "x", "limits": {"timeout_s": 1}}
    limits = settings.limits
    assert (limits.timeout_s, limits.deadline_s, limits.min_voices) == (61, 601, 3)
    assert (limits.max_cost_usd, limits.max_concurrent_calls) == (1.0, 16)
    assert settings.warnings == ()
    assert settings.store.url == "sqlite:///path/dossiers.sqlite3"
    assert (settings.protocol, settings.language) == ("adaptive", "English")
    assert settings.arbiter is not None
    assert settings.arbiter.model == "anthropic/claude-sonnet-4-6"


def test_what_only_later_versions_use_is_named_in_a_warning(machine: Machine) -> None:
    text = f'{CONTRACT}[review]\nfocus = "security"\n'
    [warning] = machine.load(user=text).warnings
    assert machine.shown(warning) == "U: not used by this version: review."


@pytest.mark.parametrize("mistake", ["reviews = 1", "revue = 1"])
def test_what_only_later_versions_use_is_advised_to_nobody(machine: Machine, mistake: str) -> None:
    told = machine.error(user=mistake).partition("there is no such key")[2]
    assert "Valid here: " in told
    assert "review" not in told


def test_a_file_that_is_named_besides_is_read_and_warned_of_once(machine: Machine) -> None:
    text = f"{CONTRACT}[review]\n"
    env = {"MAGI_CONFIG": str(machine.user_file)}
    [warning] = machine.load(user=text, env=env).warnings
    assert (warning,) == machine.load(user=text).warnings


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_can_be_configured(machine: Machine, protocol: str) -> None:
    settings = machine.load(env={"MAGI_PROTOCOL": protocol})
    assert (settings.protocol, settings.warnings) == (protocol, ())


@pytest.mark.parametrize("method", METHODS)
def test_every_method_can_be_configured(machine: Machine, method: str) -> None:
    assert machine.load(user=f'method = "{method}"').method == method


@pytest.mark.parametrize("between", [",", os.pathsep, f" {os.pathsep} , "])
def test_the_variable_of_open_folders_parts_them_by_commas_or_as_paths_are_parted(
    machine: Machine, between: str
) -> None:
    settings = machine.load(env={"MAGI_ROOTS": between.join(["/one", "/the other", ""])})
    assert settings.roots == ("/one", "/the other")
    assert settings.warnings == ()


def test_open_folders_in_a_file_start_from_its_own_or_from_home(machine: Machine) -> None:
    settings = machine.load(user='roots = ["mine", "/other", "~/work"]')
    home = str(Path("~/work").expanduser())
    assert settings.roots == (str(machine.user_file.parent / "mine"), "/other", home)


@pytest.mark.parametrize("value", ['"/"', "[1]", '[""]', '["~nobody-of-that-name/a"]'])
def test_open_folders_are_a_list_of_paths(machine: Machine, value: str) -> None:
    told = machine.error(user=f"roots = {value}")
    assert "roots" in told
    assert "folder" in told


def test_how_long_a_call_may_wait_is_configured(machine: Machine) -> None:
    assert machine.load().limits.max_wait_s == 50
    assert machine.load(env={"MAGI_MAX_WAIT_S": "30"}).limits.max_wait_s == 30
    assert machine.load(user="[limits]\nmax_wait_s = 20").limits.max_wait_s == 20


def test_an_unknown_variable_is_named_without_its_value(machine: Machine) -> None:
    settings = machine.load(env={"MAGI_SEAT": "sk-planted", "MAGI_API_KEY": "sk-planted"})
    assert settings.warnings == (
        "MAGI_API_KEY: ignored, there is no such variable.",
        "MAGI_SEAT: ignored, there is no such variable. Did you mean MAGI_SEATS?",
    )
