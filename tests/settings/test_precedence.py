"""Key by key, the first place that sets a key wins (contract, "Configuration")."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from magi_mcp.core.case import Limits
from magi_mcp.settings import OverrideName, Settings, load_settings
from tests.settings.conftest import Machine

PLACES = ("env", "chosen", "opened", "user")
"""The strongest first; each sets the preset to its own name."""


def load_from(machine: Machine, places: tuple[str, ...]) -> Settings:
    return machine.load(
        env={"MAGI_PERSONAS": "env"} if "env" in places else {},
        chosen='personas = "chosen"' if "chosen" in places else None,
        opened='personas = "opened"' if "opened" in places else None,
        user='personas = "user"' if "user" in places else None,
    )


@pytest.mark.parametrize(
    "places", [pair for size in (1, 2, 4) for pair in combinations(PLACES, size)]
)
def test_the_strongest_place_wins(machine: Machine, places: tuple[str, ...]) -> None:
    settings = load_from(machine, places)
    assert settings.personas == places[0]
    assert (
        settings.sources["personas"]
        == {
            "env": "MAGI_PERSONAS",
            "chosen": f"{machine.chosen_file}:1",
            "opened": f"{machine.opened_file}:1",
            "user": f"{machine.user_file}:1",
        }[places[0]]
    )


def test_nothing_configured_gives_the_defaults(machine: Machine) -> None:
    settings = machine.load()
    limits = settings.limits
    assert (settings.personas, settings.protocol, settings.log_level) == (
        "eva",
        "adaptive",
        "warning",
    )
    assert (settings.method, settings.language) == ("majority", "English")
    assert (settings.arbiter, settings.prompts_dir) == (None, None)
    assert (limits.timeout_s, limits.deadline_s, limits.min_voices) == (60, 600, 2)
    assert (limits.max_cost_usd, limits.max_tokens, limits.early_close) == (1, None, False)
    assert (limits.max_cost_usd_per_day, limits.max_tokens_per_day) == (None, None)
    assert (limits.max_concurrent_calls, limits.max_concurrent_calls_per_provider) == (16, None)
    assert (settings.substitutes, settings.allowed_models) == ((), ())
    assert settings.seats == ()
    assert settings.store.url is None
    assert settings.warnings == ()
    assert settings.sources == {}
    assert settings.user_file == machine.user_file


def test_the_limits_by_default_are_those_of_a_case_but_for_the_money(machine: Machine) -> None:
    limits = machine.load().limits
    of_a_case = limits.model_dump(include=set(Limits.model_fields))
    assert Limits(**of_a_case) == Limits(max_cost_usd=1.0)


def test_each_key_of_a_table_is_decided_by_itself(machine: Machine) -> None:
    settings = machine.load(
        env={"MAGI_DEADLINE_S": "30", "MAGI_MIN_VOICES": "3"},
        user="[limits]\ntimeout_s = 5\ndeadline_s = 6\nmin_voices = 1",
    )
    limits = settings.limits
    assert (limits.timeout_s, limits.deadline_s, limits.min_voices) == (5, 30, 3)
    assert {key: machine.shown(place) for key, place in settings.sources.items()} == {
        "limits.timeout_s": "U:2",
        "limits.deadline_s": "MAGI_DEADLINE_S",
        "limits.min_voices": "MAGI_MIN_VOICES",
    }


def test_every_variable_is_read(machine: Machine) -> None:
    settings = machine.load(
        env={
            "MAGI_SEATS": "a=openai/x|groq/z, openai/y",
            "MAGI_PERSONAS": "research",
            "MAGI_PROTOCOL": "critique",
            "MAGI_ARBITER": "openai/o3|openai/o4|x",
            "MAGI_LANGUAGE": "Deutsch",
            "MAGI_TIMEOUT_S": "1.5",
            "MAGI_DEADLINE_S": "90",
            "MAGI_MIN_VOICES": "1",
            "MAGI_MAX_COST_USD": "0.25",
            "MAGI_MAX_CONCURRENT_CALLS": "4",
            "MAGI_ALLOWED_MODELS": "openai/*, groq/z",
            "MAGI_STORE": "sqlite:///d.sqlite3",
            "MAGI_LOG_LEVEL": "debug",
        }
    )
    assert [(seat.name, seat.model, seat.fallbacks) for seat in settings.seats] == [
        ("a", "openai/x", ("groq/z",)),
        (None, "openai/y", ()),
    ]
    assert (settings.personas, settings.protocol) == ("research", "critique")
    limits = settings.limits
    assert (limits.timeout_s, limits.deadline_s, limits.min_voices) == (1.5, 90, 1)
    assert (limits.max_cost_usd, limits.max_concurrent_calls) == (0.25, 4)
    assert settings.allowed_models == ("openai/*", "groq/z")
    assert (settings.store.url, settings.log_level) == ("sqlite:///d.sqlite3", "debug")
    assert settings.arbiter is not None
    assert (settings.arbiter.model, settings.language) == ("openai/o3", "Deutsch")
    assert settings.arbiter.fallbacks == ("openai/o4", "x")
    assert settings.warnings == ()


def test_a_flag_is_stronger_than_every_other_place(machine: Machine) -> None:
    store = '[store]\nurl = "there"'
    env = {"MAGI_STORE": "there"}
    flagged = machine.load(flags={"store.url": "here"}, env=env, chosen=store, user=store)
    assert (flagged.store.url, flagged.sources["store.url"]) == ("here", "--store")
    unflagged = machine.load(flags={"store.url": None}, env=env, chosen=store, user=store)
    assert unflagged.sources["store.url"] == "MAGI_STORE"


def test_limits_given_as_flags_are_stronger_than_every_other_place(machine: Machine) -> None:
    flags: dict[OverrideName, object] = {"limits.max_cost_usd": 5, "limits.deadline_s": None}
    settings = machine.load(
        flags=flags,
        env={"MAGI_MAX_COST_USD": "4", "MAGI_DEADLINE_S": "40"},
        chosen="[limits]\nmax_cost_usd = 3",
    )
    assert (settings.limits.max_cost_usd, settings.limits.deadline_s) == (5, 40)
    assert settings.sources["limits.max_cost_usd"] == "--max-cost"


def test_an_arbiter_is_taken_as_a_whole_from_one_place(machine: Machine) -> None:
    user = (
        "[arbiter]\nmodel = 'own/a'\napi_base = 'http://127.0.0.1/v1'\nfallbacks = ['own/b']\n"
        "[limits]\ntimeout_s = 5"
    )
    arbiter = machine.load(user=user, env={"MAGI_ARBITER": "openai/o3"}).arbiter
    assert arbiter is not None
    assert (arbiter.model, arbiter.api_base, arbiter.fallbacks) == ("openai/o3", None, ())
    settings = machine.load(user=user, chosen="[arbiter]\nmodel = 'openai/o3'\n[limits]")
    assert settings.arbiter == arbiter
    assert settings.sources["arbiter"] == f"{machine.chosen_file}:1"
    assert settings.limits.timeout_s == 5


def test_seats_are_taken_together_from_one_place(machine: Machine) -> None:
    user = '[[seats]]\nmodel = "a"\npersona = "Casper"\n[[seats]]\nmodel = "b"'
    settings = machine.load(env={"MAGI_SEATS": "c"}, user=user)
    assert [(seat.model, seat.persona) for seat in settings.seats] == [("c", None)]
    assert settings.sources["seats"] == "MAGI_SEATS"


def test_a_blank_variable_counts_as_not_set(machine: Machine) -> None:
    settings = machine.load(
        env={"MAGI_PERSONAS": " ", "MAGI_SEATS": "", "MAGI_CONFIG": ""}, user='personas = "user"'
    )
    assert settings.personas == "user"


def test_magi_config_names_a_file_and_the_flag_another_before_it(machine: Machine) -> None:
    second = machine.root / "second.toml"
    second.write_text('personas = "second"', encoding="utf-8")
    env = {"MAGI_CONFIG": str(second)}
    assert machine.load(env=env).personas == "second"
    assert machine.load(env=env, chosen='personas = "chosen"').personas == "chosen"


def test_a_relative_file_starts_from_the_working_directory(machine: Machine) -> None:
    (machine.opened_file.parent / "mine.toml").write_text('personas = "mine"', encoding="utf-8")
    settings = load_settings(
        config_file=Path("mine.toml"),
        environ={},
        cwd=machine.opened_file.parent,
        user_dir=machine.user_file.parent,
    )
    assert settings.personas == "mine"


def test_prompts_lie_beside_the_file_that_names_them(machine: Machine) -> None:
    beside = machine.load(user='prompts_dir = "prompts"').prompts_dir
    assert beside == str(machine.user_file.parent / "prompts")
    assert machine.load(user='prompts_dir = "/srv/prompts"').prompts_dir == "/srv/prompts"


def test_a_value_that_is_overridden_is_not_looked_at(machine: Machine) -> None:
    settings = machine.load(env={"MAGI_TIMEOUT_S": "5"}, user="[limits]\ntimeout_s = 'fast'")
    assert settings.limits.timeout_s == 5


def test_variables_of_this_process_are_read_only_if_none_are_given(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGI_PERSONAS", "process")
    monkeypatch.setenv("PERSONAS", "unprefixed")
    assert machine.load().personas == "eva"
    directory = machine.user_file.parent
    assert load_settings(cwd=directory, user_dir=directory).personas == "process"


def test_reading_the_settings_waits_for_no_library_of_others() -> None:
    code = (
        "import sys, magi_mcp.council; from magi_mcp.settings import load_settings\n"
        "load_settings()\n"
        "sys.exit(bool(sys.modules.keys() & {'pydantic_settings', 'litellm', 'mcp', 'httpx'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
