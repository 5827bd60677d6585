"""Finding dossiers at the command line, and keeping what became of them."""

import json

import pytest

from magi_mcp.cli.app import run
from magi_mcp.identity import SystemClock
from magi_mcp.journal import MemoryJournal
from tests.cli.commands import SPLIT, TIE, seating

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def archive(capsys: Captured) -> MemoryJournal:
    """A store with a decided dossier and, newer, an undecided one."""
    journal = MemoryJournal(SystemClock())
    words = ["--method", "yes_no", "--max-rounds", "0"]
    assert run(["ask", "May we ship?", *words], seating(SPLIT, journal=journal)) == 0
    assert run(["ask", "Must we?", *words], seating(TIE, journal=journal)) == 3
    capsys.readouterr()
    return journal


def test_dossiers_are_found_by_their_words(archive: MemoryJournal, capsys: Captured) -> None:
    assert run(["dossiers", "search", "ship", "rehearsal"], seating({}, journal=archive)) == 0
    [row] = capsys.readouterr().out.splitlines()
    assert row.split("\t")[2:] == ["decided", "majority", "yes", "May we ship?"]


def test_a_search_can_be_narrowed_and_printed_as_json(
    archive: MemoryJournal, capsys: Captured
) -> None:
    command = ["dossiers", "search", "--outcome", "tie", "--json"]
    assert run(command, seating({}, journal=archive)) == 0
    [head] = json.loads(capsys.readouterr().out)
    assert head["question"] == "Must we?"


def test_that_nothing_was_found_is_said_and_is_no_failure(
    archive: MemoryJournal, capsys: Captured
) -> None:
    assert run(["dossiers", "search", "unheard"], seating({}, journal=archive)) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "Nothing found. Try fewer or other words.\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--correct"], "The council was right."),
        (["--wrong", "--note", "Rows were lost."], "The council was wrong."),
        (["--answer", "no"], "It was: no. The council was wrong."),
    ],
)
def test_what_really_happened_is_kept(
    archive: MemoryJournal, capsys: Captured, options: list[str], told: str
) -> None:
    run(["dossiers", "search", "ship", "--json"], seating({}, journal=archive))
    [head] = json.loads(capsys.readouterr().out)
    command = ["outcome", head["dossier_id"][-8:], *options]
    assert run(command, seating({}, journal=archive)) == 0
    assert capsys.readouterr().out == f"{told} {head['dossier_id']}\n"
    assert run(["dossiers", "show", head["dossier_id"]], seating({}, journal=archive)) == 0
    assert f"**{told}**" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["outcome", "latest"], "give one of --correct, --wrong and --answer TEXT"),
        (["outcome", "latest", "--correct", "--wrong"], "give one of --correct"),
        (["outcome", "latest", "--correct"], "ruled nothing that could be correct"),
        (["outcome", "latest", "--answer", "perhaps"], "'perhaps' was not open to the council"),
        (["outcome", "nobody00", "--answer", "yes"], "names no dossier"),
        (["dossiers", "search", "--kind", "trial"], "kind: 'trial' is not known"),
        (["dossiers", "search", "--since", "soon"], "since: 'soon' is no date"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_way_out(
    archive: MemoryJournal, capsys: Captured, command: list[str], told: str
) -> None:
    assert run(command, seating({}, journal=archive)) == 2
    assert told in capsys.readouterr().err
