"""What reviewers reply is read strictly, and used as far as it can be read."""

import json

import pytest
from pydantic import JsonValue

from magi_mcp.core.reviewing.forms import Claims, ExaminationForm, FindingsForm, SameDefectForm

ENTRY: dict[str, JsonValue] = {
    "file": "a.py",
    "line_start": 3,
    "line_end": 4,
    "quote": "    x = 1\n    y = 2",
    "category": "correctness",
    "title": "Wrong sum",
    "explanation": "It adds one too many.",
    "severity": "high",
    "suggestion": None,
}


def findings(*entries: JsonValue) -> str:
    return json.dumps({"findings": list(entries)})


def read(text: str) -> Claims:
    claims = FindingsForm().read(text)
    assert isinstance(claims, Claims), claims
    return claims


def test_a_list_of_findings_is_read_whole() -> None:
    (claim,) = read(f"<think>Hm.</think>Here they are: {findings(ENTRY)}").given
    assert (claim.file, claim.line_start, claim.line_end) == ("a.py", 3, 4)
    assert claim.quote == "    x = 1\n    y = 2"
    assert claim.suggestion is None


def test_an_empty_list_is_an_answer() -> None:
    assert FindingsForm().fault('{"findings": []}') is None
    assert read('{"findings": []}').given == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Looks good to me.", "exactly one JSON object"),
        ('{"findings": {}}', "a list"),
        ('{"findings": [}', "broken"),
        (findings({**ENTRY, "quote": " "}), 'Finding 1 lacks "quote".'),
        (findings({**ENTRY, "title": None, "file": 3}), 'Finding 1 lacks "file" and "title".'),
        (findings({**ENTRY, "severity": "critical"}), 'The "severity" of finding 1 must be one of'),
        (findings("a"), "Finding 1 lacks"),
    ],
)
def test_what_cannot_be_read_is_told_to_the_model(text: str, told: str) -> None:
    fault = FindingsForm().fault(text)
    assert fault is not None
    assert told in fault


def test_the_readable_findings_of_a_list_are_kept_and_the_others_told() -> None:
    claims = read(findings(ENTRY, {**ENTRY, "severity": "grave"}))
    assert len(claims.given) == 1
    assert claims.unreadable == ('The "severity" of finding 2 must be one of high, medium, low.',)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [("7", "9", (7, 9)), (7, 3, (7, 7)), (None, 9, (None, None)), (0, 1, (None, None))],
)
def test_line_numbers_that_make_no_sense_are_not_guessed_at(
    start: JsonValue, end: JsonValue, expected: tuple[int | None, int | None]
) -> None:
    (claim,) = read(findings({**ENTRY, "line_start": start, "line_end": end})).given
    assert (claim.line_start, claim.line_end) == expected


def test_the_indentation_of_suggested_code_is_kept() -> None:
    (claim,) = read(findings({**ENTRY, "suggestion": "\n    x = 2\n"})).given
    assert claim.suggestion == "    x = 2"


def test_severities_below_the_least_one_are_not_offered() -> None:
    form = FindingsForm("medium")
    assert '"high" | "medium"' in form.instructions()
    assert '"low"' not in form.instructions()
    assert "low" not in json.dumps(form.json_schema())


def examinations(*opinions: tuple[JsonValue, JsonValue]) -> str:
    listed = [{"finding": n, "reason": "r", "opinion": opinion} for n, opinion in opinions]
    return json.dumps({"examinations": listed})


def test_an_opinion_on_each_finding_is_asked_for() -> None:
    form = ExaminationForm(3)
    assert form.fault(examinations((1, "confirm"), (2, "Refute"), ("3", "unsure"))) is None
    assert form.fault(examinations((1, "confirm"))) == "there is no opinion on finding 2, 3."


def test_the_opinions_that_are_there_are_used_though_others_are_missing() -> None:
    read = ExaminationForm(3).read(examinations((2, "refute"), (9, "confirm"), (1, "maybe")))
    assert not isinstance(read, str)
    assert [(each.number, each.opinion) for each in read] == [(2, "refute")]


def test_two_opinions_on_one_finding_are_none() -> None:
    read = ExaminationForm(2).read(examinations((1, "refute"), (1, "confirm"), (2, "confirm")))
    assert not isinstance(read, str)
    assert [each.number for each in read] == [2]


def test_an_examination_without_any_opinion_is_unreadable() -> None:
    assert isinstance(ExaminationForm(2).read(examinations((5, "confirm"))), str)
    assert isinstance(ExaminationForm(2).read("I agree with all."), str)


def test_findings_at_different_places_cannot_be_grouped() -> None:
    form = SameDefectForm(((1, 2), (3, 4)))
    assert form.read('{"groups": [[1, 2], [3], [4]]}') == ((1, 2), (3,), (4,))
    assert form.fault('{"groups": [[1], [2, 3], [4]]}') == "2 and 3 stand in different places."
    assert form.fault('{"groups": [[1, 2]]}') is not None
