"""Runtime: the live driver. Asks the seats, journals what they say, keeps deadline and budget.

It decides nothing about the outcome. What it decides because of the clock or of money, it
journals before the decision takes effect (semantics R7).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint_if_cancelled

from magi_mcp.core.asks import ROUND_PURPOSES, Ask, Purpose, Round
from magi_mcp.core.case import Limits
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.errors import CaseConflict
from magi_mcp.core.events import Cancelled, Entry, Event, RoundAsked, RoundClosed, RoundRefused
from magi_mcp.ports import SeatPort
from magi_mcp.runtime.ledger import Ledger
from magi_mcp.runtime.treasury import Treasury
from magi_mcp.telemetry import round_span

_MAX_RESERVE = 0.25
_BUILT_ON: tuple[Purpose, ...] = ("answer", "rebuttal", "findings")
_AHEAD_S = 0.25
_MAX_AHEAD = 0.05

OVERHEAR_EVERY_S = 1.0
"""How often the journal is looked at for what other processes write, such as a cancel."""

Abandoned = Callable[[], Awaitable[bool]]
"""Whether nobody waits for a deliberation any more, so that it need not go on (semantics R9)."""


async def never_abandoned() -> bool:
    """For a deliberation that goes on whether or not anybody waits."""
    return False


async def deliberate(
    deliberation: Deliberation,
    seats: Mapping[str, SeatPort],
    ledger: Ledger,
    treasury: Treasury,
    abandoned: Abandoned = never_abandoned,
) -> None:
    """Drive a deliberation from where it stands to its end.

    The leg that begins now has the case's ``deadline_s``, counted from when seats can be asked:
    loading a library is no time of theirs. It ends before a round that nobody would wait for,
    and as soon as another process has journaled a cancel. Raises what the ledger raises, and
    ``CaseConflict`` where another process has written anything else; never raises for a fault
    of a seat. No call outlasts it.
    """
    await treasury.prepare()
    await _Session(deliberation, seats, ledger, treasury, abandoned).to_the_end()


class _Hours:
    """When rounds must end. The last quarter, or one call's time, is kept for concluding."""

    def __init__(self, limits: Limits, *, began: float) -> None:
        self._deadline = began + limits.deadline_s
        self._last_round = self._deadline - min(limits.timeout_s, limits.deadline_s * _MAX_RESERVE)

    def end_of(self, purpose: Purpose) -> float:
        """The moment, on the event loop's clock, at which a round of this purpose closes.

        Only rounds that others build on leave the reserve alone; all that follows from them,
        from comparing answers to writing the ruling, is what it is kept for.
        """
        return self._last_round if purpose in _BUILT_ON else self._deadline

    def over(self, purpose: Purpose) -> bool:
        return anyio.current_time() >= self.end_of(purpose)

    def left_for(self, purpose: Purpose) -> float:
        """How many seconds a seat has to reply.

        A little less than its round, so that one that gives up in time can say what it tried.
        """
        left_s = max(0.0, self.end_of(purpose) - anyio.current_time())
        return left_s - min(_AHEAD_S, left_s * _MAX_AHEAD)


