"""What really happened, read against what a dossier found. Contract "record_outcome"."""

import pytest

from magi_mcp.core.deliberated import case_of
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.errors import CallerError, ReplayDivergence
from magi_mcp.core.events import Cancelled, Event, OutcomeRecorded, Resumed
from magi_mcp.core.outcomes import MAX_NOTE_CHARS, outcome_recorded
from magi_mcp.core.report import markdown
from magi_mcp.core.result import as_json, verdict_of
from tests.core.paper import OPENED_AT, a_case, deliberated, entries
from tests.core.scenes import EVA, SCENES, SHORT


def recorded(scene: str, actual: str, note: str = "") -> OutcomeRecorded:
    dossier = SCENES[scene]()
    return outcome_recorded(case_of(dossier), verdict_of(dossier), actual, note)


@pytest.mark.parametrize(
    ("scene", "actual", "kept", "correct"),
    [
        ("decided", "correct", "correct", True),
        ("decided", " Wrong ", "wrong", False),
        ("decided", "yes", "yes", True),
        ("decided", "No.", "no", False),
        ("tied", "yes", "yes", None),
        ("rich", "Ship on Friday", "Ship on Friday", True),
        ("rich", "postpone to monday", "Postpone to Monday", False),
        ("open_question", "Wait until Monday", "Wait until Monday", False),
        ("estimate", "no", "no", None),
        ("ranked", "2", "2", True),
        ("ranked", "wrong", "wrong", False),
        ("synthesis", "correct", "correct", True),
        ("ratified", "wrong", "wrong", False),
    ],
)
def test_an_outcome_is_judged_by_the_ruling(
    scene: str, actual: str, kept: str, correct: bool | None
) -> None:
    event = recorded(scene, actual, " the log ")
    assert (event.actual, event.correct, event.note) == (kept, correct, "the log")


@pytest.mark.parametrize(
    ("scene", "actual", "told"),
    [
        ("rich", "Ship it", "'Ship it' was not open to the council. Valid: correct, wrong, 'Ship"),
        ("decided", "", "'' was not open"),
        ("decided", "x" * 500, "x…' was not open"),
        ("tied", "correct", "ruled nothing that could be correct. Valid: 'yes', 'no'"),
        ("estimate", "wrong", "ruled nothing that could be wrong. Valid: 'yes', 'no'"),
        ("synthesis", "Ship", "'Ship' was not open to the council. Valid: correct, wrong."),
        ("not_ratified", "wrong", "Valid: nothing, for nothing was found"),
    ],
)
def test_what_cannot_have_come_of_it_is_refused_by_name(scene: str, actual: str, told: str) -> None:
    with pytest.raises(CallerError, match="actual: ") as refusal:
        recorded(scene, actual)
    assert told in str(refusal.value)


@pytest.mark.parametrize("scene", ["running", "interrupted", "cancelled", "everybody_failed"])
def test_only_what_a_council_concluded_can_have_an_outcome(scene: str) -> None:
    with pytest.raises(CallerError, match=f"dossier_id: .*{SCENES[scene]().status}"):
        recorded(scene, "yes")


def test_a_long_note_is_refused_with_its_length() -> None:
    with pytest.raises(CallerError, match="note: 2,001 characters"):
        recorded("decided", "yes", "n" * (MAX_NOTE_CHARS + 1))


def with_outcomes(*outcomes: OutcomeRecorded) -> tuple[list[Event], Dossier]:
    course = deliberated(a_case(seats=EVA), SHORT)
    events: list[Event] = [*course.events, *outcomes]
    return events, fold(entries(events))


def test_the_newest_word_counts_and_nothing_else_of_the_dossier_changes() -> None:
    first = OutcomeRecorded(actual="yes", correct=True)
    second = OutcomeRecorded(actual="no", correct=False, note="Rows were lost.")
    events, dossier = with_outcomes(first, second)
    _, before = with_outcomes()
    assert dossier.actual is not None
    assert (dossier.actual.answer, dossier.actual.correct) == ("no", False)
    assert dossier.actual.at > OPENED_AT
    assert (dossier.elapsed_s, dossier.status) == (before.elapsed_s, before.status)
    assert Deliberation.restore(events).ended


def test_the_verdict_and_the_report_tell_it() -> None:
    _, dossier = with_outcomes(OutcomeRecorded(actual="no", correct=False, note="Rows | lost."))
    shown = as_json(verdict_of(dossier), "full")
    assert shown["actual"] == {
        "answer": "no",
        "correct": False,
        "note": "Rows | lost.",
        "at": dossier.actual.at if dossier.actual else None,
    }
    report = markdown(dossier)
    assert "## What really happened\n\n**It was: no. The council was wrong.**" in report
    assert r"Rows \| lost." in report
    _, untold = with_outcomes()
    assert "actual" not in as_json(verdict_of(untold), "full")
    assert "really happened" not in markdown(untold)


def test_no_outcome_comes_before_the_end() -> None:
    events, _ = with_outcomes()
    outcome = OutcomeRecorded(actual="no", correct=False)
    with pytest.raises(ReplayDivergence, match="the end first"):
        Deliberation.restore([*events[:-1], outcome])
    with pytest.raises(ReplayDivergence, match="nothing more"):
        Deliberation.restore([*events, outcome, events[-1]])


def test_only_a_verdict_can_fare_and_nothing_else_follows_it() -> None:
    events, _ = with_outcomes()
    outcome = OutcomeRecorded(actual="no", correct=False)
    with pytest.raises(ReplayDivergence, match="nothing more"):
        Deliberation.restore([*events[:-1], Cancelled(by="the user"), outcome])
    with pytest.raises(ReplayDivergence, match="nothing more"):
        Deliberation.restore([*events, outcome, Resumed(by="the user")])
