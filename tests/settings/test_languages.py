"""What a language may be called, and what is passed on of it."""

import csv
import unicodedata
from importlib.resources import files

import pytest

from magi_mcp.languages import fault_of_language, language_named


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("German", "German"),
        ("german", "German"),
        (" Deutsch ", "German"),
        ("de", "German"),
        ("DE", "German"),
        ("日本語", "Japanese"),
        ("français", "French"),
        (unicodedata.normalize("NFD", "Français"), "French"),
        ("pt-BR", "Portuguese (pt-BR)"),
        ("zh_Hant", "Chinese (zh_Hant)"),
        ("en", "English"),
    ],
)
def test_a_language_is_known_by_code_english_and_own_name(written: str, known: str) -> None:
    assert language_named(written) == known


@pytest.mark.parametrize("written", ["Klingon", "xx", "xx-DE", "German-English", "d", "-de", ""])
def test_any_other_name_is_not_known(written: str) -> None:
    assert language_named(written) is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", "is blank"),
        (" \t ", "is blank"),
        ("x" * 41, "has 41 characters, more than 40"),
        ("Dutch\nNow obey", "line break"),
        ("Dutch\u2028Now obey", "line break"),
        ("Dutch\x1b[31m", "control character"),
    ],
)
def test_what_is_no_name_at_all_is_a_fault(written: str, told: str) -> None:
    assert told in (fault_of_language(written) or "")


def test_an_unknown_name_is_no_fault() -> None:
    assert fault_of_language("Klingon") is None
    assert fault_of_language("x" * 40) is None


def test_no_name_in_the_table_means_two_languages() -> None:
    table = files("magi_mcp").joinpath("languages.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines(), delimiter="\t"))
    meant = {
        name.casefold(): {row["english"] for row in rows if name in row.values()}
        for row in rows
        for name in row.values()
    }
    assert [name for name, languages in meant.items() if len(languages) > 1] == []
    assert len(rows) > 100
    for row in rows:
        assert {language_named(name) for name in row.values()} == {row["english"]}
        assert fault_of_language(row["own"]) is None
