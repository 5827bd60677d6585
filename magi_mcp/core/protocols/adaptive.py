"""Core: the protocol ``adaptive``, the default. As much argument as the split is worth.

Keeping the trio where it agrees and asking a strong model where it splits was the best use
of money measured so far; without an arbiter the size of the split decides how to go on.
"""

from magi_mcp.core.arbitration import arbitrated
from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import Conclusion, conclude
from magi_mcp.core.floor import Count
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.protocols.critique import argue
from magi_mcp.core.protocols.escalate import escalated
from magi_mcp.core.protocols.rounds import blind_round


def adaptive(case: Case, method: Method) -> Steps[Conclusion]:
    """A blind round; then nothing, the arbiter, a critique, or an escalation."""
    floor = yield from blind_round(case, method)
    count = floor.count
    after = "critique"
    if count is not None and not _decided(case, count):
        floor = yield from arbitrated(case, method, floor)
        if floor.settlement is None and count.share < case.limits.worth_arguing:
            after = "escalate"
            floor = yield from escalated(case, method, floor)
        elif floor.settlement is None:
            floor = yield from argue(case, method, floor)
    elif case.limits.min_rounds:
        floor = yield from argue(case, method, floor)
    return (yield from conclude(case, method, floor, after=after))


def _decided(case: Case, count: Count) -> bool:
    """Whether the blind round decides: by its routing share, or settled in the method's sense."""
    return count.settled or (count.won and count.share >= case.limits.settled)
