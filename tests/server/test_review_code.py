"""`review_code`: a diff, or a repository within the client's roots; told like any dossier."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp.client import ClientRequestContext
from mcp.client.session import ListRootsFnT
from mcp_types import ListRootsResult, Root
from pydantic import FileUrl

from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Reply
from magi_mcp.seats.scripted import Script
from tests.diffs.repositories import Repo
from tests.reviewing.scenes import PLANTED, Reviewer, Said
from tests.reviewing.test_planted_defects import INJECTION, ROUNDED_DOWN, TITLES
from tests.server.meeting import Era, PatientSeat, meeting, text_of, verdict_in
from tests.server.test_tasks import following

DIFF = (PLANTED / "py-planted.diff").read_text(encoding="utf-8")


def speaks(*finds: Said) -> Script:
    reviewer = Reviewer(finds=finds, holds=TITLES)

    def answer(ask: Ask) -> Reply:
        return reviewer.answer(ask, ())

    return answer


SCRIPTS: dict[str, Script] = {
    "ada": speaks(INJECTION),
    "ben": speaks(ROUNDED_DOWN),
    "cleo": speaks(),
}


def telling(*folders: Path) -> ListRootsFnT:
    async def roots(context: ClientRequestContext) -> ListRootsResult:
        return ListRootsResult(roots=[Root(uri=FileUrl(folder.as_uri())) for folder in folders])

    return roots


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "shop", {"py/orders.py": "a = 1\n", "other.py": "b = 1\n"})
    made.write({"py/orders.py": "a = 2\n", "other.py": "b = 2\n"})
    return made


async def test_a_diff_is_reviewed_and_told_in_words_and_as_an_object(era: Era) -> None:
    async with meeting(era, SCRIPTS) as hall:
        result = await hall.call("review_code", {"diff": DIFF})
    assert not result.is_error
    assert text_of(result).startswith("DECIDED: request changes (findings: 2 confirmed).")
    review = verdict_in(result)
    assert (review["kind"], review["assessment"]) == ("review", "request_changes")
    assert [each["standing"] for each in review["findings"]] == ["confirmed", "confirmed"]
    assert review["files_reviewed"] == ["py/orders.py"]


async def test_a_repository_within_the_roots_is_read(era: Era, repo: Repo) -> None:
    async with meeting(era, SCRIPTS, roots=telling(repo.path)) as hall:
        result = await hall.call("review_code", {"repo": str(repo.path), "paths": ["py"]})
    review = verdict_in(result)
    assert review["files_reviewed"] == ["py/orders.py"]
    assert review["scope"].startswith("uncommitted changes of shop: 1 file")


async def test_the_only_root_is_meant_where_no_repository_is_named(era: Era, repo: Repo) -> None:
    repo.git("add", "other.py")
    async with meeting(era, SCRIPTS, roots=telling(repo.path)) as hall:
        result = await hall.call("review_code", {"changes": "staged"})
    assert verdict_in(result)["files_reviewed"] == ["other.py"]


async def test_of_a_repository_around_a_root_only_the_root_is_read(era: Era, repo: Repo) -> None:
    async with meeting(era, SCRIPTS, roots=telling(repo.path / "py")) as hall:
        result = await hall.call("review_code", {})
    assert verdict_in(result)["files_reviewed"] == ["py/orders.py"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"repo": "/etc"}, "FAILED: repo: '/etc' is no folder within those that are open"),
        ({"repo": "../.."}, "FAILED: repo: '../..' is no folder within those that are open"),
        ({"changes": "HEAD"}, "FAILED: changes: 'HEAD' is none of"),
        ({"paths": ["../x"]}, "FAILED: paths: '../x' lies outside"),
        ({"diff": "no diff"}, "FAILED: diff: holds no change"),
        ({"diff": DIFF, "repo": "."}, "FAILED: repo: has no effect on a diff given as text"),
        ({"min_severity": "grave"}, "FAILED: min_severity: 'grave' is not known"),
        ({"diff": DIFF, "advanced": {"speed": 1}}, "FAILED: advanced: 'speed' is not known"),
    ],
)
async def test_what_cannot_be_reviewed_is_refused_by_name(
    era: Era, repo: Repo, arguments: dict[str, Any], told: str
) -> None:
    async with meeting(era, SCRIPTS, roots=telling(repo.path)) as hall:
        result = await hall.call("review_code", arguments)
        assert await hall.council.heads(9) == ()
    assert result.is_error
    assert text_of(result).startswith(told)


async def test_without_an_open_folder_no_repository_is_read(era: Era) -> None:
    async with meeting(era, SCRIPTS) as hall:
        result = await hall.call("review_code", {"repo": "/"})
    assert text_of(result).startswith("FAILED: repo: no folder is open. Have the client declare")


async def test_of_many_findings_eight_are_shown_and_the_rest_named(era: Era) -> None:
    quotes = [line[1:] for line in DIFF.splitlines() if line[:1] in "+ " and line[1:].strip()]
    many = [
        INJECTION.but(title=f"Finding {n}", quote=quote, suggestion=None)
        for n, quote in enumerate(dict.fromkeys(quotes[2:14]))
    ]
    scripts = {**SCRIPTS, "ada": reviewing(many)}
    async with meeting(era, scripts) as hall:
        result = await hall.call("review_code", {"diff": DIFF})
        whole = await hall.look_up(dossier_id="latest", detail="full")
    review = verdict_in(result)
    assert len(review["findings"]) == 8
    assert "findings[8:]" in review["omitted"]
    assert sum(review["findings_total"].values()) > 8
    spent = len(text_of(result)) + len(json.dumps(review, separators=(",", ":")))
    assert spent / 4 < 1_500
    assert verdict_in(whole)["kind"] == "review"


def reviewing(finds: list[Said]) -> Script:
    reviewer = Reviewer(finds=finds, holds=TITLES)

    def answer(ask: Ask) -> Reply:
        return reviewer.answer(ask, ())

    return answer


@pytest.mark.parametrize("detail", ["brief", "standard", "full", "transcript"])
async def test_a_review_is_read_again_in_any_detail(era: Era, detail: str) -> None:
    async with meeting(era, SCRIPTS) as hall:
        await hall.call("review_code", {"diff": DIFF})
        again = await hall.look_up(dossier_id="latest", detail=detail)
        report = await hall.read(f"magi://dossiers/{verdict_in(again)['dossier_id']}")
    assert not again.is_error
    assert text_of(again).startswith("DECIDED: request changes")
    assert "### F1: SQL injection" in report.text


async def test_an_ask_of_a_review_is_shown_with_its_reply(era: Era) -> None:
    async with meeting(era, SCRIPTS) as hall:
        await hall.call("review_code", {"diff": DIFF})
        shown = await hall.look_up(dossier_id="latest", ask_id="r2/cleo")
    assert not shown.is_error
    assert "SQL injection" in text_of(shown)


async def test_a_review_is_found_by_its_words_and_its_kind(era: Era) -> None:
    async with meeting(era, SCRIPTS) as hall:
        await hall.call("review_code", {"diff": DIFF})
        found = await hall.call(
            "search_dossiers",
            {"query": "injection", "kind": "review", "outcome": "request_changes"},
        )
    [entry] = verdict_in(found)["dossiers"]
    assert entry["ruling"] == "2 of 2 findings confirmed"


async def test_a_running_review_is_cancelled_and_gone_on_with(era: Era) -> None:
    slow = PatientSeat(SCRIPTS["cleo"])
    async with meeting(era, {**SCRIPTS, "cleo": slow}) as hall:
        begun = await hall.call("review_code", {"diff": DIFF, "wait_s": 0})
        assert text_of(begun).startswith("RUNNING: ")
        assert "findings" in verdict_in(begun)
        stopped = await hall.call("control_dossier", {"dossier_id": "latest", "action": "cancel"})
        assert text_of(stopped).startswith("CANCELLED in round 1")
        again = await hall.call("control_dossier", {"dossier_id": "latest", "action": "resume"})
        assert text_of(again).startswith("RUNNING: ")
        slow.may_answer.set()
        ended = await hall.look_up(dossier_id="latest")
    assert verdict_in(ended)["assessment"] == "request_changes"


async def test_a_client_that_follows_tasks_gets_the_review_at_their_end() -> None:
    async with following(SCRIPTS) as hall:
        result = await hall.call("review_code", {"diff": DIFF})
    assert verdict_in(result)["assessment"] == "request_changes"


async def test_what_is_wished_for_reaches_the_reviewers(era: Era) -> None:
    asked: list[Ask] = []

    def listening(ask: Ask) -> Reply:
        asked.append(ask)
        return Reviewer().answer(ask, ())

    async with meeting(era, {"ada": listening}) as hall:
        await hall.call(
            "review_code",
            {
                "diff": DIFF,
                "focus": "rounding",
                "min_severity": "medium",
                "advanced": {"instructions": "Mind the cents.", "language": "German"},
            },
        )
    [ask] = asked
    assert "Above all look at this: rounding" in ask.prompt
    assert "Report none below medium." in ask.prompt
    assert "Mind the cents." in ask.system
    assert "German" in ask.system
