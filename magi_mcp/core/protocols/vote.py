"""Core: the protocol ``vote``. One blind round; only a vote without a winner is argued."""

from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import Conclusion, conclude
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.protocols.critique import argue
from magi_mcp.core.protocols.rounds import blind_round


def vote(case: Case, method: Method) -> Steps[Conclusion]:
    """A blind round; without a winner it goes on to critique, unless ``max_rounds`` is 0."""
    floor = yield from blind_round(case, method)
    if floor.count is not None and not floor.count.won:
        floor = yield from argue(case, method, floor)
    return (yield from conclude(case, method, floor, after="critique"))
