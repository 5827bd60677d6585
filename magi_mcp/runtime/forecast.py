"""Runtime: what a case will take, reckoned without asking anybody and without opening it."""

from magi_mcp.core.budget import Purse, total
from magi_mcp.core.case import Case
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.planned import afforded
from magi_mcp.core.planning import at_most, kept_for, plan, worst_case
from magi_mcp.core.verdict import Plan
from magi_mcp.ports import Seating


async def forecast(case: Case, seating: Seating, purse: Purse) -> Plan:
    """What a case takes at most, and how much of that ``purse`` can pay for."""
    tariffs = await seating.tariffs(case)
    opening = Deliberation(case).round
    assert opening is not None, "every procedure begins with a round"
    if case.is_callers:
        return plan(case, tariffs, opening)  # what the caller spends is none of this budget's
    first = total(worst_case(opening, tariffs).values())
    return afforded(
        plan(case, tariffs, opening),
        whole=at_most(case, tariffs, opening),
        opening=first + kept_for(case, tariffs, opening, opening.purpose),
        purse=purse,
    )
