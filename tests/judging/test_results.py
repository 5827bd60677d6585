"""A judgement as results, announcements and reports: in every state, short, and named as found."""

import json
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from magi_mcp.core.asks import Ask
from magi_mcp.core.details import STANDARD_CHARS, Detail, Json, characters_of
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.errors import CallerError
from magi_mcp.core.events import Cancelled
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.criteria import criteria_from
from magi_mcp.core.judging.result import Judgement
from magi_mcp.core.replies import Reply
from magi_mcp.core.transcript import transcript
from magi_mcp.core.verdict import Envelope
from magi_mcp.results import (
    announce,
    as_json,
    headline,
    markdown,
    minority_page,
    recorded,
    result_of,
)
from magi_mcp.server.complete_schemas import FILES
from tests.core.paper import entries
from tests.judging.bench import (
    Judge,
    a_judgement,
    by_favour,
    by_scores,
    events_of,
    failed,
    prefers,
    scored,
)

CONTRACT = [
    "passed",
    "winner",
    "overall",
    "criteria",
    "agreement",
    "judges",
    "ranking",
    "order_flips",
    "minority_report",
]
SCORES = {"ada": 8, "ben": 9, "cleo": 4}
FAVOUR = {"ada": [2, 1], "ben": [2, 1], "cleo": [1, 2]}


def told(case: JudgementCase, judge: Judge) -> Dossier:
    return fold(entries(events_of(case, judge)))


def one(*, threshold: float | None = 7, anonymous: bool = False) -> Dossier:
    case = a_judgement(pass_threshold=threshold, anonymous=anonymous)
    if anonymous:
        return told(case, lambda ask: scored(SCORES[ask.seat], "As Ben, I object. It is clear."))
    return told(case, by_scores(case, SCORES))


def two(*, anonymous: bool = False) -> Dossier:
    return told(a_judgement("Use reset.", "Use revert.", anonymous=anonymous), by_favour(FAVOUR))


def running() -> Dossier:
    case = a_judgement()
    return fold(entries(events_of(case, by_scores(case, SCORES))[:4]))


def cancelled() -> Dossier:
    case = a_judgement()
    events = [*events_of(case, by_scores(case, SCORES))[:4], Cancelled(by="test")]
    return fold(entries(events))


def tied() -> Dossier:
    return told(a_judgement("a", "b"), lambda ask: prefers("neither"))


SCENES: dict[str, Callable[[], Dossier]] = {
    "passed": one,
    "winner": two,
    "tie": tied,
    "no_quorum": lambda: told(
        a_judgement(), lambda ask: scored(7) if ask.seat == "ada" else failed()
    ),
    "failed": lambda: told(a_judgement(), lambda ask: failed()),
    "running": running,
    "cancelled": cancelled,
    "interrupted": lambda: fold(
        entries(events_of(a_judgement(), lambda ask: scored(7))[:4]), driven=False
    ),
}


def shown(dossier: Dossier, detail: Detail) -> Json:
    return as_json(result_of(dossier, now=None), detail)


@pytest.mark.parametrize("dossier", [one(), two()], ids=["one", "two"])
def test_a_judgement_has_the_contracts_keys_in_the_contracts_order(dossier: Dossier) -> None:
    keys = [*shown(dossier, "full")]
    assert keys[: len(Envelope.model_fields)] == list(Envelope.model_fields)
    assert [key for key in keys if key in CONTRACT] == CONTRACT
    assert shown(dossier, "full")["kind"] == "judgement"


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("detail", ["brief", "standard", "full"])
def test_a_judgement_in_any_state_is_what_its_schema_says(scene: str, detail: Detail) -> None:
    validator = Draft202012Validator(FILES[f"judgement-{detail}.json"]())
    validator.validate(json.loads(json.dumps(shown(SCENES[scene](), detail))))


@pytest.mark.parametrize("detail", ["brief", "standard"])
def test_what_is_left_out_is_named_and_never_shown_empty(detail: Detail) -> None:
    whole, cut = shown(two(), "full"), shown(two(), detail)
    omitted = cut["omitted"]
    assert isinstance(omitted, list)
    assert {key for key in whole if key not in cut} <= set(omitted)
    assert ("judges.rationale" in omitted) is (detail == "standard")


FIRST_WORDS = {
    "passed": "DECIDED: passed, 8 of 10 (median of 3 judges, from 4 to 9; it passes from 7).",
    "winner": "DECIDED: answer 2 is preferred (67% of its counted ballots; 0 of 3 preferences "
    "flipped with the order).",
    "tie": "PROVISIONAL NO RULING: answers 1 and 2 share the first place; do not choose between "
    "them in the panel's name.",
    "no_quorum": "PROVISIONAL NO RULING: too few judges came to a judgement; do not present it as "
    "the panel's judgement.",
    "failed": "FAILED: no judge answered.",
    "running": "RUNNING: Scoring the answer: 2 of 12 replies in.",
    "cancelled": "CANCELLED in round 1; what had arrived is kept.",
    "interrupted": "INTERRUPTED: the judgement stopped in round 1.",
}


@pytest.mark.parametrize("scene", SCENES)
def test_the_first_line_tells_the_state_and_what_was_found(scene: str) -> None:
    result = result_of(SCENES[scene]())
    line = headline(result)
    assert line == FIRST_WORDS[scene]
    text = announce(result)
    assert text.startswith(line)
    assert result.dossier_uri in text
    assert f"Next: {result.next_step}" in text


