"""How much of a result each detail shows, and what it says was left out. Contract "Results"."""

import json
from collections.abc import Callable
from functools import cache

import pytest

from magi_mcp.core.announcement import ANNOUNCEMENT_CHARS, announce
from magi_mcp.core.details import CHARS_PER_TOKEN, ENVELOPE, STANDARD_CHARS, Json, characters_of
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.pages import PAGE_CHARS, envelope_of, outline, pages_of, texts_of
from magi_mcp.core.result import as_json, verdict_of
from magi_mcp.core.transcript import transcript
from magi_mcp.core.verdict import Verdict
from tests.core.scenes import SCENES
from tests.core.worst_case import AT_LENGTH, WAYS, long_case, long_texts
from tests.server.strict import faults_by

WORST: dict[str, Callable[[], Dossier]] = {
    "options": long_case,
    "nine ways": lambda: long_case(options=WAYS, spread=9),
    "yes_no": lambda: long_case("yes_no"),
    "compose": lambda: long_texts("compose"),
    "synthesis": lambda: long_texts("synthesis"),
    "minority": lambda: long_texts("minority"),
    "consensus": lambda: long_texts("consensus"),
    "majority": lambda: long_texts("majority"),
}
EVERY = {**WORST, **SCENES}


@cache
def dossier(scene: str) -> Dossier:
    return EVERY[scene]()


@cache
def verdict(scene: str) -> Verdict:
    return verdict_of(dossier(scene))


@cache
def told(scene: str, detail: str = "standard") -> Json:
    match detail:
        case "brief":
            return as_json(verdict(scene), "brief")
        case "standard":
            return as_json(verdict(scene), "standard")
        case _:
            return as_json(verdict(scene), "full")


@pytest.mark.parametrize("scene", EVERY)
def test_a_standard_answer_with_text_and_object_is_below_1500_tokens(scene: str) -> None:
    text, shown = announce(verdict(scene)), told(scene)
    assert characters_of(shown) <= STANDARD_CHARS
    assert len(text) <= ANNOUNCEMENT_CHARS
    assert (characters_of(shown) + len(text)) / CHARS_PER_TOKEN < 1_500


@pytest.mark.parametrize("scene", EVERY)
@pytest.mark.parametrize("detail", ["brief", "standard", "full"])
def test_every_result_meets_its_published_schema(scene: str, detail: str) -> None:
    assert faults_by(f"deliberation-{detail}.json", told(scene, detail)) == []


@pytest.mark.parametrize("detail", ["brief", "standard"])
@pytest.mark.parametrize("scene", EVERY)
def test_a_key_that_is_left_out_is_absent_and_named(scene: str, detail: str) -> None:
    whole, shown = told(scene, "full"), told(scene, detail)
    omitted = shown["omitted"]
    assert isinstance(omitted, list)
    for key in whole:
        if key not in shown:
            assert key in omitted, key
        elif shown[key] != whole[key] and key != "omitted":
            assert any(str(each).startswith(key) for each in omitted), key
    assert list(shown) == [key for key in whole if key in shown], "the order is the contract's"


@pytest.mark.parametrize("scene", EVERY)
def test_a_ruling_is_never_cut(scene: str) -> None:
    assert told(scene)["ruling"] == told(scene, "full")["ruling"]
    assert told(scene, "brief")["ruling"] == told(scene, "full")["ruling"]


def test_a_text_that_was_cut_ends_in_an_ellipsis_and_says_from_where() -> None:
    shown = told("yes_no")
    answer = str(shown["answer"])
    assert answer.endswith("…")
    assert AT_LENGTH.startswith(answer.removesuffix("…"))
    omitted = shown["omitted"]
    assert isinstance(omitted, list)
    assert any(str(each).startswith("answer[") for each in omitted)


def test_brief_holds_ruling_agreement_and_the_dissent_in_one_line() -> None:
    shown = told("decided", "brief")
    assert [key for key in shown if key not in ENVELOPE] == [
        "outcome",
        "ruling",
        "agreement",
        "minority_report",
    ]
    assert shown["minority_report"] == [
        {
            "position": "no",
            "seats": ["casper"],
            "argument": "Rollback covers code, not rows written by 4.2.",
        }
    ]
    text = announce(verdict("decided"), "brief")
    state, dissent, uri, step = text.splitlines()
    assert state.startswith("DECIDED: yes (majority, 2 of 3")
    assert dissent == "Dissent, Casper: Rollback covers code, not rows written by 4.2."
    assert uri.startswith("magi://dossiers/")
    assert step.startswith("Next: ")


def test_brief_shows_what_was_found_where_nothing_was_ruled() -> None:
    assert told("estimate", "brief")["probability"] == pytest.approx(0.4)
    assert told("synthesis", "brief")["answer"]


@pytest.mark.parametrize("scene", EVERY)
def test_the_pages_of_a_record_fit_and_hold_all_of_it(scene: str) -> None:
    whole = told(scene, "full")
    rest = {key: value for key, value in whole.items() if key not in ENVELOPE}
    pages = pages_of(rest)
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        shown: Json = {**envelope_of(whole), **page.part, "omitted": [*page.omitted]}
        words = "\n".join(outline(page.part))
        assert characters_of(shown) + len(words) <= PAGE_CHARS - 1_500, "room for what is added"
        assert faults_by("deliberation-page.json", {**shown, "next_cursor": None}) == []
    joined = json.dumps([page.part for page in pages], ensure_ascii=False)
    for text in texts_in(rest):
        assert json.dumps(text[:40], ensure_ascii=False)[1:-1] in joined
    total = sum(map(len, texts_in(rest)))
    assert sum(map(len, (text for page in pages for text in texts_in(page.part)))) == total


@pytest.mark.parametrize("scene", EVERY)
def test_what_is_not_on_a_page_is_named_on_it(scene: str) -> None:
    whole = told(scene, "full")
    rest = {key: value for key, value in whole.items() if key not in ENVELOPE}
    for page in pages_of(rest):
        for key, value in rest.items():
            named = [
                name for name in page.omitted if name.partition("[")[0].partition(".")[0] == key
            ]
            assert (page.part.get(key) != value or key not in page.part) == bool(named), key
            assert (key in page.omitted) == (key not in page.part), key


def test_a_text_longer_than_a_page_goes_on_on_the_next_one() -> None:
    text = "".join(f'{number} 龍\n"\\' for number in range(9_000))
    pages = pages_of({"answer": text, "tail": 1})
    assert len(pages) > 3
    assert "".join(str(page.part.get("answer", "")) for page in pages) == text
    assert pages[0].omitted[0].startswith("answer[")
    assert pages[-1].part["tail"] == 1


@pytest.mark.parametrize("scene", EVERY)
def test_the_stretches_of_a_transcript_are_the_transcript(scene: str) -> None:
    page = transcript(dossier(scene))
    stretches = texts_of(page)
    assert "".join(stretches) == page
    assert all(len(each) <= PAGE_CHARS / 2 for each in stretches)
    assert all(stretches)


def texts_in(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for each in value.values() for text in texts_in(each)]
        case list():
            return [text for each in value for text in texts_in(each)]
        case _:
            return []


def test_a_warning_that_a_page_cuts_shows_that_it_is_cut() -> None:
    envelope = envelope_of({**dict.fromkeys(ENVELOPE), "warnings": ["word " * 60, "short"]})
    warnings = envelope["warnings"]
    assert isinstance(warnings, list)
    long, short = map(str, warnings)
    assert (long[-5:], len(long) <= 200, short) == ("word…", True, "short")
