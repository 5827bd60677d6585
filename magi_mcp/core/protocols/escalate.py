"""Core: the protocol ``escalate``. Two rounds at most, then somebody else settles the split."""

from magi_mcp.core.arbitration import arbitrated, trusted
from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import Conclusion, conclude
from magi_mcp.core.floor import Floor
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.protocols.critique import argue
from magi_mcp.core.protocols.rounds import blind_round


def escalate(case: Case, method: Method) -> Steps[Conclusion]:
    """A blind round and one of rebuttal; what is still split then is escalated."""
    floor = yield from blind_round(case, method)
    floor = yield from escalated(case, method, floor)
    return (yield from conclude(case, method, floor, after="escalate"))


def escalated(case: Case, method: Method, floor: Floor) -> Steps[Floor]:
    """One round of rebuttal on a blind floor; then the arbiter, a winner, or the trusted seat."""
    floor = yield from argue(case, method, floor, at_most=1)
    if floor.count is None or floor.count.settled:
        return floor
    floor = yield from arbitrated(case, method, floor)
    if floor.settlement is None and floor.count and not floor.count.won:
        return trusted(case, method, floor)
    return floor
