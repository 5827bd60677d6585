"""Core: what a council is doing just now, in words for people. One way for all surfaces."""

from typing import assert_never

from magi_mcp.core.asks import Purpose


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
