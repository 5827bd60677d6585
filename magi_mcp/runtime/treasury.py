"""Runtime: whether a round may be paid for.

Knows neither models nor providers: what a call can cost, the seating says.
"""

from collections.abc import Iterable, Mapping

from magi_mcp.core.accounts import attempts_in, spent
from magi_mcp.core.asks import ROUND_PURPOSES, Round
from magi_mcp.core.budget import NOTHING, Expense, Purse, Tariff
from magi_mcp.core.case import AnyCase
from magi_mcp.core.events import Event
from magi_mcp.core.kinds import open_procedure, reckoning_of
from magi_mcp.core.planning import worst_case
from magi_mcp.ports import Seating
from magi_mcp.runtime.spending import DayBudget


class Treasury:
    """What one deliberation may spend: its purse, and the day's budget behind it.

    ``told`` are the events of a deliberation that is gone on with: what they cost is spent.
    """

    def __init__(
        self,
        case: AnyCase,
        seating: Seating,
        day: DayBudget | None = None,
        told: Iterable[Event] = (),
    ) -> None:
        before = spent(attempt for event in told for _, attempt in attempts_in(event)).expense
        self.purse = Purse.of(case.limits, *([day.pool] if day else []), spent=before)
        self._case = case
        self._seating = seating
        self._day = day
        self._tariffs: Mapping[str, Tariff] = {}
        self._opening: Round | None = None

    async def prepare(self) -> None:
        """Learn what everybody in the case can cost. May take loading a library."""
        self._tariffs = await self._seating.tariffs(self._case)

    async def refusal(self, due: Round) -> str | None:
        """Set aside what a round can cost at most; returns why it may not be asked, else None.

        Together with a round of ballots, what it will take to count and to conclude has to fit
        (semantics R7). What serves a round was kept for then: it is refused only where it does
        not fit itself. Raises what the journal and the seating raise.
        """
        if not self.purse.limited:
            return None
        await self.refresh()
        worst = worst_case(due, self._tariffs)
        refused = self.purse.promise(worst, self._kept_for(due))
        if refused and due.purpose not in ROUND_PURPOSES:
            refused = self.purse.promise(worst, NOTHING)
        return refused

    async def refresh(self) -> None:
        """Have the day's budget know what others have spent."""
        if self._day is not None:
            await self._day.refresh()

    def open(self) -> None:
        """From now on this purse counts what the deliberation spends."""
        if self._day is not None:
            self._day.enter(self._case.dossier_id)

    def close(self) -> None:
        """Give back all that was set aside: nothing more will be asked."""
        self.purse.close()
        if self._day is not None:
            self._day.leave(self._case.dossier_id)

    def _kept_for(self, due: Round) -> Expense:
        if self._opening is None:
            self._opening = next(open_procedure(self._case))
        return reckoning_of(self._case, self._tariffs, self._opening).kept_for(due.purpose)
