"""What holds of a finding, and what follows for the change: rules over counted seats."""

import pytest

from magi_mcp.core.reviewing.claims import Severity
from magi_mcp.core.reviewing.standing import Assessment, Standing, assess, may_turn, standing_of


@pytest.mark.parametrize(
    ("behind", "against", "standing"),
    [
        (1, 0, "disputed"),
        (2, 0, "confirmed"),
        (2, 1, "confirmed"),
        (2, 2, "disputed"),
        (3, 2, "confirmed"),
        (1, 1, "disputed"),
        (1, 2, "refuted"),
        (2, 3, "refuted"),
    ],
)
def test_a_finding_stands_by_who_is_behind_it_and_who_against(
    behind: int, against: int, standing: Standing
) -> None:
    assert standing_of(anchored=True, behind=behind, against=against) == standing
    assert standing_of(anchored=False, behind=behind, against=against) == "unanchored"


@pytest.mark.parametrize(
    ("findings", "fail_on", "read", "assessment"),
    [
        ([], "high", True, "approve"),
        ([], "high", False, "comment"),
        ([("confirmed", "high")], "high", False, "request_changes"),
        ([("confirmed", "medium")], "high", True, "comment"),
        ([("confirmed", "medium")], "medium", True, "request_changes"),
        ([("confirmed", "low")], "low", True, "request_changes"),
        ([("disputed", "high")], "low", True, "comment"),
        ([("refuted", "high"), ("unanchored", "high")], "low", True, "approve"),
    ],
)
def test_a_change_is_assessed_by_what_is_confirmed_and_what_is_open(
    findings: list[tuple[Standing, Severity]],
    fail_on: Severity,
    read: bool,
    assessment: Assessment,
) -> None:
    assert assess(findings, fail_on, read_by_enough=read) == assessment


@pytest.mark.parametrize(
    ("standing", "behind", "against", "unheard", "turns"),
    [
        ("confirmed", 2, 0, 1, False),
        ("confirmed", 2, 1, 1, True),
        ("disputed", 1, 0, 1, True),
        ("disputed", 1, 1, 1, True),
        ("disputed", 1, 1, 0, False),
        ("refuted", 1, 2, 1, False),
        ("refuted", 1, 2, 2, True),
        ("unanchored", 1, 0, 5, False),
    ],
)
def test_seats_that_were_not_heard_count_where_they_could_have_changed_it(
    standing: Standing, behind: int, against: int, unheard: int, turns: bool
) -> None:
    assert may_turn(standing, behind=behind, against=against, unheard=unheard) is turns
