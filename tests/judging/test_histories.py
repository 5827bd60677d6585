"""Recorded judgements replay, and end in the decision that was recorded.

A journal here is never edited. Where a test of it fails, the change broke judgements that people
have in their stores: give the changed procedure a new version, keep the old one beside it, and
record a journal of the new one with ``python -m tests.judging.test_histories``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.events import CaseOpened, Entry, Event, ReplyReceived, VerdictReached
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.findings import JudgementDecision
from magi_mcp.core.replies import Reply
from tests.core.paper import entries
from tests.judging.bench import (
    a_judgement,
    criterion_of,
    events_of,
    failed,
    prefers,
    said,
    scored,
    shown_in,
)

FOLDER = Path(__file__).parent / "histories"
SEATS = ("melchior", "balthasar", "casper", "dora")


def _scores() -> list[Event]:
    case = a_judgement(seats=SEATS, pass_threshold=7, reference="git reset --soft HEAD~1")

    def judge(ask: Ask) -> Reply:
        match ask.seat, criterion_of(case, ask):
            case "casper", "clarity":
                return said("SCORE: 11")
            case "casper", _:
                return scored(4, "It forgets the index.")
            case "dora", "overall":
                return failed()
            case "dora", _:
                return scored(None, "Not my field.")
            case _:
                return scored(8, "It says how.")

    return events_of(case, judge)


def _pairs(answers: int) -> list[Event]:
    case = a_judgement(*(f"Answer {n}." for n in range(1, answers + 1)), seats=SEATS)

    def judge(ask: Ask) -> Reply:
        first, second = shown_in(ask)
        match ask.seat:
            case "casper":
                return prefers("first", "The first answer reads better.")
            case "dora" if (first, second) == (2, 1):
                return failed()
            case "dora":
                return prefers("neither")
            case _:
                return prefers("first" if first > second else "second", "It says how.")

    return events_of(case, judge)


SCENES: Mapping[str, Callable[[], list[Event]]] = {
    "scores@1": _scores,
    "pairs@1": lambda: _pairs(3),
    "tournament@1": lambda: _pairs(6),
}


def _read(name: str) -> list[Entry]:
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    return [Entry.model_validate_json(line) for line in lines if line]


def _events(name: str) -> list[Event]:
    return [entry.event for entry in _read(name)]


def test_every_kind_of_judgement_has_a_recorded_journal() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_a_recorded_judgement_still_ends_in_the_recorded_decision(name: str) -> None:
    *events, verdict = _events(name)
    assert isinstance(verdict, VerdictReached)
    assert isinstance(verdict.decision, JudgementDecision)
    assert Deliberation.restore(events).due() == verdict
    opened = events[0]
    assert isinstance(opened, CaseOpened)
    assert isinstance(opened.case, JudgementCase)
    assert opened.case.procedure.endswith("@1")


@pytest.mark.parametrize("name", SCENES)
def test_a_recorded_judgement_can_be_taken_up_at_every_step(name: str) -> None:
    events = _events(name)
    for length in range(1, len(events) + 1):
        restored = Deliberation.restore(events[:length])
        answered = {e.ask_id for e in events[:length] if isinstance(e, ReplyReceived)}
        assert not answered & {ask.ask_id for ask in restored.pending}


def test_the_recorded_judgements_show_what_can_happen_to_a_ballot() -> None:
    ends = [_events(name)[-1] for name in SCENES]
    decisions = [end.decision for end in ends if isinstance(end, VerdictReached)]
    panels = [each.findings.judges for each in decisions if isinstance(each, JudgementDecision)]
    kinds = {pair.kind for panel in panels for judge in panel for pair in judge.pairs or ()}
    assert kinds == {"preference", "flipped", "level", "failed"}


def record() -> None:
    """Write the journals that are missing; never touch one that is there."""
    for name, scene in SCENES.items():
        path = FOLDER / f"{name}.jsonl"
        if not path.exists():
            lines = [entry.model_dump_json(by_alias=True) for entry in entries(scene())]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
