"""How seats, models and money are told to people."""

import pytest

from magi_mcp.core.words import (
    dollars,
    enumerated,
    failure_in_words,
    model_title,
    plural,
    seat_title,
    seat_titles,
    seconds,
    sentence,
    shortened,
)


@pytest.mark.parametrize(
    ("cost_usd", "told"),
    [
        (None, "cost unknown"),
        (0, "$0"),
        (0.000087, "$0.000087"),
        (0.00001, "$0.00001"),
        (0.003, "$0.003"),
        (0.0114, "$0.011"),
        (0.0999, "$0.1"),
        (0.5, "$0.50"),
        (12.345, "$12.35"),
    ],
)
def test_a_price_has_as_many_digits_as_it_takes_to_see_it(
    cost_usd: float | None, told: str
) -> None:
    assert dollars(cost_usd) == told


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        ("rate_limited: 429", "rate limited: 429"),
        ("casper: unknown_model: 404: withdrawn", "casper: unknown model: 404: withdrawn"),
        ("casper failed in round 2: bad_request: x", "casper failed in round 2: bad request: x"),
        ("timeout: see bad_request: 400", "timeout: see bad_request: 400"),
        ("timeout: bad_request: 400", "timeout: bad_request: 400"),
        ("casper: the field rate_limited: true", "casper: the field rate_limited: true"),
        ("rate_limited", "rate_limited"),
        ("", ""),
    ],
)
def test_only_the_kind_of_a_failure_is_put_into_words(recorded: str, told: str) -> None:
    assert failure_in_words(recorded) == told


def test_seats_and_models_are_named_as_people_know_them() -> None:
    assert seat_title("melchior") == "Melchior"
    assert seat_title("éva II") == "Éva II"
    assert seat_title("") == ""
    assert seat_titles(["ada", "ben"]) == "Ada, Ben"
    assert model_title("openrouter/deepseek/deepseek-v3.2") == "deepseek-v3.2"
    assert model_title("gpt-5.4") == "gpt-5.4"
    assert model_title("odd/") == "odd/"


def test_counts_and_times_read_naturally() -> None:
    assert (plural(1, "call"), plural(0, "call"), plural(2, "call")) == (
        "1 call",
        "0 calls",
        "2 calls",
    )
    assert (seconds(0), seconds(9.94), seconds(24.4)) == ("0.0 s", "9.9 s", "24 s")


def test_a_cut_is_made_between_words_and_always_shown() -> None:
    assert shortened("a short text", 40) == "a short text"
    assert shortened("one two, three", 10) == "one two…"
    assert shortened("x" * 50, 10) == "x" * 9 + "…"
    assert shortened("two\nlines\x1b[0m", 40) == "two lines[0m"
    assert len(shortened("word " * 100, 60)) <= 60


def test_a_sentence_ends_once() -> None:
    assert sentence("It is safe") == "It is safe."
    assert sentence("Is it?\n") == "Is it?"
    assert sentence("cut…") == "cut…"
    assert sentence(" ") == ""


@pytest.mark.parametrize(
    ("items", "told"), [(["1"], "1"), (["1", "2"], "1 and 2"), (["1", "2", "3"], "1, 2 and 3")]
)
def test_only_the_last_of_several_is_joined_by_a_word(items: list[str], told: str) -> None:
    assert enumerated(items) == told
