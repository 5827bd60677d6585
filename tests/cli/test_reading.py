"""What is read again: dossiers, and the presets of lenses."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from rich.markdown import Markdown

from magi_mcp.cli.app import run
from magi_mcp.core.report import markdown
from magi_mcp.identity import SystemClock
from magi_mcp.journal import MemoryJournal
from tests.cli.commands import SPLIT, TIE, seating
from tests.core.paper import MODELS
from tests.core.scenes import rich

Captured = pytest.CaptureFixture[str]

# dossiers


@pytest.fixture
def archive() -> MemoryJournal:
    """A store with a decided dossier and, newer, an undecided one."""
    journal = MemoryJournal(SystemClock())
    words = ["--method", "yes_no", "--max-rounds", "0"]
    assert run(["ask", "May we\tship?", *words], seating(SPLIT, journal=journal)) == 0
    assert run(["ask", "Must we?", *words], seating(TIE, journal=journal)) == 3
    return journal


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))


def test_the_list_in_a_pipe_is_tab_separated_and_newest_first(
    archive: MemoryJournal, capsys: Captured
) -> None:
    capsys.readouterr()
    assert run(["dossiers", "list"], seating({}, journal=archive)) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[2:] for row in rows] == [
        ["undecided", "tie", "", "Must we?"],
        ["decided", "majority", "yes", "May we ship?"],
    ]
    assert all(len(row[0]) == 36 for row in rows)


def test_the_list_can_be_cut(archive: MemoryJournal, capsys: Captured) -> None:
    capsys.readouterr()
    assert run(["dossiers", "list", "--limit", "1"], seating({}, journal=archive)) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_the_list_as_json_is_an_array_of_heads(archive: MemoryJournal, capsys: Captured) -> None:
    capsys.readouterr()
    assert run(["dossiers", "list", "--json"], seating({}, journal=archive)) == 0
    heads = json.loads(capsys.readouterr().out)
    assert [head["ruling"] for head in heads] == [None, "yes"]


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_the_list_fits_the_terminal(
    columns: int, archive: MemoryJournal, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    capsys.readouterr()
    on_a_terminal(monkeypatch, columns)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert run(["dossiers", "list"], seating({}, journal=archive)) == 0
    out = capsys.readouterr().out
    assert "May we ship?" in out
    assert "majority" in out


def test_an_empty_archive_says_so_and_prints_an_empty_array(capsys: Captured) -> None:
    assert run(["dossiers", "list", "--json"], seating({})) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert "No dossiers yet" in err


def test_a_dossier_is_found_by_latest_by_its_end_and_by_its_id(
    archive: MemoryJournal, capsys: Captured
) -> None:
    capsys.readouterr()
    run(["dossiers", "show", "latest", "--json"], seating({}, journal=archive))
    whole = json.loads(capsys.readouterr().out)["dossier_id"]
    for reference in (whole, whole[-8:], whole[-8:].upper()):
        assert run(["dossiers", "show", reference, "--json"], seating({}, journal=archive)) == 0
        assert json.loads(capsys.readouterr().out)["dossier_id"] == whole


def test_a_dossier_in_a_pipe_is_markdown(archive: MemoryJournal, capsys: Captured) -> None:
    capsys.readouterr()
    assert run(["dossiers", "show", "latest"], seating({}, journal=archive)) == 0
    out = capsys.readouterr().out
    assert out.startswith("# Must we?\n")
    assert "## Stances, round by round" in out


def test_a_dossier_on_a_terminal_is_set_and_not_raw(
    archive: MemoryJournal, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    capsys.readouterr()
    on_a_terminal(monkeypatch, 60)
    assert run(["dossiers", "show", "latest"], seating({}, journal=archive)) == 0
    out = capsys.readouterr().out
    assert "\x1b[" in out
    assert "##" not in out


def test_the_report_names_every_model_in_full_on_a_usual_terminal() -> None:
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as printed:
        console.print(Markdown(markdown(rich()), hyperlinks=False))
    seats = printed.get().partition("Council and costs")[2]
    for model in (*MODELS, "mistral/mistral-large-latest"):
        assert f" {model} " in seats


HOSTILE = "[red]May[/red] \x1b]0;title\x07\x1b[31mwe\x9b31m \u202eship?"


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("command", ["list", "show"])
def test_a_hostile_question_commands_no_terminal(
    command: str, *, terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    journal = MemoryJournal(SystemClock())
    run(["ask", HOSTILE, "--method", "yes_no"], seating(SPLIT, journal=journal))
    capsys.readouterr()
    if terminal:
        on_a_terminal(monkeypatch, 100)
    reference = ["latest"] if command == "show" else []
    assert run(["dossiers", command, *reference], seating({}, journal=journal)) == 0
    out = capsys.readouterr().out
    assert "\x1b]" not in out
    assert "\x1b[31m" not in out
    assert not {"\x9b", "\x07", "\u202e"}.intersection(out)
    assert "red" in out


def test_json_says_the_same_without_commanding_a_terminal(capsys: Captured) -> None:
    journal = MemoryJournal(SystemClock())
    run(["ask", HOSTILE, "--method", "yes_no", "--json"], seating(SPLIT, journal=journal))
    out = capsys.readouterr().out
    assert not {"\x1b", "\x9b", "\x07", "\u202e"}.intersection(out)
    assert json.loads(out)["question"] == HOSTILE


# personas


def test_presets_are_listed_without_opening_a_store(home: Path, capsys: Captured) -> None:
    assert run(["personas"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == [
        "code-review",
        "eva",
        "research",
        "strategy",
        "writing",
    ]
    assert not (home / "data").exists()


def test_the_preset_in_force_is_marked(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("MAGI_PERSONAS", "strategy")
    assert run(["personas", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in entries if entry["in_force"]] == ["strategy"]


def test_a_preset_shows_every_lens(capsys: Captured) -> None:
    assert run(["personas", "eva"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("MELCHIOR", "BALTHASAR", "CASPER"))
    assert "what would change" in out or "changes your mind" in out


def test_a_preset_as_json_holds_its_lenses(capsys: Captured) -> None:
    assert run(["personas", "eva", "--json"]) == 0
    preset = json.loads(capsys.readouterr().out)
    assert len(preset["personas"]) == 3
    assert all(persona["lens"] for persona in preset["personas"])


def test_an_unknown_preset_is_named_with_its_neighbour(capsys: Captured) -> None:
    assert run(["personas", "eav"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("magi-mcp: PRESET: ")
    assert "did you mean 'eva'?" in err


def test_a_malformed_preset_is_a_warning_and_harms_no_other(home: Path, capsys: Captured) -> None:
    own = home / "config" / "magi-mcp" / "personas"
    own.mkdir(parents=True)
    (own / "mine.toml").write_text("description = ", encoding="utf-8")
    assert run(["personas"]) == 0
    out, err = capsys.readouterr()
    assert "eva" in out
    assert "mine.toml:1" in err
