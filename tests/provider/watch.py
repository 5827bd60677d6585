"""Waiting for a condition to come true, without sleeping and from any thread.

The provider may run in another thread, or another event loop, than whoever waits for it.
So a waiter is a `concurrent.futures.Future`: it can be awaited in any event loop, and
blocked on where there is none.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeAlias

Condition: TypeAlias = Callable[[], bool]


class Watch:
    """The conditions somebody waits for; looked at whenever `changed` is called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Condition, Future[None]]] = []

    def changed(self) -> None:
        """Something a condition may depend on is different now."""
        if not self._waiting:
            return
        with self._lock:
            waiting = [(condition, future) for condition, future in self._waiting]
            due = [future for condition, future in waiting if condition()]
            self._waiting = [
                (condition, future)
                for condition, future in waiting
                if future not in due and not future.cancelled()
            ]
        for future in due:
            if future.set_running_or_notify_cancel():
                future.set_result(None)

    async def until(self, condition: Condition, timeout_s: float, what: Callable[[], str]) -> None:
        """Returns when `condition` holds; TimeoutError with `what()` after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.wrap_future(self._when(condition))
        except TimeoutError:
            raise TimeoutError(f"waited {timeout_s:g} s in vain for {what()}") from None

    def block_until(self, condition: Condition, timeout_s: float, what: Callable[[], str]) -> None:
        """The same for code without an event loop."""
        waiting = self._when(condition)
        try:
            waiting.result(timeout_s)
        except TimeoutError:
            waiting.cancel()
            raise TimeoutError(f"waited {timeout_s:g} s in vain for {what()}") from None

    def _when(self, condition: Condition) -> Future[None]:
        future: Future[None] = Future()
        with self._lock:
            self._waiting.append((condition, future))
        self.changed()
        return future
