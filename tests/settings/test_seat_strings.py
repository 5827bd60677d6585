"""The grammar of seats written as one line each (contract, "Configuration")."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from magi_mcp.core.errors import CallerError
from magi_mcp.seat_strings import (
    MAX_FALLBACKS,
    MAX_MODEL_CHARS,
    MAX_NAME_CHARS,
    SeatString,
    parse_each,
    parse_models,
    parse_seat,
    parse_seats,
)

EXAMPLE = (
    "; write 'name=model' or 'model', such as 'melchior=openai/gpt-4o-mini', and fallbacks "
    "behind it: 'model|fallback'."
)
NAME = "the name may hold letters, digits, '_', '-' and '.' only, at most 40"

names = st.from_regex(rf"[\w.-]{{1,{MAX_NAME_CHARS}}}", fullmatch=True)
models = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="=,|"),
    min_size=1,
    max_size=MAX_MODEL_CHARS,
)
chains = st.lists(models, min_size=1, max_size=1 + MAX_FALLBACKS, unique=True)
seats = st.builds(
    lambda name, chain: SeatString(name, chain[0], tuple(chain[1:])), st.none() | names, chains
)


@given(seats)
@example(SeatString(None, "openai/gpt-4o-mini"))
@example(SeatString("b", "bedrock/arn:aws:bedrock:us-east-1:1234:inference-profile/us.x.y-v1:0"))
@example(SeatString("v_1.x", "vertex_ai/claude-sonnet-4@20250514"))
@example(SeatString("melchior", "openrouter/deepseek/deepseek-v3.2", ("openai/gpt-5.4-nano", "a")))
@example(SeatString("ü東", "azure/my deployment".replace(" ", "-")))
def test_a_seat_survives_being_written_and_parsed(seat: SeatString) -> None:
    assert parse_seat(str(seat)) == seat
    assert parse_seat(f" {seat}\n") == seat


@given(
    st.lists(seats, min_size=1, max_size=15, unique_by=lambda seat: (seat.name or "").casefold())
)
def test_a_list_survives_being_written_and_parsed(council: list[SeatString]) -> None:
    assert parse_seats(", ".join(map(str, council))) == tuple(council)
    assert parse_each([str(seat) for seat in council]) == tuple(council)


@given(chains)
def test_models_without_a_name_survive_being_written_and_parsed(chain: list[str]) -> None:
    assert parse_models("arbiter", f" {'|'.join(chain)}\t") == tuple(chain)


@given(st.text())
def test_whatever_is_written_parses_to_itself_or_is_a_callers_mistake(text: str) -> None:
    with suppress(CallerError):
        assert str(parse_seat(text)) == text.strip()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "'': the seat is empty"),
        (" ", "'': the seat is empty"),
        ("=x", "'=x': the name is blank"),
        ("a=", "'a=': the model is blank"),
        ("=", "'=': the name is blank"),
        ("a=b=c", "'a=b=c': there is more than one '='"),
        ("a =b", f"'a =b': {NAME}"),
        ("my seat=b", f"'my seat=b': {NAME}"),
        ("a/b=c", f"'a/b=c': {NAME}"),
        ("a= b", "'a= b': the model contains white space"),
        ("gpt 4", "'gpt 4': the model contains white space"),
        ("a=b\x07", "'a=b\\x07': the model contains a character that cannot be printed"),
        ("a=|b", "'a=|b': the model is blank"),
        ("a=b|", "'a=b|': fallback 1: the model is blank"),
        ("a=b|c||d", "'a=b|c||d': fallback 2: the model is blank"),
        ("a=b| c", "'a=b| c': fallback 1: the model contains white space"),
        ("a=b|c=d", "'a=b|c=d': there is more than one '='"),
        ("a|b=c", f"'a|b=c': {NAME}"),
        ("a=b|c|b", "'a=b|c|b': 'b' stands twice"),
        ("0|1|2|3|4|5|6|7|8|9", "'0|1|2|3|4|5|6|7|8|9': there are 9 fallbacks, more than 8"),
        ("a,b", "'a,b': a comma separates seats in MAGI_SEATS only; here give one seat each"),
        (
            "m" * 300,
            f"'{'m' * 80}...': the model has 300 characters, more than 256",
        ),
        ("n" * 41 + "=m", f"'{'n' * 41}=m': {NAME}"),
    ],
)
def test_a_mistake_is_told_with_the_string_and_an_example(text: str, problem: str) -> None:
    with pytest.raises(CallerError) as caught:
        parse_seat(text)
    assert caught.value.problem == problem + EXAMPLE


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a=x,,b=y", f"seat 2 of 3, '': the seat is empty{EXAMPLE}"),
        ("a=x,", f"seat 2 of 2, '': the seat is empty{EXAMPLE}"),
        ("a=x,b=y|", f"seat 2 of 2, 'b=y|': fallback 1: the model is blank{EXAMPLE}"),
        ("a=x,=y", f"seat 2 of 2, '=y': the name is blank{EXAMPLE}"),
        ("a=x,b=y,A=z", "seat 3 of 3: the name 'A' is already taken."),
        (",".join("m" * 16), "16 given; a council has at most 15."),
    ],
)
def test_a_mistake_in_a_list_is_told_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(CallerError) as caught:
        parse_seats(text)
    assert caught.value.problem == problem


def test_two_seats_on_one_model_are_two_seats() -> None:
    assert parse_seats("openai/x,openai/x") == (SeatString(None, "openai/x"),) * 2
