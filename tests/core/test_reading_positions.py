"""When two short texts are the same position, and which ids options get. Evidence, "mistakes"."""

import pytest

from magi_mcp.core.choices import MAX_OPTIONS, Choices, check_options
from magi_mcp.core.errors import CallerError
from magi_mcp.core.normal_form import normal_form, one_line


@pytest.mark.parametrize(
    "spellings",
    [
        ["Yes", "yes.", "**Yes**", "YES!", '"Yes"', "(yes)", "« yes »", "# Yes", "> yes", "_yes_…"],
        ["Ship it", "ship  it", "Ship\nit.", "`ship it`", "- Ship it", "Ship\u00a0it", "Ｓhip it"],
        ["C", "c.", "[C]", "'C'"],
        ["Ja。", "ja", "Ja！"],
    ],
)
def test_case_markup_and_closing_punctuation_carry_no_meaning(spellings: list[str]) -> None:
    assert len({normal_form(text) for text in spellings}) == 1


@pytest.mark.parametrize(
    "different",
    [
        ["C", "C++", "C#", "C--"],
        ["5 x 10²", "5 x 102"],
        ["ship", "do not ship", "ship not", "ships"],
        ["Option A", "Option D"],
        ["5", "-5", "5%", "50"],
        ["a or b", "a and b", "(a) b", "a (b)"],
        ["yes, but", "yes"],
        ["", "?a", "a"],
    ],
)
def test_whatever_may_carry_meaning_keeps_positions_apart(different: list[str]) -> None:
    assert len({normal_form(text) for text in different}) == len(different)


def test_one_line_holds_no_break_and_no_control_character() -> None:
    assert one_line(" a\r\n\tb\u2028c\x1b[0m\u202ed\ud800 ") == "a b c[0md"


@pytest.mark.parametrize(
    ("labels", "ids"),
    [
        (("Adopt", "Do not adopt"), ("A", "B")),
        (("Option A", "Option D"), ("A", "B")),
        (("A) Ship", "B) Hold"), ("A", "B")),
        (("C", "C++", "C#"), ("1", "2", "3")),
        (("B) Ship", "A) Hold"), ("1", "2")),
        (("Plan B", "Plan A"), ("1", "2")),
        (("Option D", "Option A", "Option B", "Option C"), ("1", "2", "3", "4")),
        (("Give it an A", "Go to 1"), ("A", "B")),
        (("Go to 2", "Give it an A"), ("option-1", "option-2")),
    ],
)
def test_no_option_is_shown_under_an_id_that_another_ones_text_suggests(
    labels: tuple[str, ...], ids: tuple[str, ...]
) -> None:
    assert Choices(labels).ids == ids


def test_options_that_differ_by_one_letter_stay_apart() -> None:
    choices = Choices(("Option A", "Option D"))
    assert choices.recognise("option a") == "Option A"
    assert choices.recognise("Option D.") == "Option D"
    assert choices.recognise("Option") is None
    assert choices.recognise("D") is None


def test_programming_languages_stay_apart() -> None:
    choices = Choices(("C", "C++", "C#"))
    assert [choices.recognise(text) for text in ("c", "c++", "**C#**", "3", "2: C++")] == [
        "C",
        "C++",
        "C#",
        "C#",
        "C++",
    ]


def test_a_text_that_fits_two_options_names_neither() -> None:
    choices = Choices(("Ship", "Ship!"))
    assert choices.recognise("SHIP") is None
    assert choices.recognise("Ship!") == "Ship!"
    assert choices.recognise("B") == "Ship!"


def test_an_option_of_punctuation_is_named_only_by_itself_or_its_id() -> None:
    choices = Choices(("?", "Go"))
    assert choices.recognise("...") is None
    assert choices.recognise("?") == "?"
    assert choices.recognise("A") == "?"


def test_the_ruling_is_the_option_byte_for_byte() -> None:
    label = "  Ship – 4.2\u00a0(Friday) "
    assert Choices((label, "Hold")).recognise("ship – 4.2 (friday)") == label


def test_the_list_of_options_shows_each_under_its_id() -> None:
    assert str(Choices(("Ship", "Hold"))) == "A: Ship\nB: Hold"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "0 given"),
        (["Ship"], "1 given"),
        ([str(number) for number in range(MAX_OPTIONS + 1)], "27 given"),
        (["Ship", "  "], "number 2 is blank"),
        (["\u200b", "Ship"], "number 1 is blank"),
        (["Ship", "ship "], "'ship ' stands twice (also as 'Ship')"),
        (["Ship it", "Ship\nit"], "stands twice"),
        (["Ship", "Abstain."], "'Abstain.' is reserved"),
    ],
)
def test_options_that_cannot_be_told_apart_are_refused_by_name(
    options: list[str], problem: str
) -> None:
    with pytest.raises(CallerError, match="options: ") as refused:
        check_options(options)
    assert problem in refused.value.problem


def test_as_many_options_as_there_are_letters_are_accepted() -> None:
    options = [f"way {number}" for number in range(100, 100 + MAX_OPTIONS)]
    check_options(options)
    assert Choices(options).ids[-1] == "Z"


def test_an_option_is_shown_on_one_line() -> None:
    choices = Choices(("Ship\nit", "Postpone it\r\nto Monday"))
    assert str(choices) == "A: Ship it\nB: Postpone it to Monday"
    assert choices.recognise("Ship it") == "Ship\nit"
