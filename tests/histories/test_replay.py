"""Every recorded journal replays, and ends in the decision that was recorded."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from magi_mcp.core.asks import Purpose
from magi_mcp.core.callers import PLAYED
from magi_mcp.core.case import Case
from magi_mcp.core.deliberated import case_of, decision_of
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import fold
from magi_mcp.core.events import CaseOpened, Entry, Event, ReplyReceived, VerdictReached
from tests.histories import FOLDER, path_of, read
from tests.histories.recording import scenes

HISTORIES = sorted(FOLDER.glob("*.jsonl"))


def events_of(history: Path) -> list[Event]:
    return [entry.event for entry in read(history)]


def test_every_procedure_of_this_version_has_a_recorded_journal() -> None:
    assert {scene.path for scene in scenes()} <= set(HISTORIES)


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_journal_still_ends_in_the_recorded_decision(history: Path) -> None:
    *events, verdict = events_of(history)
    assert isinstance(verdict, VerdictReached)
    assert Deliberation.restore(events).due() == verdict


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_journal_can_be_taken_up_at_every_step(history: Path) -> None:
    events = events_of(history)
    for length in range(1, len(events) + 1):
        restored = Deliberation.restore(events[:length])
        answered = {e.ask_id for e in events[:length] if isinstance(e, ReplyReceived)}
        assert not answered & {ask.ask_id for ask in restored.pending}


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_journal_is_of_the_procedure_it_is_named_after(history: Path) -> None:
    opened = events_of(history)[0]
    assert isinstance(opened, CaseOpened)
    assert path_of(opened.case.procedure, variant_of(history)) == history


def variant_of(history: Path) -> str | None:
    return history.stem.partition("+")[2] or None


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_journal_shows_the_variant_it_is_named_after(history: Path) -> None:
    dossier = fold(read(history))
    assert dossier.decision is not None
    told = " ".join(dossier.decision.warnings)
    shown: dict[str, bool] = {
        "arbiter": dossier.case.arbiter is not None,
        "fallback": " was served by " in told,
        "late": any(record.late for record in dossier.rounds),
        "budget": "the budget did not allow it" in told,
        "resumed": bool(dossier.legs),
        "played": PLAYED in dossier.decision.warnings,
        "early": any(record.closed == "settled" for record in dossier.rounds),
    }
    assert [name for name, is_shown in shown.items() if is_shown] == (
        [variant] if (variant := variant_of(history)) else []
    )


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_journal_written_again_says_all_that_it_said(history: Path) -> None:
    entries = read(history)
    lines = history.read_text(encoding="utf-8").splitlines()
    for entry, line in zip(entries, lines, strict=True):
        written = entry.model_dump_json(by_alias=True)
        assert kept(json.loads(line), json.loads(written)), "only newer fields may be added"
        assert Entry.model_validate_json(written) == entry


def kept(old: JsonValue, new: JsonValue) -> bool:
    """Whether all that was said is still said; an object may have gained fields."""
    match old, new:
        case dict(), dict():
            return all(key in new and kept(value, new[key]) for key, value in old.items())
        case list(), list():
            return len(old) == len(new) and all(map(kept, old, new))
        case _:
            return type(old) is type(new) and old == new


def test_what_was_said_is_not_kept_where_it_changed_or_went_missing() -> None:
    said: JsonValue = {"a": [{"b": 1}], "c": None}
    assert kept(said, {"a": [{"b": 1, "new": 2}], "c": None, "d": []})
    assert not kept(said, {"a": [{"b": 2}], "c": None})
    assert not kept(said, {"a": [{"b": 1}, {}], "c": None})
    assert not kept(said, {"a": [{"b": True}], "c": None})
    assert not kept(said, {"a": [{"b": 1}]})


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_journal_touches_what_can_happen_in_a_deliberation(history: Path) -> None:
    dossier = fold(read(history))
    case, rounds = case_of(dossier), dossier.ballot_rounds
    assert dossier.status == "decided"
    kinds = {r.ballot.kind for r in dossier.responses if r.ballot is not None}
    if variant_of(history) == "played":
        assert kinds == {"position"}, "what cannot be read is sent back to the caller"
        return
    assert kinds >= {"position", "unreadable"}
    if len(rounds) > 1:
        assert "failed" in kinds
        assert rounds[1].closed == ("settled" if variant_of(history) == "early" else "deadline")
    assert ("abstained" in kinds) == (len(rounds) > 2)
    decision = decision_of(dossier)
    assert decision is not None
    has_sides = case.method != "compose"
    assert bool(decision.findings.mind_changes) == (has_sides and len(rounds) > 1)
    served = {record.purpose for record in dossier.rounds} - {"answer", "rebuttal"}
    assert served == services(case)


def services(case: Case) -> set[Purpose]:
    """What is asked beside the rounds of a recorded deliberation."""
    match case.method:
        case "consensus":
            return {"draft", "ratification"}
        case "compose":
            return {"rating"}
        case "majority" if case.procedure.endswith("@1"):
            return {"grouping"}
        case "majority" | "minority" | "synthesis":
            return {"grouping", "ruling"}
        case _:
            return {"arbitration"} if case.arbiter else set()
