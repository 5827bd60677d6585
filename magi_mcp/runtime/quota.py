"""Runtime: how many deliberations a principal may open in an hour.

Counted in the journal, so that several processes behind one store share one count. Processes
that look at the same moment may each let one through; within a process nobody slips in between.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from magi_mcp.core.errors import QuotaReached
from magi_mcp.core.viewers import Viewer
from magi_mcp.ports import Clock, JournalPort

HOUR_S = 3600.0


class Quota:
    """At most ``per_hour`` deliberations for each principal, in any hour that one looks back on."""

    def __init__(self, per_hour: int, journal: JournalPort, clock: Clock) -> None:
        self._per_hour = per_hour
        self._journal = journal
        self._clock = clock
        self._turn = anyio.Lock()

    @asynccontextmanager
    async def place(self, principal: str | None) -> AsyncIterator[None]:
        """Hold the place for one more deliberation, which is opened inside the block.

        Raises ``QuotaReached`` where there is none, and ``StoreError``.
        """
        async with self._turn:
            newest = await self._journal.heads(self._per_hour, viewer=Viewer(principal=principal))
            if len(newest) == self._per_hour:
                free_in_s = newest[-1].opened_at + HOUR_S - self._clock.now()
                if free_in_s > 0:
                    raise QuotaReached(self._per_hour, math.ceil(free_in_s))
            yield
