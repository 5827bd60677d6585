"""Which seats the providers' keys give, and what is said of them."""

import subprocess
import sys

import pytest

from magi_mcp.core.families import family_of
from magi_mcp.discovery.providers import found_by_keys, providers

ROUTERS = {"OPENROUTER_API_KEY", "TOGETHERAI_API_KEY", "DEEPINFRA_API_KEY", "GROQ_API_KEY"}


def models(*keys: str, **more: str) -> list[str]:
    found = found_by_keys({**dict.fromkeys(keys, "planted"), **more})
    return [seat.model for seat in found.seats]


def told(*keys: str, **more: str) -> str:
    return found_by_keys({**dict.fromkeys(keys, "planted"), **more}).told


def test_one_key_that_reaches_several_families_gives_three_of_them() -> None:
    assert models("OPENROUTER_API_KEY") == [
        "openrouter/deepseek/deepseek-v3.2",
        "openrouter/openai/gpt-5.4-nano",
        "openrouter/google/gemini-2.5-flash",
    ]
    assert told("OPENROUTER_API_KEY") == (
        "No seats are configured; they were found from OPENROUTER_API_KEY: "
        "openrouter/deepseek/deepseek-v3.2, openrouter/openai/gpt-5.4-nano, "
        "openrouter/google/gemini-2.5-flash."
    )


def test_keys_of_three_families_give_one_model_of_each() -> None:
    assert models("GEMINI_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY") == [
        "openai/gpt-5.4-nano",
        "anthropic/claude-haiku-4-5",
        "gemini/gemini-2.5-flash",
    ]
    assert "from OPENAI_API_KEY and ANTHROPIC_API_KEY and GEMINI_API_KEY:" in told(
        "GEMINI_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"
    )


def test_a_fourth_key_adds_no_fourth_seat_and_is_not_said_to() -> None:
    keys = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "MISTRAL_API_KEY")
    assert models(*keys) == models(*keys[:3])
    assert "MISTRAL" not in told(*keys)


def test_keys_of_two_families_give_another_model_of_the_first() -> None:
    assert models("OPENAI_API_KEY", "ANTHROPIC_API_KEY") == [
        "openai/gpt-5.4-nano",
        "anthropic/claude-haiku-4-5",
        "openai/gpt-5-mini",
    ]
    assert "one family" not in told("OPENAI_API_KEY", "ANTHROPIC_API_KEY")


def test_a_router_adds_the_families_that_a_providers_own_key_lacks() -> None:
    assert models("OPENAI_API_KEY", "OPENROUTER_API_KEY") == [
        "openai/gpt-5.4-nano",
        "openrouter/deepseek/deepseek-v3.2",
        "openrouter/google/gemini-2.5-flash",
    ]


def test_one_key_of_one_family_gives_three_seats_and_says_that_it_is_one() -> None:
    assert models("OPENAI_API_KEY") == [
        "openai/gpt-5.4-nano",
        "openai/gpt-5-mini",
        "openai/gpt-5.4-mini",
    ]
    assert models("ANTHROPIC_API_KEY") == ["anthropic/claude-haiku-4-5"] * 3
    assert told("ANTHROPIC_API_KEY") == (
        "No seats are configured; they were found from ANTHROPIC_API_KEY: "
        "anthropic/claude-haiku-4-5. All are of one family (anthropic), and models of one family "
        "err together: name seats of several."
    )


@pytest.mark.parametrize("address", ["OPENAI_API_BASE", "OPENAI_BASE_URL"])
def test_a_key_for_a_server_of_ones_own_says_nothing_of_its_models(address: str) -> None:
    own = {address: "http://127.0.0.1:8000/v1"}
    passed_over = (
        f"OPENAI_API_KEY was passed over: {address} leads to another server, whose models are not "
        "known."
    )
    assert models("OPENAI_API_KEY", **own) == []
    assert told("OPENAI_API_KEY", **own).endswith(passed_over)
    assert (
        models("OPENAI_API_KEY", "ANTHROPIC_API_KEY", **own) == ["anthropic/claude-haiku-4-5"] * 3
    )
    assert told("OPENAI_API_KEY", "ANTHROPIC_API_KEY", **own).endswith(passed_over)


@pytest.mark.parametrize(
    ("address", "used"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        (" ", True),
        ("https://api.openai.com.evil.example/v1", False),
        ("https://evilapi.openai.com/v1", False),
        ("http://[broken", False),
    ],
)
def test_the_providers_own_address_is_no_detour(address: str, used: bool) -> None:
    assert bool(models("OPENAI_API_KEY", OPENAI_API_BASE=address)) is used


def test_an_address_without_a_key_is_not_spoken_of() -> None:
    assert "OPENAI_API_BASE" not in told(OPENAI_API_BASE="http://127.0.0.1:8000/v1")


def test_without_keys_nobody_is_found_and_the_keys_are_named() -> None:
    for nothing in (told(), told(OPENAI_API_KEY=" ")):
        assert nothing.startswith("Looked for: a key, of which none is set (OPENAI_API_KEY, ")
        assert "OPENROUTER_API_KEY" in nothing


def test_every_key_by_itself_gives_three_seats_and_is_never_told() -> None:
    for provider in providers():
        for key in provider.keys:
            found = found_by_keys({key: "planted"})
            assert len(found.seats) == 3
            assert f" {key}:" in found.told
            assert "planted" not in f"{found}"


def test_a_router_reaches_at_least_two_families() -> None:
    for provider in providers():
        families = {family_of(model) for model in provider.models}
        assert None not in families, provider
        assert (len(families) > 1) == bool(ROUTERS.intersection(provider.keys)), provider


def test_all_models_are_cheap_and_in_the_list_of_the_library() -> None:
    """In a process of its own: nothing else here is to wait for that library."""
    listed = [model for provider in providers() for model in provider.models]
    direct = [model for model in listed if not model.startswith("openrouter/")]
    program = (
        "import os, sys; os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] = 'True'\n"
        "import litellm\n"
        "for model in sys.argv[1:]:\n"
        "    facts = litellm.get_model_info(model)\n"
        "    print(facts['input_cost_per_token'], facts['output_cost_per_token'])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *direct], capture_output=True, text=True, check=True
    )
    prices = [tuple(map(float, line.split())) for line in ran.stdout.splitlines()]
    assert len(prices) == len(direct) > 15
    for model, (price_in, price_out) in zip(direct, prices, strict=True):
        assert 0 < price_in <= 1.25e-6, model
        assert 0 < price_out <= 5e-6, model
