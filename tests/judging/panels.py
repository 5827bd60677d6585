"""Scripted judges for councils that a surface puts its answers to."""

from collections.abc import Callable, Mapping

from magi_mcp.core.asks import Ask
from magi_mcp.seats.scripted import Line, Script
from tests.judging.bench import shown_in
from tests.support.councils import ballot


def judge(score: int, favourite: int | None) -> Callable[[Ask], Line]:
    """A judge that gives every criterion this score and prefers this answer to every other.

    Without a favourite it prefers whatever it is shown first. Any other question it affirms.
    """

    def speak(ask: Ask) -> Line:
        if ask.purpose == "scores":
            return {"rationale": f"It earns {score}.", "score": score}
        if ask.purpose != "comparison":
            return ballot("yes")
        _, second = shown_in(ask)
        better = "second" if second == favourite else "first"
        return {"rationale": f"The {better} answer is right.", "better": better}

    return speak


PANEL: Mapping[str, Script] = {
    "melchior": judge(8, 2),
    "balthasar": judge(9, 2),
    "casper": judge(4, None),
}
"""Two who score high and prefer answer 2; one who scores low and flips."""
