"""Server: waiting for a verdict, and telling whoever waits how far the council has come.

Only the waiting call reports, so a client that stops reading holds up nobody but itself. No
report tells how anybody voted.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, assert_never

import anyio
from mcp.server.mcpserver import Resolve

from magi_mcp.core.activity import activity, how_closed, why_not_asked
from magi_mcp.core.anonymity import Mask
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

HEARTBEAT_S = 4.0
"""How long whoever waits is left without a word. Within the contract's 5 s it is to arrive."""


async def arrival() -> float:
    """The moment on the event loop's clock."""
    return anyio.current_time()


Arrived = Annotated[float, Resolve(arrival)]
"""A tool's parameter: when the call came. It stands before those for which the client is asked."""


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

    def __init__(self) -> None:
        self._mask: Mask | None = None
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
        names = sorted(map(self._seat, self._awaited))
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
            case CaseOpened():
                self._mask = Mask(event.case)
                return None
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
            case LateReply() | VerdictReached() | CouncilFailed() | Cancelled() | OutcomeRecorded():
                return None
            case _:
                assert_never(event)

    @property
    def _name(self) -> str:
        assert self._round is not None, "replies follow a round"
        return activity(self._round.purpose, self._round.number)

    def _seat(self, name: str) -> str:
        assert self._mask is not None, "a journal begins with its case"
        return self._mask.name(name)

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
        return f"{self._name}: {seat_title(self._seat(seat))} {heard}, {self._share}"


async def attend(hearing: Hearing, ctx: Ctx, until: float) -> Dossier:
    """The dossier at its end, or as it stands at ``until``, for a call that opens nothing."""
    return await Company(ctx).attend(hearing, until)


@dataclass
class Company:
    """Keeps one waiting call company: it is told of every step, and never left without a word.

    From when the call came: to open a dossier may itself take a while.
    """

    ctx: Ctx
    _headway: Headway = field(default_factory=Headway)
    _turn: anyio.Lock = field(default_factory=anyio.Lock)

    async def until_heard(self, opening: Awaitable[Hearing]) -> Hearing:
        """What a call has opened or joined. Raises as ``opening`` does."""
        async with self._beating():
            return await opening

    async def attend(self, hearing: Hearing, until: float) -> Dossier:
        """The dossier at its end, or as it stands at ``until``, a moment of the event loop's clock.

        Reports every round and every reply, and a heartbeat every ``HEARTBEAT_S``. Whoever is told
        that it runs will come back, so it goes on (semantics R9). Raises what broke the
        deliberation off, if it did not end.
        """
        with hearing.attended():
            with anyio.move_on_at(until):
                await self._tell(hearing)
                return await hearing.wait()
            if hearing.dossier.status == "running":
                await hearing.promise()
        return hearing.dossier

    async def _tell(self, hearing: Hearing) -> None:
        """Tell how the council comes on, until it has come to an end."""
        council = self.ctx.request_context.lifespan_context
        dossier = hearing.dossier
        if dossier.status == "running" and council.must_load_models(dossier.case):
            self._headway.beat()
            await self._report(LOADING)
        async with self._beating():
            await self._follow(hearing)

    async def _follow(self, hearing: Hearing) -> None:
        """Tell every event; of those that are past already, only the last."""
        past = hearing.entries[-1].seq
        latest: str | None = None
        async for entry in hearing.follow():
            async with self._turn:
                told = self._headway.after(entry.event)
                if entry.seq <= past:
                    latest = told or latest
                    told = latest if entry.seq == past else None
                if told is not None:
                    await self._report(told)

    @asynccontextmanager
    async def _beating(self) -> AsyncIterator[None]:
        """A heartbeat now and then, for as long as the block lasts."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._keep_beating)
                yield
                tasks.cancel_scope.cancel()
        except ExceptionGroup as broken:
            raise unwrapped(broken) from broken

    async def _keep_beating(self) -> None:
        while True:
            await anyio.sleep(HEARTBEAT_S)
            async with self._turn:
                await self._report(self._headway.beat())

    async def _report(self, told: str) -> None:
        await self.ctx.report_progress(self._headway.step, self._headway.known, told)
