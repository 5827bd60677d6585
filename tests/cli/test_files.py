"""``ask --file``: whatever the person can read, but credentials, in the council's prompts."""

import json
from pathlib import Path

import pytest

from magi_mcp.cli.app import run
from magi_mcp.core.asks import Ask
from magi_mcp.seats.scripted import Line, ScriptedSeat
from tests.cli.commands import seating
from tests.support.councils import ballot

ASK = ("ask", "Should we ship?", "--method", "yes_no", "--protocol", "vote", "--json")
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the person works."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "notes.md").write_text("one\ntwo\nthree\n", encoding="utf-8")
    (folder / ".env").write_text("KEY=sk-planted\n", encoding="utf-8")
    (tmp_path / "beside.md").write_text("beside\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def asked(*arguments: str) -> tuple[int, list[Ask]]:
    """The exit code, and what the only seat was asked."""
    lines: list[Line] = [ballot("yes")]
    seat = ScriptedSeat(lines)
    return run([*ASK, *arguments], seating({"one": seat})), seat.asked


def test_files_and_lines_of_files_are_read_by_every_seat(project: Path) -> None:
    code, [ask] = asked("--file", "notes.md:2-3", "--file", str(project.parent / "beside.md"))
    assert code == 0
    assert "[begin file notes.md, lines 2-3 " in ask.prompt
    assert "]\n2 | two\n3 | three\n[end" in ask.prompt
    assert "[begin file beside.md " in ask.prompt
    assert str(project.parent) not in ask.prompt + ask.system


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (".env", "files: '.env' is refused because of its name: such files hold credentials."),
        ("/proc/self/environ", "files: '/proc/self/environ' is refused because of its name"),
        ("none.md", "files: 'none.md': there is no such file."),
        ("notes.md:9", "files: 'notes.md:9': the file has 3 lines."),
        (".", "files: '.' is a folder; name files in it, one by one."),
        ("/dev/null", "files: '/dev/null' is no ordinary file"),
    ],
)
def test_what_may_not_be_read_is_refused_and_nobody_is_asked(
    project: Path, capsys: Captured, file: str, told: str
) -> None:
    code, asks = asked("--file", "notes.md", "--file", file)
    assert (code, asks) == (2, [])
    shown = capsys.readouterr()
    assert told in shown.err
    assert told in json.loads(shown.out)["error"]["message"]
    assert "sk-planted" not in shown.err + shown.out
