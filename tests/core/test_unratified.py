"""What people are told of a draft of the common ground that nobody, or not enough, accepted."""

import pytest

from magi_mcp.core.announcement import announce
from magi_mcp.core.case import Limits
from magi_mcp.core.replies import Reply
from magi_mcp.core.report import markdown
from magi_mcp.core.result import verdict_of
from tests.core.paper import ABSTAINED, a_case, deliberated, voted, wrote

ONE_ROUND = Limits(max_rounds=0)


def test_a_tie_over_a_draft_is_told_as_a_draft_that_was_not_ratified() -> None:
    course = deliberated(
        a_case("consensus", seats=("ada", "ben"), limits=ONE_ROUND),
        {seat: [voted(f"View of {seat}")] for seat in ("ada", "ben")},
        serving={
            "draft": lambda ask: wrote("We wait."),
            "ratification": lambda ask: voted("accept" if ask.seat == "ada" else "object"),
        },
    )
    assert course.findings.outcome == "tie"
    assert "not ratified, 1 of 2 accept it; do not present it as agreed" in announce(
        verdict_of(course.dossier())
    )


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (ABSTAINED, "no common ground was drafted, so nothing is agreed"),
        (voted("Wait"), "nobody accepted or objected to the draft of the common ground"),
    ],
)
def test_a_draft_that_nobody_judged_is_not_said_to_have_been_declined(
    answer: Reply, told: str
) -> None:
    course = deliberated(
        a_case("consensus", limits=ONE_ROUND),
        {seat: [answer] for seat in ("ada", "ben", "cleo")},
        serving={"draft": lambda ask: wrote("We wait."), "ratification": lambda ask: ABSTAINED},
    )
    assert told in announce(verdict_of(course.dossier())).splitlines()[0]
    if answer is ABSTAINED:
        assert "accept the draft" not in markdown(course.dossier())
