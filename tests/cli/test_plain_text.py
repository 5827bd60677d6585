"""What models and callers wrote reaches the terminal as words and as nothing else."""

import io
import json

import pytest
from rich.console import Console

from magi_mcp.cli.plain import plain, plain_line
from magi_mcp.cli.screen import Screen


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;a new title\x07red",
        "\x1b]8;;http://example.com\x1b\\red\x1b]8;;\x1b\\",
        "\x1b[2J\x1b[1;1Hred",
        "\x1bP1$r0m\x1b\\red",
        "\x9b31mred",
        "\x9d0;title\x9cred",
        "\x1bcred",
        "r\x08\x07e\x00d\x7f",
        "\u202ered\u202c",
        "r\u200be\u2066d\ufeff",
        "re\x1b[d",
    ],
)
def test_nothing_that_a_terminal_obeys_is_left(hostile: str) -> None:
    assert plain(hostile) in ("red", "re")


def test_a_sequence_that_never_ends_takes_no_words_with_it() -> None:
    assert plain("\x1b]0;title and the argument") == "0;title and the argument"


def test_lines_are_kept_whatever_ends_them() -> None:
    assert plain("one\r\ntwo\rthree\u2028four") == "one\ntwo\nthree\nfour"


def test_a_tab_becomes_blanks() -> None:
    assert plain("a\tb") == "a   b"


def test_the_joiners_that_letters_and_emoji_need_are_kept() -> None:
    assert plain("👩\u200d🚀 می\u200cخواهم") == "👩\u200d🚀 می\u200cخواهم"


def test_half_a_surrogate_pair_is_dropped() -> None:
    assert plain("a\ud800b") == "ab"


def test_one_line_is_one_line() -> None:
    assert plain_line(" a \n\n b\tc ") == "a b c"


COMMANDS = [
    "::error::x",
    "  ::set-output name=a::b",
    "said ##[set-output name=a]b",
    "##vso[task.x]y",
]


def printed(*, is_in_job: bool) -> tuple[Screen, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Screen(Console(file=out), Console(file=err, width=200), is_in_job), out, err


@pytest.mark.parametrize("command", COMMANDS)
def test_no_runner_of_a_job_is_given_commands_by_what_others_wrote(command: str) -> None:
    screen, out, err = printed(is_in_job=True)
    screen.write(f"One line.\n{command}\nC::d ## [e] stays.\n")
    screen.note(command)
    told = out.getvalue() + err.getvalue()
    assert "C::d ## [e] stays." in told
    assert "##" not in told.replace("## [e]", "")
    assert not any(line.lstrip().startswith("::") for line in told.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_elsewhere_such_a_line_is_one_like_any_other(command: str) -> None:
    screen, out, _ = printed(is_in_job=False)
    screen.write(command)
    assert out.getvalue() == f"{command}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_json_says_the_same_without_commands(command: str) -> None:
    screen, out, _ = printed(is_in_job=True)
    screen.write_json({command: [f"\\{command}"]})
    assert json.loads(out.getvalue()) == {command: [f"\\{command}"]}
    assert "##" not in out.getvalue()


def test_a_runner_is_known_by_what_it_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
        assert not Screen().is_in_job
        monkeypatch.setenv(name, "true")
        assert Screen().is_in_job
        monkeypatch.delenv(name)