def test_an_announcement_of_scores_tells_medians_judges_and_dissent() -> None:
    text = announce(result_of(one()))
    assert "Medians: correctness 8 (4 to 9) | completeness 8 (4 to 9)" in text
    assert (
        "Judges: Ada (gpt-5.4-nano) 8 | Ben (deepseek-v3.2) 9 | Cleo (gemini-2.5-flash) 4" in text
    )
    assert "Minority, 4 for correctness, where the median is 8 (Cleo): cleo on correctness." in text
    assert len(text) / 4 < 300


def test_an_announcement_of_a_comparison_tells_the_ranking_and_who_prefers_what() -> None:
    text = announce(result_of(two()))
    assert "Ranking: 1. answer 2, 2 wins, 67% | 2. answer 1, 1 win, 33%" in text
    assert "Cleo (gemini-2.5-flash) prefers 1" in text
    assert "Minority, answer 1 over answer 2 (Cleo): Answer 1 says how." in text


def test_nobody_is_shown_half_a_judgement() -> None:
    result = result_of(running())
    assert isinstance(result, Judgement)
    assert (result.judges, result.overall, result.agreement) == ((), None, None)
    assert "Medians" not in announce(result)
    assert "cleo on" not in markdown(running())


@pytest.mark.parametrize("answers", [1, 20])
def test_a_standard_answer_of_nine_talkative_judges_fits_the_contracts_size(answers: int) -> None:
    words = "The first answer is wrong about the index, at length and with much emphasis. " * 20
    seats = [f"judge-{number}" for number in range(9)]
    criteria = criteria_from([f"criterion number {n}: {words}" for n in range(12)])
    texts = [f"answer {n}" for n in range(answers)]
    case = a_judgement(*texts, seats=seats, criteria=criteria)

    def judge(ask: Ask) -> Reply:
        if answers == 1:
            return scored(1 if ask.seat in seats[:4] else 10, words)
        return prefers("second" if ask.seat == seats[0] else "first", words)

    dossier = told(case, judge)
    whole = shown(dossier, "standard")
    assert characters_of(whole) <= STANDARD_CHARS
    assert (characters_of(whole) + len(announce(result_of(dossier)))) / 4 < 1_500


def test_the_report_shows_what_was_judged_by_what_and_every_reason() -> None:
    report = markdown(one())
    assert "**Passed, 8 of 10**" in report
    assert "| correctness | 8 | 9 | 4 | 8 | 4 to 9 |" in report
    assert "git reset --soft HEAD\\~1 moves the branch back" in report
    assert "- **clarity, 4**: cleo on clarity." in report
    assert "## Minority report" in report


def test_the_report_of_a_comparison_shows_every_pair_in_both_orders() -> None:
    report = markdown(two())
    assert "| 1 | 2 | 2 | 67% |" in report
    assert "| 1 and 2 | 2 | 2 | 1 |" in report
    assert "- **2 before 1**: Answer 2 says how." in report


def test_words_of_judges_and_callers_are_no_markup() -> None:
    case = a_judgement("# Heading\n| a | b |", "[link](http://x)")
    report = markdown(told(case, lambda ask: prefers("first", "<b>|x|</b>\n# no")))
    assert "\n# Heading" not in report
    assert "\n> [link]" not in report
    assert "<b>" not in report


def test_the_transcript_holds_every_ask_by_its_name() -> None:
    page = transcript(two())
    assert "6 asks, 6 answered in time." in page
    for name in ("r1/ada/1v2", "r1/ada/2v1", "r1/cleo/2v1"):
        assert f"(`{name}`)" in page


def test_an_anonymous_panel_shows_voices_and_no_models() -> None:
    for dossier in (one(anonymous=True), two(anonymous=True)):
        texts = [
            json.dumps(shown(dossier, "full")),
            announce(result_of(dossier)),
            markdown(dossier),
            minority_page(dossier),
            transcript(dossier),
        ]
        for text in texts:
            assert "Voice" in text
            for name in ("ada", "Ada", "cleo", "gpt-5.4-nano", "deepseek-v3.2"):
                assert name not in text, name


def test_the_dissent_alone_is_a_page() -> None:
    page = minority_page(two())
    assert page.startswith("# Minority report: How do I undo")
    assert "Against: answer 2 is preferred" in page
    assert "### Answer 1 over answer 2 (Cleo)" in page


@pytest.mark.parametrize(
    ("dossier", "actual", "kept", "correct"),
    [
        (one(), "Correct", "correct", True),
        (one(), "wrong", "wrong", False),
        (two(), "2", "answer 2", True),
        (two(), "1", "answer 1", False),
        (tied(), "1", "answer 1", None),
    ],
)
def test_what_really_happened_is_told_by_a_word_or_an_answers_number(
    dossier: Dossier, actual: str, kept: str, correct: bool | None
) -> None:
    event = recorded(dossier, actual, "seen")
    assert (event.actual, event.correct, event.note) == (kept, correct, "seen")


@pytest.mark.parametrize(("dossier", "actual"), [(one(), "2"), (two(), "3"), (tied(), "correct")])
def test_what_says_nothing_of_a_judgement_is_refused_with_what_would(
    dossier: Dossier, actual: str
) -> None:
    with pytest.raises(CallerError, match="says nothing of this judgement"):
        recorded(dossier, actual, "")


def test_of_several_dissents_a_brief_result_names_the_rest_once() -> None:
    omitted = shown(one(), "brief")["omitted"]
    assert isinstance(omitted, list)
    named = [key for key in omitted if str(key).startswith("minority_report[")]
    assert named == ["minority_report[1:]"]
