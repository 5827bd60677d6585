"""`review`: what a person is told who asks for it in the wrong way."""

import pytest

from magi_mcp.cli.app import run

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--staged", "--base", "main"], "--staged: excludes --base; give one."),
        (
            ["--fail-on", "critical"],
            "--fail-on: 'critical' is not known. Valid: high, medium, low.",
        ),
        (["--min-severity", "low ish"], "--min-severity: 'low ish' is not known."),
        (["--format", "xml"], "--format: 'xml' is not known."),
        (["--diff", "nowhere.diff"], "--diff: 'nowhere.diff' cannot be read:"),
        (["--diff", "-", "a.py"], "PATH: has no effect on --diff; leave it out."),
    ],
)
def test_what_is_wrong_is_named_as_it_was_written(
    words: list[str], told: str, capsys: Captured
) -> None:
    assert run(["review", *words]) == 2
    assert told in " ".join(capsys.readouterr().err.split())
