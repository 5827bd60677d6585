"""A change put to a whole council: convened, joined, planned, told in every form."""

import json

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.asks import Ask
from magi_mcp.core.errors import CallerError
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.result import Review
from magi_mcp.results import announce, as_json, markdown, minority_page, result_of
from magi_mcp.reviews import ReviewRequest, severity
from magi_mcp.seats.scripted import Line, Script
from tests.reviewing.scenes import Reviewer, Said, planted
from tests.reviewing.test_planted_defects import INJECTION, MADE_UP, ROUNDED_DOWN, TITLES
from tests.support.councils import scripted_council


def speaks(*finds: Said) -> Script:
    reviewer = Reviewer(finds=finds, holds=TITLES)

    def answer(ask: Ask) -> Line:
        return reviewer.answer(ask, ())

    return answer


KEYS = """
schema_version kind dossier_id dossier_uri status degraded provisional warnings rounds calls
tokens_in tokens_out cost_usd elapsed_s next_step omitted assessment scope findings findings_total
files_reviewed files_skipped minority_report
"""
FINDING_KEYS = """
id file line_start line_end severity category title explanation suggestion quote standing raised_by
supported_by refuted_by
"""
SCRIPTS: dict[str, Script] = {
    "ada": speaks(INJECTION),
    "ben": speaks(ROUNDED_DOWN, MADE_UP.but(file="py/orders.py")),
    "cleo": speaks(),
}


def request(**terms: object) -> ReviewRequest:
    return ReviewRequest(
        change=planted("py-planted"),
        terms=Request(question="", **terms),  # type: ignore[arg-type]
    )


async def reviewed(**terms: object) -> tuple[Review, str, str]:
    """The result of a review, its text form, and its report."""
    async with scripted_council(SCRIPTS) as council:
        hearing = await council.review(request(**terms))
        dossier = await hearing.wait()
        result = result_of(dossier)
        assert isinstance(result, Review)
        return result, announce(result), markdown(dossier)


async def test_a_review_is_put_to_the_council_and_told() -> None:
    result, text, report = await reviewed()
    assert result.assessment == "request_changes"
    assert result.findings_total == {
        "confirmed": 2, "disputed": 0, "refuted": 0, "unanchored": 1,
    }  # fmt: skip
    assert [finding.id for finding in result.findings] == ["F1", "F2", "F3"]
    assert text.startswith("DECIDED: request changes (findings: 2 confirmed, 1 unanchored).\n")
    assert "F1 high, confirmed (raised by 1, confirmed by 2): py/orders.py:27" in text
    assert "get_dossier(" in text
    assert "### F1: SQL injection through the customer's name" in report
    assert "Cleo confirms" in report


async def test_its_keys_are_those_of_the_contract_in_their_order() -> None:
    result, _, _ = await reviewed()
    whole = as_json(result, "full")
    assert list(whole) == KEYS.split()
    findings = whole["findings"]
    assert isinstance(findings, list)
    assert isinstance(findings[0], dict)
    assert list(findings[0]) == FINDING_KEYS.split()


async def test_an_anonymous_review_names_no_seat() -> None:
    result, text, report = await reviewed(anonymous=True)
    for told in (json.dumps(as_json(result, "full")), text, report):
        assert not any(name in told for name in ("ada", "Ada", "Cleo", "scripted/ben"))
    assert "Voice 1" in report


async def test_the_same_change_reviewed_again_is_joined() -> None:
    async with scripted_council(SCRIPTS) as council:
        first = await council.review(request())
        await first.wait()
        again = await council.review(request())
        assert again.dossier.dossier_id == first.dossier.dossier_id
        afresh = await council.review(request(fresh=True))
        assert afresh.dossier.dossier_id != first.dossier.dossier_id


async def test_the_calls_of_a_plan_are_those_that_are_made() -> None:
    async with scripted_council(SCRIPTS) as council:
        plan = (await council.plan_review(request())).plan
        dossier = await (await council.review(request())).wait()
        made = dossier.usage.calls
        assert plan.least_calls <= made <= plan.calls
        assert made == 6


async def test_reviewers_look_through_the_lenses_of_code_review_unless_told_otherwise() -> None:
    async with scripted_council(SCRIPTS) as council:
        case = await council.review_for(request())
        assert isinstance(case, ReviewCase)
        assert case.kind == "review"
        assert case.question == f"Review of {case.scope}"


async def test_whether_a_review_was_right_can_be_recorded() -> None:
    async with scripted_council(SCRIPTS) as council:
        dossier = await (await council.review(request())).wait()
        told = await council.record_outcome(dossier.dossier_id, "Wrong", "it was in use")
        assert told.actual is not None
        assert told.actual.correct is False
        with pytest.raises(CallerError, match="neither 'correct' nor 'wrong'"):
            await council.record_outcome(dossier.dossier_id, "yes")


async def test_the_dissent_alone_is_a_page() -> None:
    async with scripted_council({**SCRIPTS, "cleo": speaks_against()}) as council:
        dossier = await (await council.review(request())).wait()
        page = minority_page(dossier)
        assert "is no defect" in page
        assert "(Cleo)" in page


def speaks_against() -> Script:
    def answer(ask: Ask) -> Line:
        return Reviewer().answer(ask, ())

    return answer


async def test_an_earlier_review_can_be_followed() -> None:
    async with scripted_council(SCRIPTS) as council:
        dossier = await (await council.review(request())).wait()
        case = await council.case_for(
            Request(question="Ship it?", method="yes_no", follows=dossier.dossier_id)
        )
        assert "SQL injection through the customer's name" in case.context


def test_a_severity_is_named_in_any_case_and_a_wrong_one_is_told() -> None:
    assert severity("min_severity", " Medium ") == "medium"
    with pytest.raises(CallerError, match="Valid: high, medium, low"):
        severity("min_severity", "critical")
