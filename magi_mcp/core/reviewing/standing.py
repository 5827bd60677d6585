"""Core: what holds of a finding, and what follows for the change. Rules over counted seats."""

from collections.abc import Collection, Iterable
from typing import Literal, get_args

from magi_mcp.core.reviewing.claims import Severity, graver_or_equal

Standing = Literal["confirmed", "disputed", "refuted", "unanchored"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
Assessment = Literal["approve", "request_changes", "comment"]

CONFIRMING = 2
"""So many seats have to stand behind a finding, its authors among them."""


def standing_of(*, anchored: bool, behind: int, against: int) -> Standing:
    """What holds of a finding, by how many seats are behind it and how many refute it.

    ``behind`` counts those who raised it and those who confirmed it. What is not in the change
    is ``unanchored`` whatever anybody says. A tie, and a single voice, is ``disputed``.
    """
    if not anchored:
        return "unanchored"
    if behind >= CONFIRMING and behind > against:
        return "confirmed"
    return "refuted" if against > behind else "disputed"


def may_turn(standing: Standing, *, behind: int, against: int, unheard: int) -> bool:
    """Whether seats that were not heard could have made a finding a confirmed one, or undone it."""
    if not unheard or standing == "unanchored":
        return False
    if standing == "confirmed":
        return against + unheard >= behind
    return behind + unheard >= CONFIRMING and behind + unheard > against


def assess(
    findings: Iterable[tuple[Standing, Severity]], fail_on: Severity, *, read_by_enough: bool
) -> Assessment:
    """What a review comes to.

    A confirmed finding of ``fail_on`` or graver requests changes. The change is approved where
    nothing is confirmed and nothing disputed, and enough seats have read all of it; whatever is
    between is a comment.
    """
    listed = list(findings)
    if any(each == "confirmed" and graver_or_equal(grave, fail_on) for each, grave in listed):
        return "request_changes"
    open_ones: Collection[Standing] = ("confirmed", "disputed")
    if not read_by_enough or any(each in open_ones for each, _ in listed):
        return "comment"
    return "approve"
