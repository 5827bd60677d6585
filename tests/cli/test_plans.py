"""``ask --dry-run``: what a question would take, for people and as JSON.

Snapshots as in ``test_verdict_view``.
"""

import io
import json
import os
from pathlib import Path

import pytest
from rich.console import Console

from magi_mcp.cli.app import run
from magi_mcp.cli.plans import plan_view
from magi_mcp.core.case import Limits
from magi_mcp.core.planned import announce_plan, planned
from magi_mcp.core.verdict import Affordable, Planned
from magi_mcp.seats.scripted import ScriptedSeat
from tests.cli.commands import ask, seating
from tests.core.paper import a_case
from tests.core.test_plans import a_plan
from tests.support.councils import ballot

Captured = pytest.CaptureFixture[str]
SNAPSHOTS = Path(__file__).parent / "snapshots"
SHORT = "Its worst case, $1.40, is more than the $1.00 left of max_cost_usd, $1.00."


def printed(result: Planned, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(plan_view(result))
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def a_result(affordable: Affordable) -> Planned:
    exceeds = () if affordable == "all" else (SHORT,)
    return planned(a_case("majority", "adaptive"), a_plan(affordable=affordable, exceeds=exceeds))


@pytest.mark.parametrize("affordable", ["all", "part", "none"])
def test_a_plan_looks_as_it_did(affordable: Affordable) -> None:
    snapshot = SNAPSHOTS / f"plan_{affordable}.txt"
    now = printed(a_result(affordable))
    if os.environ.get("WRITE_SNAPSHOTS"):
        snapshot.write_text(now, encoding="utf-8")
    assert now == snapshot.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("affordable", "last"),
    [
        ("all", "To have it done, leave out --dry-run"),
        ("part", "To have it done, leave out --dry-run"),
        ("none", "First make it fit, as said above; then leave out --dry-run"),
    ],
)
def test_a_plan_ends_with_what_has_to_be_done_to_have_it(affordable: Affordable, last: str) -> None:
    assert printed(a_result(affordable), 100).splitlines()[-1] == last


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_of_a_plan_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, printed(a_result("part"), width).splitlines())) <= width


def test_the_terminal_promises_no_fewer_calls_than_the_tool_does() -> None:
    result = a_result("all")
    promise = "4 calls if all agree at once; over 14 only after failures, within limits."
    assert promise in " ".join(printed(result, 100).split())
    assert promise in announce_plan(result)


def test_a_dry_run_says_what_it_takes_and_asks_nobody(capsys: Captured) -> None:
    seats = {name: ScriptedSeat([ballot("yes")]) for name in ("melchior", "casper")}
    assert ask("--dry-run", scripts=seats) == 0
    out, err = capsys.readouterr()
    assert "PLAN" in out
    assert "At most 2 calls, " in out
    assert err == ""
    assert [seat.asked for seat in seats.values()] == [[], []]


def test_a_dry_run_as_json_is_the_plan_and_nothing_else(capsys: Captured) -> None:
    assert ask("--dry-run", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["dossier_id"]) == ("planned", None)
    assert document["plan"]["calls"] == 3
    assert Planned.model_validate(document).question == "Should we ship on Friday?"


def test_a_plan_that_does_not_fit_is_an_answer(capsys: Captured) -> None:
    opener = seating({"melchior": [ballot("yes")]}, limits=Limits(max_tokens=10))
    assert run(["ask", "Ship?", "--method", "yes_no", "--dry-run"], opener) == 0
    assert "left of max_tokens, 10" in capsys.readouterr().out


def test_a_dry_run_is_refused_for_what_asking_would_be_refused_for(capsys: Captured) -> None:
    assert ask("--dry-run", "--protocol", "votes") == 2
    assert "protocol" in capsys.readouterr().err
