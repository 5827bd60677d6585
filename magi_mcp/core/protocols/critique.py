"""Core: the protocol ``critique``. Answer blind, then argue until the positions rest.

Iterated critique: in each round every seat reads its peers' standing arguments under
pseudonyms and may change its position, naming what changed it.
"""

from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import Conclusion, conclude
from magi_mcp.core.floor import Floor
from magi_mcp.core.foregone import NextRebuttal
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.protocols.rounds import blind_round, rebuttal_round


def critique(case: Case, method: Method) -> Steps[Conclusion]:
    """A blind round, then rounds of rebuttal."""
    floor = yield from blind_round(case, method)
    floor = yield from argue(case, method, floor)
    return (yield from conclude(case, method, floor, after="critique"))


def argue(case: Case, method: Method, floor: Floor, *, at_most: int | None = None) -> Steps[Floor]:
    """Rounds of rebuttal until the council is settled, nobody moves, or the limit is met.

    The minimum of rounds is held even where the council is settled. A refused round, or a
    floor on which nobody has a peer to read, ends the argument.
    """
    most = case.limits.max_rounds if at_most is None else min(at_most, case.limits.max_rounds)
    for held in range(most):
        due = held < case.limits.min_rounds
        if floor.halted or floor.count is None or not floor.debaters:
            break
        if not due and (floor.count.settled or (held > 0 and not floor.moved)):
            break
        another = _another(case, held + 1, most)
        floor = yield from rebuttal_round(case, method, floor, another=another)
    return floor


def _another(case: Case, held: int, most: int) -> NextRebuttal:
    if held == most:
        return "never"
    return "always" if held < case.limits.min_rounds else "unless_settled"
