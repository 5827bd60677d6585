"""Runtime: what a case will take, reckoned without asking anybody and without opening it."""

from magi_mcp.core.budget import Purse, total
from magi_mcp.core.case import AnyCase
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.kinds import reckoning_of
from magi_mcp.core.planned import afforded
from magi_mcp.core.planning import worst_case
from magi_mcp.core.verdict import Plan
from magi_mcp.ports import Seating


async def forecast(case: AnyCase, seating: Seating, purse: Purse) -> Plan:
    """What a case takes at most, and how much of that ``purse`` can pay for."""
    tariffs = await seating.tariffs(case)
    opening = Deliberation(case).round
    assert opening is not None, "every procedure begins with a round"
    reckoning = reckoning_of(case, tariffs, opening)
    if case.is_callers:
        return reckoning.plan()  # what the caller spends is none of this budget's
    first = total(worst_case(opening, tariffs).values())
    return afforded(
        reckoning.plan(),
        whole=reckoning.at_most(),
        opening=first + reckoning.kept_for(opening.purpose),
        purse=purse,
    )
