"""Core: the protocol ``adaptive``, the default. As much argument as the split is worth.

Keeping the trio where it agrees and asking a strong model where it splits was the best use
of money measured so far; without an arbiter the size of the split decides how to go on.
"""

from magi_mcp.core.arbitration import arbitrated
from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import Conclusion, conclude
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.protocols.critique import argue
from magi_mcp.core.protocols.escalate import escalated
from magi_mcp.core.protocols.rounds import blind_round


def adaptive(case: Case, method: Method) -> Steps[Conclusion]:
    """A blind round; then nothing, the arbiter, a critique, or an escalation."""
    floor = yield from blind_round(case, method)
    after = "critique"
    if floor.count is not None and not floor.count.settled:
        floor = yield from arbitrated(case, method, floor)
    if floor.count is not None and floor.settlement is None:
        if floor.count.settled or floor.count.share >= case.limits.worth_arguing:
            floor = yield from argue(case, method, floor)
        else:
            after = "escalate"
            floor = yield from escalated(case, method, floor)
    return (yield from conclude(case, method, floor, after=after))
