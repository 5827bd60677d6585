"""Server: waiting for a verdict, and telling whoever waits how far the council has come.

Only the waiting call reports, so a client that stops reading holds up nobody but itself. No
report tells how anybody voted.
"""

from dataclasses import dataclass, field
from typing import assert_never

import anyio

from magi_mcp.core.activity import activity, how_closed, why_not_asked
from magi_mcp.core.anonymity import Mask
from magi_mcp.core.case import AnyCase
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.errors import unwrapped
from magi_mcp.core.events import (
    AskReopened,
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Event,
    LateReply,
    OutcomeRecorded,
    ReplyReceived,
    Resumed,
    RoundAsked,
    RoundClosed,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.replies import Reply
from magi_mcp.core.words import plural, seat_title, seat_titles
from magi_mcp.runtime.hearing import Hearing
from magi_mcp.server.arguments import Ctx

LOADING = "loading models"
DEFAULT_WAIT_S = 40.0

HEARTBEAT_S = 5.0
"""How long whoever waits is left without a word, at most."""


def patience(wait_s: float, most_s: float) -> tuple[float, tuple[str, ...]]:
    """How long a call may wait, and a warning where it would have liked to wait longer."""
    if wait_s <= most_s:
        return wait_s, ()
    lowered = f"wait_s: {wait_s:g} was lowered to {most_s:g}, the configured limit."
    return most_s, () if wait_s == DEFAULT_WAIT_S else (lowered,)


class Headway:
    """Steps done and steps known of: each round that goes out is one, and each reply.

    ``step`` grows with every event that has something to tell and with every heartbeat, as the
    protocol demands.
    """

    def __init__(self, case: AnyCase) -> None:
        self._mask = Mask(case)
        self.done = 0
        self.total = 0
        self._round: RoundAsked | None = None
        self._awaited: list[str] = []
        self._beats = 0

    @property
    def step(self) -> float:
        """Steps done; between two of them, heartbeats come ever closer to the next."""
        return self.done + self._beats / (self._beats + 1) if self._beats else self.done

    @property
    def known(self) -> int | None:
        """Steps known of; None where all of them are done and more is under way."""
        return self.total if self.step <= self.total else None

    def beat(self) -> str:
        """One more heartbeat; what to tell a person who has waited for a while."""
        self._beats += 1
        if self._round is None:
            return "convening the council"
        if not self._awaited:
            return f"{self._name}: counting"
        names = sorted(map(self._mask.name, self._awaited))
        return f"{self._name}: still waiting for {seat_titles(names)}, {self._share}"

    def after(self, event: Event) -> str | None:
        """Take one more event; what to tell a person about it, None for nothing."""
        before = self.done
        told = self._told(event)
        if self.done > before:
            self._beats = 0
        return told

    def _told(self, event: Event) -> str | None:
        match event:
            case RoundAsked():
                self._round, self._awaited = event, [ask.seat for ask in event.asks]
                self.done += 1
                self.total += 1 + len(event.asks)
                return self._asking(event)
            case ReplyReceived():
                self._awaited.remove(event.seat)
                self.done += 1
                return self._replied(event.seat, event.reply)
            case RoundClosed():
                told = f"{self._name}: {how_closed(event.reason)}, {self._share}"
                self.done, self._awaited = self.total, []
                return told
            case RoundRefused():
                self.total += 1
                self.done = self.total
                return why_not_asked(event.reason, first=self._round is None)
            case AskReopened():
                self.total += 1
                self._awaited.append(event.seat)
                return None
            case Resumed():
                self.total += 1
                self.done += 1
                return "going on where it had stopped"
            case CaseOpened() | LateReply() | VerdictReached() | CouncilFailed() | Cancelled():
                return None
            case OutcomeRecorded():
                return None
            case _:
                assert_never(event)

    @property
    def _name(self) -> str:
        assert self._round is not None, "replies follow a round"
        return activity(self._round.purpose, self._round.number)

    @property
    def _share(self) -> str:
        assert self._round is not None, "replies follow a round"
        asked = len(self._round.asks)
        return f"{asked - len(self._awaited)} of {asked}"

    def _asking(self, event: RoundAsked) -> str:
        if event.purpose == "arbitration":
            return self._name
        return f"{self._name}: asking {plural(len({ask.seat for ask in event.asks}), 'seat')}"

    def _replied(self, seat: str, reply: Reply) -> str:
        match reply.kind:
            case "answered" | "abstained":
                heard = "has answered"
            case "failed":
                heard = "could not answer"
        return f"{self._name}: {seat_title(self._mask.name(seat))} {heard}, {self._share}"


async def attend(hearing: Hearing, ctx: Ctx, until: float) -> Dossier:
    """The dossier at its end, or as it stands at ``until``, a moment of the event loop's clock.

    Reports every round and every reply, and at least every ``HEARTBEAT_S``. Whoever is told that
    it runs will come back, so it goes on (semantics R9). Raises what broke the deliberation off,
    if it did not end.
    """
    with hearing.attended():
        with anyio.move_on_at(until):
            await _Account(hearing, ctx).give()
            return await hearing.wait()
        if hearing.dossier.status == "running":
            await hearing.promise()
    return hearing.dossier


@dataclass
class _Account:
    """What one waiting call is told."""

    hearing: Hearing
    ctx: Ctx
    _turn: anyio.Lock = field(default_factory=anyio.Lock)

    def __post_init__(self) -> None:
        self._headway = Headway(self.hearing.dossier.case)

    async def give(self) -> None:
        """Tell how the council comes on, until it has come to an end."""
        council = self.ctx.request_context.lifespan_context
        if self.hearing.dossier.status == "running" and council.must_load_models(
            self.hearing.dossier.case
        ):
            await self.ctx.report_progress(0, None, LOADING)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._keep_beating)
                await self._follow()
                tasks.cancel_scope.cancel()
        except ExceptionGroup as broken:
            raise unwrapped(broken) from broken

    async def _follow(self) -> None:
        """Tell every event; of those that are past already, only the last."""
        past = self.hearing.entries[-1].seq
        latest: str | None = None
        async for entry in self.hearing.follow():
            async with self._turn:
                told = self._headway.after(entry.event)
                if entry.seq <= past:
                    latest = told or latest
                    told = latest if entry.seq == past else None
                if told is not None:
                    await self._report(told)

    async def _keep_beating(self) -> None:
        while True:
            await anyio.sleep(HEARTBEAT_S)
            async with self._turn:
                await self._report(self._headway.beat())

    async def _report(self, told: str) -> None:
        await self.ctx.report_progress(self._headway.step, self._headway.known, told)
