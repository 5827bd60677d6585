"""Seats: how many calls may be on their way at once, shared out fairly among deliberations.

Ours because libraries limit without asking who waits: anyio's ``CapacityLimiter`` and asyncio's
semaphores serve whoever came first, so that a council of fifteen would hold up one of three;
aiolimiter bounds calls per second; a fair-share semaphore keeps places free for those who
registered and may not come. Knows nothing of models.
"""

from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import anyio


@dataclass(frozen=True)
class _Waiter:
    number: int
    deliberation: str
    provider: str
    called: anyio.Event = field(default_factory=anyio.Event)


class Places:
    """Room for ``most`` calls at once, ``most_per_provider`` of them to one provider.

    A free place goes to the waiting deliberation that holds the fewest, among equals to the
    one that has waited longest. A call whose provider is full is passed over and holds up
    nobody. No deliberation starves: when its calls have ended it holds no place, and from then
    on only those that waited before it go first.
    """

    def __init__(self, most: int, most_per_provider: int | None = None) -> None:
        if most < 1 or (most_per_provider is not None and most_per_provider < 1):
            raise ValueError("there must be room for one call at least")
        self._free = most
        self._most_per_provider = most_per_provider
        self._held: Counter[str] = Counter()  # by deliberation
        self._sent: Counter[str] = Counter()  # by provider
        # By deliberation, oldest first. Whoever could have a place has one, and waits no more.
        self._waiting: dict[str, deque[_Waiter]] = {}
        self._numbers = count()

    @asynccontextmanager
    async def place(self, deliberation: str, provider: str) -> AsyncIterator[None]:
        """Hold a place for the length of the block, after waiting for one."""
        if self._free and self._has_room(provider):
            self._take(deliberation, provider)
        else:
            await self._wait(_Waiter(next(self._numbers), deliberation, provider))
        try:
            yield
        finally:
            self._give_back(deliberation, provider)

    async def _wait(self, waiter: _Waiter) -> None:
        self._waiting.setdefault(waiter.deliberation, deque()).append(waiter)
        try:
            await waiter.called.wait()
        except BaseException:
            if waiter.called.is_set():
                # Cancelled between being called and hearing it.
                self._give_back(waiter.deliberation, waiter.provider)
            else:
                self._forget(waiter)
            raise

    def _take(self, deliberation: str, provider: str) -> None:
        self._free -= 1
        self._held[deliberation] += 1
        self._sent[provider] += 1

    def _give_back(self, deliberation: str, provider: str) -> None:
        self._free += 1
        for counted, name in ((self._held, deliberation), (self._sent, provider)):
            counted[name] -= 1
            if not counted[name]:
                del counted[name]
        self._call_next()

    def _call_next(self) -> None:
        """Hand the place that has become free to whoever is next."""
        able = [
            waiter
            for queue in self._waiting.values()
            if (waiter := next((w for w in queue if self._has_room(w.provider)), None))
        ]
        if able:
            waiter = min(able, key=lambda w: (self._held[w.deliberation], w.number))
            self._forget(waiter)
            self._take(waiter.deliberation, waiter.provider)
            waiter.called.set()

    def _forget(self, waiter: _Waiter) -> None:
        queue = self._waiting[waiter.deliberation]
        queue.remove(waiter)
        if not queue:
            del self._waiting[waiter.deliberation]

    def _has_room(self, provider: str) -> bool:
        return self._most_per_provider is None or self._sent[provider] < self._most_per_provider
