"""Recorded reviews replay, and end in the decision that was recorded.

A journal here is never edited. Where a test of it fails, the change broke reviews that people
have in their stores: give the changed procedure a new version, keep the old one beside it, and
record a journal of the new one with ``python -m tests.reviewing.test_histories``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.events import CaseOpened, Entry, Event, ReplyReceived, VerdictReached
from magi_mcp.core.replies import Failed
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.decision import ReviewDecision
from tests.core.paper import entries
from tests.reviewing.scenes import Reviewer, a_review, planted, reviewed
from tests.reviewing.test_planted_defects import (
    FALSE_ALARM,
    INJECTION,
    LOCKED_FOR_EVER,
    MADE_UP,
    ROUNDED_DOWN,
    TITLES,
    UNLOCKED,
)

FOLDER = Path(__file__).parent / "histories"
OTHER_WORDS = INJECTION.but(title="Query built from user input", severity="medium")
TIMED_OUT = Failed(failure="timeout", detail="no answer in 60 s")


def _whole() -> list[Event]:
    return reviewed(
        a_review(planted("py-planted", "py-clean")),
        {
            "ada": Reviewer(finds=(INJECTION, FALSE_ALARM), holds=TITLES),
            "ben": Reviewer(finds=(OTHER_WORDS,), holds=TITLES),
            "cleo": Reviewer(finds=(ROUNDED_DOWN,), unsure=(INJECTION.title,)),
        },
        same=[{INJECTION.title, OTHER_WORDS.title}],
    ).events


def _in_parts() -> list[Event]:
    return reviewed(
        a_review(planted("py-planted", "go-planted"), tokens=300, min_severity="medium"),
        {
            "ada": Reviewer(finds=(INJECTION, UNLOCKED), failing={"examination": TIMED_OUT}),
            "ben": Reviewer(finds=(LOCKED_FOR_EVER, MADE_UP), holds=TITLES),
            "cleo": Reviewer(failing={"findings": TIMED_OUT}),
        },
    ).events


SCENES: Mapping[str, Callable[[], list[Event]]] = {
    "cross_examined@1": _whole,
    "cross_examined@1+parts": _in_parts,
}


def _events(name: str) -> list[Event]:
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    return [Entry.model_validate_json(line).event for line in lines if line]


def test_every_kind_of_review_has_a_recorded_journal() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_a_recorded_review_still_ends_in_the_recorded_decision(name: str) -> None:
    *events, verdict = _events(name)
    assert isinstance(verdict, VerdictReached)
    assert isinstance(verdict.decision, ReviewDecision)
    assert Deliberation.restore(events).due() == verdict
    opened = events[0]
    assert isinstance(opened, CaseOpened)
    assert isinstance(opened.case, ReviewCase)


@pytest.mark.parametrize("name", SCENES)
def test_a_recorded_review_can_be_taken_up_at_every_step(name: str) -> None:
    events = _events(name)
    for length in range(1, len(events) + 1):
        restored = Deliberation.restore(events[:length])
        answered = {e.ask_id for e in events[:length] if isinstance(e, ReplyReceived)}
        assert not answered & {ask.ask_id for ask in restored.pending}


def test_the_recorded_reviews_show_what_can_become_of_a_finding() -> None:
    ends = [_events(name)[-1] for name in SCENES]
    decisions = [end.decision for end in ends if isinstance(end, VerdictReached)]
    standings = {
        record.finding.standing
        for each in decisions
        if isinstance(each, ReviewDecision)
        for record in each.records
    }
    assert standings == {"confirmed", "disputed", "refuted", "unanchored"}


def record() -> None:
    """Write the journals that are missing; never touch one that is there."""
    for name, scene in SCENES.items():
        path = FOLDER / f"{name}.jsonl"
        if not path.exists():
            lines = [entry.model_dump_json(by_alias=True) for entry in entries(scene())]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