class _Session:
    """One leg of a deliberation.

    Calls belong to the session and not to their rounds: one whose round was closed without it
    goes on while the council concludes, and is journaled as late if it comes to an end.
    """

    def __init__(
        self,
        deliberation: Deliberation,
        seats: Mapping[str, SeatPort],
        ledger: Ledger,
        treasury: Treasury,
        abandoned: Abandoned,
    ) -> None:
        self._deliberation = deliberation
        self._seats = seats
        self._ledger = ledger
        self._treasury = treasury
        self._abandoned = abandoned
        self._calls = anyio.create_task_group()
        self._hours = _Hours(deliberation.case.limits, began=anyio.current_time())
        self._turn = anyio.Lock()
        self._round_over = anyio.Event()

    async def to_the_end(self) -> None:
        """Rounds until nothing is left but the end; then the end, once all calls are over."""
        if not self._deliberation.ended:
            async with self._calls as calls:
                calls.start_soon(self._listen)
                while await self._step(calls):
                    pass
                calls.cancel_scope.cancel()
            await checkpoint_if_cancelled()
            await self._take(self._deliberation.due)

    async def _listen(self) -> None:
        """Hear what other processes write to this journal, and obey a cancel at once."""
        while True:
            await anyio.sleep(OVERHEAR_EVERY_S)
            async with self._turn:
                self._obey(await self._ledger.overhear())

    def _obey(self, foreign: Sequence[Entry]) -> None:
        """A cancel by another process ends this leg; anything else ends our ownership."""
        for entry in foreign:
            if not isinstance(entry.event, Cancelled):
                raise CaseConflict(self._ledger.dossier_id, entry.seq - 1)
            self._deliberation.apply(entry.event)
            self._calls.cancel_scope.cancel()

    async def _step(self, calls: TaskGroup) -> bool:
        """Hold the round that was asked, or ask the next one; False where none is to come."""
        # Every write is shielded, so this is where a cancel takes effect before a step.
        await checkpoint_if_cancelled()
        if self._deliberation.ended:
            return False
        if self._deliberation.foregone:
            # A crash came between the reply that was enough and the closing.
            await self._take(self._foregone)
            return True
        if self._deliberation.pending:
            await self._hold(calls)
            return True
        due = self._deliberation.due()
        if not isinstance(due, RoundAsked):
            return False
        round_ = self._deliberation.round
        assert round_ is not None, "what is due to be asked is a round"
        refused = await self._refusal(round_)
        await self._take(lambda: None if self._deliberation.ended else refused or due)
        return True

    async def _refusal(self, due: Round) -> RoundRefused | None:
        """That a round is not asked, for want of time, money or anybody who waits.

        What serves a round belongs to it: it is asked though nobody waits.
        """
        if due.purpose in ROUND_PURPOSES and await self._abandoned():
            return RoundRefused(round_id=due.round_id, reason="cancelled")
        if self._hours.over(due.purpose):
            return RoundRefused(round_id=due.round_id, reason="deadline")
        shortage = await self._treasury.refusal(due)
        if shortage is not None:
            return RoundRefused(round_id=due.round_id, reason="budget", detail=shortage)
        return None

    async def _hold(self, calls: TaskGroup) -> None:
        """Ask everyone who has not replied yet; at the end of its time, close the round."""
        round_ = self._deliberation.round
        assert round_ is not None
        self._round_over = anyio.Event()
        with round_span(round_.round_id, round_.purpose, round_.number):
            for ask in self._deliberation.pending:
                calls.start_soon(self._hear, ask)
            with anyio.move_on_at(self._hours.end_of(round_.purpose)):
                await self._round_over.wait()
        await self._take(
            lambda: (
                self._deliberation.closed("deadline")
                if self._deliberation.round is round_
                and self._deliberation.pending
                and not self._deliberation.ended
                else None
            )
        )

    async def _hear(self, ask: Ask) -> None:
        """Ask one seat, and journal its reply as what it is by then."""
        try:
            reply = await self._seats[ask.seat].ask(ask, self._hours.left_for(ask.purpose))
        finally:
            self._treasury.purse.dismiss(ask.ask_id)
        await self._take(lambda: self._deliberation.arrived(ask, reply))
        await self._take(self._foregone)
        if not self._deliberation.pending:
            self._round_over.set()

    def _foregone(self) -> RoundClosed | None:
        return self._deliberation.closed("settled") if self._deliberation.foregone else None

    async def _take(self, event_then: Callable[[], Event | None]) -> None:
        """Journal the event that is due by now, and have it take effect.

        What it is, is asked when everything before it has taken effect; a cancel cannot come
        between writing and taking effect. Where another process wrote first, what that was takes
        effect before the event is asked for again: a reply is kept though a cancel overtook it.
        """
        with anyio.CancelScope(shield=True):
            async with self._turn:
                while (event := event_then()) is not None:
                    foreign = await self._ledger.write(event)
                    if not foreign:
                        self._deliberation.apply(event)
                        return
                    self._obey(foreign)
