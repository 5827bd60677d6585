"""Runtime: what a day may cost, over all deliberations and all processes on one store.

Purses count what the deliberations of this process spend, at once and with what they have set
aside. What others have spent is read from the journal they share.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import anyio

from magi_mcp.core.accounts import Spent
from magi_mcp.core.budget import Expense, Pool, total
from magi_mcp.ports import Clock, JournalPort


class DayBudget:
    """The pool that a day's deliberations draw on; a day begins at midnight UTC.

    Between two looks at the journal other processes may spend unseen, so their deliberations
    can together go beyond the limit by what they begin at the same moment. A call whose tokens
    or price nobody knows counts 0 where it is read from the journal; the purse that paid for it
    counted its worst case.
    """

    def __init__(self, pool: Pool, journal: JournalPort, clock: Clock) -> None:
        self.pool = pool
        self._journal = journal
        self._clock = clock
        self._day: float | None = None
        self._others: dict[str, Expense] = {}
        self._in_session: set[str] = set()
        self._counted_here: set[str] = set()
        self._turn = anyio.Lock()

    def enter(self, dossier_id: str) -> None:
        """From now on a purse counts what this deliberation spends.

        What it has spent before, in another process, stays counted.
        """
        self._others.pop(dossier_id, None)
        self._in_session.add(dossier_id)
        self._counted_here.add(dossier_id)

    def leave(self, dossier_id: str) -> None:
        """It spends nothing more; what it spent stays counted until the day is over."""
        self._in_session.discard(dossier_id)

    async def refresh(self) -> None:
        """Bring the pool up to date with the journal. Raises ``StoreError`` as that does."""
        if not self.pool.limited:
            return
        async with self._turn:
            day = _midnight(self._clock.now())
            spent = await self._journal.spent_since(day)
            if day != self._day:
                # A new day starts at what its journal says; purses go on counting from there.
                self._day = day
                self._counted_here = set(self._in_session)
                self.pool.spent = total(each.expense for each in spent.values())
            else:
                self.pool.spent += total(self._of_others(spent).values())
                self.pool.spent -= total(self._others.values())
            self._others = self._of_others(spent)

    def _of_others(self, spent: Mapping[str, Spent]) -> dict[str, Expense]:
        return {id_: each.expense for id_, each in spent.items() if id_ not in self._counted_here}


def _midnight(now: float) -> float:
    today = datetime.fromtimestamp(now, UTC)
    return today.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
