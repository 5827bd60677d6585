"""`magi-mcp review`: what it takes, in which forms it tells, and how it exits."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from magi_mcp.cli.app import run
from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Failed, Reply
from magi_mcp.seats.scripted import Script
from tests.cli.commands import seating
from tests.diffs.repositories import Repo
from tests.reviewing.scenes import PLANTED, Reviewer, Said
from tests.reviewing.test_planted_defects import (
    INJECTION,
    MADE_UP,
    ROUNDED_DOWN,
    TITLES,
)

DIFF = PLANTED / "py-planted.diff"
HOLE = INJECTION.but(suggestion=None)
WRONG = Said(
    file="py/orders.py", quote="return orders // per_page", title="Is slow", severity="low"
)


def speaks(*finds: Said) -> Script:
    reviewer = Reviewer(finds=finds, holds=TITLES)

    def answer(ask: Ask) -> Reply:
        return reviewer.answer(ask, ())

    return answer


FINDING: dict[str, Script] = {
    "ada": speaks(HOLE, MADE_UP.but(file="py/orders.py")),
    "ben": speaks(ROUNDED_DOWN),
    "cleo": speaks(),
}
SILENT: dict[str, Script] = {name: speaks() for name in ("ada", "ben", "cleo")}


def review(*arguments: str, scripts: dict[str, Script] | None = None) -> int:
    return run(["review", *arguments], seating(FINDING if scripts is None else scripts))


def printed(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401  (any JSON)
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    made = Repo(tmp_path / "shop", {"a.py": "a = 1\n", "pkg/b.py": "b = 1\n"})
    made.write({"a.py": "a = 2\n", "pkg/b.py": "b = 2\n"})
    monkeypatch.chdir(made.path)
    return made


def test_it_exits_with_3_where_changes_are_requested(capsys: pytest.CaptureFixture[str]) -> None:
    assert review("--diff", str(DIFF)) == 3
    told = capsys.readouterr().out
    assert "Request changes." in told
    assert "py/orders.py:27" in told
    assert '│ f"SELECT number' in told
    assert "@@ -40,1 +40,1 @@" in told
    assert "and not applied" in told


def test_it_exits_with_0_where_nothing_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert review("--diff", str(DIFF), scripts=SILENT) == 0
    assert "Approve." in capsys.readouterr().out


def test_what_requests_changes_is_for_the_caller_to_say() -> None:
    medium: dict[str, Script] = {**SILENT, "ada": speaks(ROUNDED_DOWN)}
    assert review("--diff", str(DIFF), scripts=medium) == 0
    assert review("--diff", str(DIFF), "--fail-on", "medium", scripts=medium) == 3


def test_it_exits_with_1_where_nobody_answered() -> None:
    failed = Failed(failure="timeout", detail="no answer")
    assert review("--diff", str(DIFF), scripts={"ada": [failed], "ben": [failed]}) == 1


def test_json_is_the_whole_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert review("--diff", str(DIFF), "--format", "json") == 3
    whole = printed(capsys)
    assert whole["assessment"] == "request_changes"
    assert whole["omitted"] == []
    review("--diff", str(DIFF), "--json")
    assert printed(capsys)["assessment"] == "request_changes"


def test_sarif_holds_each_finding_with_its_place_and_its_fix(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert review("--diff", str(DIFF), "--format", "sarif") == 3
    log = printed(capsys)
    assert log["version"] == "2.1.0"
    (sarif_run,) = log["runs"]
    assert sarif_run["tool"]["driver"]["name"] == "magi-mcp"
    assert [*sarif_run["automationDetails"]] == ["id"]
    first, second = sarif_run["results"]
    assert (first["level"], first["kind"]) == ("error", "fail")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "py/orders.py"
    assert (place["region"]["startLine"], place["region"]["endLine"]) == (27, 27)
    assert second["level"] == "warning"
    (replaced,) = second["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replaced["insertedContent"]["text"] == "    return -(-orders // per_page)"
    assert replaced["deletedRegion"]["startLine"] == 40
    (told,) = sarif_run["invocations"][0]["toolExecutionNotifications"]
    assert MADE_UP.title in told["message"]["text"]
    for result in sarif_run["results"]:
        rule = sarif_run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]


def test_a_refuted_finding_is_suppressed_in_sarif(capsys: pytest.CaptureFixture[str]) -> None:
    review("--diff", str(DIFF), "--format", "sarif", scripts={**SILENT, "ada": speaks(WRONG)})
    (result,) = printed(capsys)["runs"][0]["results"]
    assert result["kind"] == "review"
    assert result["level"] == "none"
    assert result["suppressions"][0]["status"] == "accepted"


def test_github_gets_comments_at_lines_of_the_diff_and_the_rest_in_the_body(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert review("--diff", str(DIFF), "--format", "github") == 3
    body = printed(capsys)
    assert body["event"] == "REQUEST_CHANGES"
    hole, rounding = body["comments"]
    assert (hole["path"], hole["line"], hole["side"]) == ("py/orders.py", 27, "RIGHT")
    assert "```suggestion\n    return -(-orders // per_page)\n```" in rounding["body"]
    assert "start_line" not in hole
    assert re.search(r"unanchored, high: .*Deletes what is read", body["body"])


def test_what_lies_in_the_repository_is_reviewed(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    review("--json", scripts=SILENT)
    assert printed(capsys)["files_reviewed"] == ["a.py", "pkg/b.py"]
    review("--json", "pkg", scripts=SILENT)
    assert printed(capsys)["files_reviewed"] == ["pkg/b.py"]
    repo.git("add", "a.py")
    review("--json", "--staged", scripts=SILENT)
    assert printed(capsys)["files_reviewed"] == ["a.py"]
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("both")
    review("--json", "--base", "main", scripts=SILENT)
    assert printed(capsys)["scope"].startswith("main...HEAD of shop: 2 files")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--staged"], "changes: nothing is staged"),
        (["--base", "nowhere"], "changes: 'nowhere' is no revision"),
        (["--base", "-x"], "changes: '-x' cannot be a revision"),
        (["--staged", "--base", "main"], "--staged: excludes --base"),
        (["--diff", "nowhere.diff"], "--diff: 'nowhere.diff' cannot be read"),
        (["--diff", "a.py"], "--diff: holds no change to any file"),
        (["../x"], "PATH: '../x' lies outside of the repository"),
        (["--format", "xml"], "--format: 'xml' is not known"),
        (["--fail-on", "grave"], "--fail-on: 'grave' is not known"),
        (["--format", "sarif", "--json"], "--format: 'sarif' is not JSON of this program"),
    ],
)
def test_what_cannot_be_done_is_told_and_nobody_is_asked(
    repo: Repo, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert review(*arguments, scripts={}) == 2
    assert told in capsys.readouterr().err


def test_outside_of_a_repository_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert review() == 2
    assert "is in no git repository" in capsys.readouterr().err


def test_a_plan_asks_nobody(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert review("--dry-run", "--json", scripts=SILENT) == 0
    plan = printed(capsys)["plan"]
    assert (plan["calls"], plan["least_calls"]) == (7, 3)


def test_code_that_would_write_to_the_terminal_is_made_harmless(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hostile = HOLE.but(title="x\x1b]0;owned\x07y", explanation="\x1b[2Jgone")
    review("--diff", str(DIFF), scripts={**SILENT, "ada": speaks(hostile)})
    assert "\x1b]0" not in capsys.readouterr().out
