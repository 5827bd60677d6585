"""HTTP: how a server ends. It takes nothing new, and gives what it has begun time to finish.

Whoever is told to end goes on until no deliberation is left, or its grace is over; what is
unfinished then is left without an end, and those who wait for it are told so. Pure but for the
clock and the chamber it is given.
"""

from collections.abc import Callable
from time import monotonic

from magi_mcp.runtime.chamber import Chamber


class Departure:
    """Whether a server is ending, and whether it may. ``now`` never goes back."""

    def __init__(self, grace_s: float, now: Callable[[], float] = monotonic) -> None:
        self._grace_s = grace_s
        self._now = now
        self._until: float | None = None

    @property
    def begun(self) -> bool:
        """Whether nothing new is taken any more."""
        return self._until is not None

    def begin(self) -> None:
        """Take nothing new; called once more, wait for nothing either. Safe in signal handlers."""
        self._until = self._now() + (self._grace_s if self._until is None else 0.0)

    async def complete(self, chamber: Chamber) -> bool:
        """Whether the server may leave now; ends what has outlived its grace."""
        if self._until is None:
            return False
        if chamber.in_session and self._now() >= self._until:
            await chamber.disband()
        return not chamber.in_session
