"""Scores and preferences are read strictly: nothing is clipped, guessed or chosen between."""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import JsonValue

from magi_mcp.core.ballots import Abstention, Unreadable
from magi_mcp.core.judging.forms import ComparisonForm, Preference, Score, ScoreForm
from tests.properties.search import examples

SCORE, COMPARISON = ScoreForm(), ComparisonForm()


def score(value: JsonValue) -> Score | Abstention | Unreadable:
    return SCORE.read(json.dumps({"rationale": "Why.", "score": value}))


@pytest.mark.parametrize("value", [8, 8.0, "8", " 8 ", "8/10", "**8 / 10**", "8.0"])
def test_a_whole_number_is_a_score_however_it_is_written(value: JsonValue) -> None:
    assert score(value) == Score(value=8, rationale="Why.")


@pytest.mark.parametrize(
    "value",
    [0, 11, -1, 7.5, "7.5", "8/5", "80%", "eight", "8-9", "8 or 9", True, [8], {"n": 8}, 1e400],
)
def test_what_is_no_whole_number_from_1_to_10_is_unreadable_and_says_so(value: JsonValue) -> None:
    read = score(value)
    assert isinstance(read, Unreadable)
    assert read.reason.endswith("is not a whole number from 1 to 10.")


def test_the_ends_of_the_scale_are_scores() -> None:
    assert [score(1), score(10)] == [
        Score(value=1, rationale="Why."),
        Score(value=10, rationale="Why."),
    ]


@pytest.mark.parametrize("value", [None, "null", "Abstain."])
def test_a_judge_may_decline_where_the_case_allows_it(value: JsonValue) -> None:
    assert score(value) == Abstention(reason="Why.")
    strict = ScoreForm(abstain=False).read(json.dumps({"score": value}))
    assert isinstance(strict, Unreadable)


def test_two_scores_in_one_reply_are_none_and_the_same_twice_is_one() -> None:
    assert SCORE.read('{"score": 8} and {"score": 9}') == Unreadable(
        reason="it states different scores."
    )
    assert SCORE.read('{"score": 8} again {"score": "8/10"}') == Score(value=8)


def test_a_reply_in_lines_is_read_where_a_model_writes_no_json() -> None:
    text = "**Score:** 6\nRATIONALE: It runs.\n> SCORE: 10"
    assert SCORE.read(text) == Score(value=6, rationale="It runs.")
    assert COMPARISON.read("BETTER: second") == Preference(better="second")


def test_what_was_thought_aloud_states_nothing() -> None:
    assert SCORE.read('<think>{"score": 2}</think>{"score": 7}') == Score(value=7)


@pytest.mark.parametrize("text", ["", "8", "I give it an 8.", '{"note": 8}', "The score is high"])
def test_a_reply_without_a_stated_score_is_unreadable(text: str) -> None:
    assert SCORE.read(text) == Unreadable(reason='it has no "score".')


def test_a_broken_object_is_unreadable() -> None:
    assert SCORE.fault('{"score": 8') == "it holds a JSON object that is broken."
    assert COMPARISON.fault('{"better": "first"') == "it holds a JSON object that is broken."


@pytest.mark.parametrize("word", ["first", "First.", "the first answer", '"first"', "**first**"])
def test_the_first_answer_is_known_by_its_place(word: str) -> None:
    read = COMPARISON.read(json.dumps({"rationale": "Why.", "better": word}))
    assert read == Preference(better="first", rationale="Why.")


def test_neither_is_a_preference_for_none_where_the_case_allows_it() -> None:
    assert COMPARISON.read('{"better": "neither"}') == Preference(better=None)
    assert ComparisonForm(neither=False).fault('{"better": "neither"}') == (
        '"neither" is not "first" or "second".'
    )


@pytest.mark.parametrize(
    "value", ["not the first", "first or second", "1", "A", 1, None, ["first"]]
)
def test_what_names_no_place_is_unreadable(value: JsonValue) -> None:
    read = COMPARISON.read(json.dumps({"better": value}))
    assert isinstance(read, Unreadable)
    assert 'is not "first" or "second", or "neither" if none is better.' in read.reason


def test_two_preferences_in_one_reply_are_none() -> None:
    both = COMPARISON.read('{"better": "first"} {"better": "second"}')
    assert both == Unreadable(reason="it states different preferences.")


@pytest.mark.parametrize(
    ("form", "valid", "invalid"),
    [
        (ScoreForm(), {"rationale": "", "score": None}, {"rationale": "", "score": "8"}),
        (ScoreForm(abstain=False), {"rationale": "", "score": 8}, {"rationale": "", "score": None}),
        (ComparisonForm(), {"rationale": "", "better": "neither"}, {"better": "first"}),
        (
            ComparisonForm(neither=False),
            {"rationale": "", "better": "first"},
            {"rationale": "", "better": "neither"},
        ),
    ],
)
def test_what_the_schema_takes_the_form_reads(
    form: ScoreForm | ComparisonForm, valid: JsonValue, invalid: JsonValue
) -> None:
    validator = Draft202012Validator(form.json_schema())
    assert validator.is_valid(valid)
    assert not validator.is_valid(invalid)
    assert form.fault(json.dumps(valid)) is None


@examples(200)
@given(st.text(max_size=60) | st.binary(max_size=20).map(repr))
def test_any_text_is_read_or_told_why_not(text: str) -> None:
    forms: tuple[ScoreForm | ComparisonForm, ...] = (SCORE, COMPARISON)
    for form, wrap in product(forms, (text, f'{{"score": {text}', f"SCORE: {text}")):
        fault = form.fault(wrap)
        assert fault is None or fault.endswith(".")
