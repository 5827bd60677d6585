"""Core: how far a council has come, in words for people. One way for all surfaces."""

from collections.abc import Mapping
from typing import assert_never, get_args

from magi_mcp.core.asks import ClosingReason, Purpose, RefusalReason

_DOING: Mapping[Purpose, str] = {
    "answer": "round {number}, blind",
    "rebuttal": "round {number}, reading one another",
    "grouping": "comparing the answers of round {number}",
    "draft": "drafting the common ground of round {number}",
    "ratification": "accepting or objecting to the draft of round {number}",
    "rating": "rating the drafts of round {number}",
    "arbitration": "asking the arbiter",
    "ruling": "putting the result into words",
    "scores": "scoring the answer",
    "comparison": "comparing the answers in both orders",
    "findings": "looking for defects",
    "examination": "cross-examining the findings",
}
assert set(_DOING) == set(get_args(Purpose))


def activity(purpose: Purpose, round_number: int) -> str:
    """What the council is doing in a step of its procedure."""
    return _DOING[purpose].format(number=round_number)


def how_closed(reason: ClosingReason) -> str:
    """How a round ended before everyone had replied; follows the name of the round."""
    match reason:
        case "deadline":
            return "closed by the deadline"
        case "settled":
            return "closed early, as the ruling was settled"
        case _:
            assert_never(reason)


def why_not_asked(reason: RefusalReason, *, first: bool) -> str:
    """That a round which was due is not asked; ``first`` where none was asked before it."""
    what = "no round is asked" if first else "no further round"
    match reason:
        case "deadline":
            return f"{what}: the time is up"
        case "budget":
            return f"{what}: the budget does not allow it"
        case "cancelled":
            return f"{what}: nobody waits for it any more"
        case _:
            assert_never(reason)
