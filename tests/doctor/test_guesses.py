"""The valid model nearest to one that leads nowhere."""

import pytest

from magi_mcp.doctor.guesses import guesses

KNOWN = (
    "anthropic/claude-sonnet-4-6",
    "azure/gpt-4o-mini",
    "gemini/gemini-2.5-flash",
    "openai/gpt-4o",
    "openai/gpt-4o-mini",
    "openai/o3",
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("openai/gpt-4o-mni", "openai/gpt-4o-mini"),
        ("openai/GPT-4O-MINI", "openai/gpt-4o-mini"),
        ("opnai/gpt-4o-mini", "openai/gpt-4o-mini"),
        ("opnai/gpt-4o-mni", "openai/gpt-4o-mini"),
        ("antropic/claude-sonet-4-6", "anthropic/claude-sonnet-4-6"),
        ("anthropic/claude-sonnet-4.6", "anthropic/claude-sonnet-4-6"),
    ],
)
def test_a_typo_leads_to_the_model_that_was_meant_and_to_no_other(written: str, meant: str) -> None:
    assert guesses(written, KNOWN) == (meant,)


def test_a_provider_is_mended_even_where_its_model_is_not_known() -> None:
    assert guesses("opnai/our-own-model", KNOWN) == ("openai/our-own-model",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("gpt-4o-mni", "openai/gpt-4o-mini"),
        ("google/gemini-2.5-flash", "gemini/gemini-2.5-flash"),
    ],
)
def test_a_model_without_its_provider_is_looked_for_where_its_maker_offers_it(
    written: str, meant: str
) -> None:
    assert guesses(written, KNOWN) == (meant,)


@pytest.mark.parametrize("written", ["openai/llama", "xyz/abc", "abc", "openai/", "/", ""])
def test_nothing_is_guessed_where_nothing_is_alike(written: str) -> None:
    assert guesses(written, KNOWN) == ()


def test_a_model_that_exists_is_its_own_best_guess() -> None:
    assert guesses("openai/o3", KNOWN)[0] == "openai/o3"


def test_models_that_are_almost_as_much_alike_are_named_together() -> None:
    known = [f"openai/gpt-5.{minor}-mini" for minor in range(9)]
    assert len(guesses("openai/gpt-5.x-mini", known)) == 3
