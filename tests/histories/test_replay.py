"""Every recorded journal replays, and ends in the decision that was recorded."""

from pathlib import Path

import pytest

from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import fold
from magi_mcp.core.events import CaseOpened, Event, ReplyReceived, VerdictReached
from magi_mcp.core.protocols import procedure_name
from tests.histories import FOLDER, path_of, read
from tests.histories.recording import procedures

HISTORIES = sorted(FOLDER.glob("*.jsonl"))


def events_of(history: Path) -> list[Event]:
    return [entry.event for entry in read(history)]


def test_every_procedure_of_this_version_has_a_recorded_journal() -> None:
    expected = {path_of(procedure_name(method, protocol)) for method, protocol in procedures()}
    assert expected <= set(HISTORIES)


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
    assert path_of(opened.case.procedure) == history


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_journal_reads_and_writes_unchanged(history: Path) -> None:
    written = "\n".join(entry.model_dump_json(by_alias=True) for entry in read(history)) + "\n"
    assert written == history.read_text(encoding="utf-8")


@pytest.mark.parametrize("history", HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_journal_touches_what_can_happen_in_a_deliberation(history: Path) -> None:
    dossier = fold(read(history))
    assert dossier.status == "decided"
    kinds = {r.ballot.kind for r in dossier.responses if r.ballot is not None}
    assert kinds == {"position", "abstained", "unreadable", "failed"}
    assert [record.closed for record in dossier.ballot_rounds][1] == "deadline"
    assert dossier.decision is not None
    assert dossier.decision.findings.mind_changes
    grouped = [record for record in dossier.rounds if record.purpose == "grouping"]
    assert bool(grouped) == (dossier.case.method == "majority")
