"""``demo --fault``: which seat is struck, what is refused, and what is said beforehand."""

import json
from pathlib import Path

import pytest

from magi_mcp.cli.app import run
from magi_mcp.cli.mishaps import KINDS, Mishap, mishap_of
from tests.cli.commands import process


def test_one_seat_fails_and_the_others_are_left_alone() -> None:
    alone = Mishap("timeout", fallback=False)
    assert alone.model("casper", "scripted/demo") == "scripted/failing-timeout"
    assert alone.model("melchior", "scripted/demo") == "scripted/demo"
    behind = Mishap("timeout", fallback=True)
    assert behind.model("casper", "scripted/demo") == "scripted/failing-timeout|scripted/demo"


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_beforehand_who_fails_how_and_whether_anybody_stands_in(kind: str) -> None:
    alone, behind = (str(Mishap(kind, fallback=each)) for each in (False, True))
    for told in (alone, behind):
        assert told.startswith(f"Casper's model fails on purpose, every time ({kind}). ")
    assert "with --fallback somebody would" in alone
    assert "A fallback speaks in its place." in behind


def test_without_the_flags_nothing_befalls_anybody() -> None:
    assert mishap_of(None, fallback=False) is None


def test_an_unknown_kind_is_wrong_usage_and_told_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["demo", "--fault", "rate-limited", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["argument"] == "fault"
    assert error["message"].startswith("--fault: 'rate-limited' is not known. Did you mean 'rate_")


def test_a_fallback_for_nothing_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--fallback"]) == 2
    assert "--fallback: " in (told := capsys.readouterr().err)
    assert "add --fault KIND" in told


def test_what_is_printed_says_what_was_lost_and_ends_with_the_verdicts_code(home: Path) -> None:
    shown = process("demo", "--fault", "unknown_model", "--store", str(home / "demo.db"))
    assert shown.returncode == 3
    said = " ".join(shown.stdout.split())
    assert said.index("fails on purpose") < said.index("NO RULING")
    assert "DEGRADED" in said
    assert "PROVISIONAL" in said
    assert "Casper failed: unknown model: scripted/failing-unknown_model: HTTP 404" in said
    assert max(map(len, shown.stdout.splitlines())) <= 80
