"""Seats: when a call to a model is tried again, and after how long a pause.

The one place where that is decided. It knows neither prompts nor records: whoever makes a
call makes a record of it.
"""

import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import anyio

from magi_mcp.seats.completions import ModelFault

if TYPE_CHECKING:
    from tenacity import RetryCallState

MAX_TRIES = 3
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 8.0

T = TypeVar("T")


@dataclass(frozen=True)
class Retries:
    """Exponential backoff with full jitter, never shorter than what the provider asks for.

    A time-out is waited for again only with ``after_timeouts``: where another model can serve,
    it is not worth its time. ``sleep`` waits for so many seconds and can be cancelled;
    ``chance`` draws from 0 to 1.
    """

    most: int = MAX_TRIES
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    chance: Callable[[], float] = random.random
    after_timeouts: bool = True

    async def run(self, call: Callable[[], Awaitable[T]], ends_at: float, *, made: int = 0) -> T:
        """What ``call`` returns, tried as long as its faults are retryable.

        ``made`` second tries were made before, of ``most`` - 1 that there may be. Raises the last
        ``ModelFault``. A pause that would outlast ``ends_at``, a moment on the event loop's
        clock, is not begun.
        """
        # Not before a call is made: a server that only greets need not wait for it.
        from tenacity import AsyncRetrying, retry_if_exception

        def stop(state: "RetryCallState") -> bool:
            out_of_time = anyio.current_time() + state.upcoming_sleep >= ends_at
            return made + state.attempt_number >= self.most or out_of_time

        retrying = AsyncRetrying(
            retry=retry_if_exception(self._may_pass),
            wait=self._pause_s,
            stop=stop,
            sleep=self.sleep,
            reraise=True,
        )
        return await retrying(call)

    def _pause_s(self, state: "RetryCallState") -> float:
        doublings = state.attempt_number - 1
        longest_s = min(math.ldexp(FIRST_PAUSE_S, doublings), LONGEST_PAUSE_S)
        fault = state.outcome and state.outcome.exception()
        asked_s = fault.retry_after_s if isinstance(fault, ModelFault) else None
        return max(self.chance() * longest_s, asked_s or 0.0)

    def _may_pass(self, fault: BaseException) -> bool:
        if not isinstance(fault, ModelFault) or not fault.retryable:
            return False
        return self.after_timeouts or fault.failure != "timeout"
