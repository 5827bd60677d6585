"""Runtime: the live driver. Asks the seats, journals what they say, keeps the deadline.

It decides nothing about the outcome. What it decides because of the clock, it journals
before the decision takes effect (semantics R7).
"""

from collections.abc import Mapping

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from magi_mcp.core.asks import BALLOT_PURPOSES, Ask, Purpose
from magi_mcp.core.case import Limits
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.events import Event, RoundAsked, RoundClosed, RoundRefused
from magi_mcp.ports import SeatPort
from magi_mcp.runtime.ledger import Ledger
from magi_mcp.telemetry import round_span

_MAX_RESERVE = 0.25


async def deliberate(
    deliberation: Deliberation, seats: Mapping[str, SeatPort], ledger: Ledger
) -> None:
    """Drive a deliberation from where it stands to its end.

    The leg that begins now has the case's ``deadline_s``. Raises what the ledger raises;
    never raises for a fault of a seat.
    """
    hours = _Hours(deliberation.case.limits, began=anyio.current_time())
    while not deliberation.ended:
        # Every write is shielded, so this is where a cancel takes effect before a step.
        await checkpoint_if_cancelled()
        if deliberation.pending:
            await _hold(deliberation, seats, ledger, hours)
            continue
        due = deliberation.due()
        assert due is not None, "a procedure that awaits no reply is due to go on"
        if isinstance(due, RoundAsked) and hours.over(due.purpose):
            await _take(
                deliberation, ledger, RoundRefused(round_id=due.round_id, reason="deadline")
            )
        else:
            await _take(deliberation, ledger, due)


class _Hours:
    """When rounds must end. The last quarter, or one call's time, is kept for concluding."""

    def __init__(self, limits: Limits, *, began: float) -> None:
        self._deadline = began + limits.deadline_s
        self._last_round = self._deadline - min(limits.timeout_s, limits.deadline_s * _MAX_RESERVE)

    def end_of(self, purpose: Purpose) -> float:
        """The moment, on the event loop's clock, at which a round of this purpose closes.

        Only rounds in which seats take positions leave the reserve alone; all that follows
        from them, from comparing answers to writing the ruling, is what it is kept for.
        """
        return self._last_round if purpose in BALLOT_PURPOSES else self._deadline

    def over(self, purpose: Purpose) -> bool:
        return anyio.current_time() >= self.end_of(purpose)


async def _hold(
    deliberation: Deliberation, seats: Mapping[str, SeatPort], ledger: Ledger, hours: _Hours
) -> None:
    """Ask everyone who has not replied yet; at the end of its time, close the round."""
    round_ = deliberation.round
    assert round_ is not None
    closes_at = hours.end_of(round_.purpose)

    async def hear(ask: Ask) -> None:
        deadline_s = max(0.0, closes_at - anyio.current_time())
        reply = await seats[ask.seat].ask(ask, deadline_s)
        await _take(deliberation, ledger, deliberation.received(ask, reply))

    with (
        round_span(round_.round_id, round_.purpose, round_.number),
        anyio.move_on_at(closes_at),
    ):
        async with anyio.create_task_group() as everyone:
            for ask in deliberation.pending:
                everyone.start_soon(hear, ask)
    if deliberation.round is round_ and deliberation.pending:
        missing = tuple(ask.ask_id for ask in deliberation.pending)
        closed = RoundClosed(round_id=round_.round_id, reason="deadline", missing=missing)
        await _take(deliberation, ledger, closed)


async def _take(deliberation: Deliberation, ledger: Ledger, event: Event) -> None:
    # A cancel cannot come between the two: the write is shielded, and nothing else waits.
    await ledger.write(event)
    deliberation.apply(event)
