"""Core: how far a council has come, in words for people. One way for all surfaces."""

from typing import assert_never

from magi_mcp.core.asks import ClosingReason, Purpose, RefusalReason


def activity(purpose: Purpose, round_number: int) -> str:
    """What the council is doing in a step of its procedure."""
    match purpose:
        case "answer":
            return f"round {round_number}, blind"
        case "rebuttal":
            return f"round {round_number}, reading one another"
        case "grouping":
            return f"comparing the answers of round {round_number}"
        case "draft":
            return f"drafting the common ground of round {round_number}"
        case "ratification":
            return f"accepting or objecting to the draft of round {round_number}"
        case "rating":
            return f"rating the drafts of round {round_number}"
        case "arbitration":
            return "asking the arbiter"
        case "ruling":
            return "putting the result into words"
        case _:
            assert_never(purpose)


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
