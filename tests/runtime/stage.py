"""A stage for the runtime: seats that wait or hang, journals that fail, a chamber with both."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import anyio

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Case, Limits, Seat
from magi_mcp.core.errors import CaseConflict, StoreError
from magi_mcp.core.events import Entry, Event, ReplyReceived
from magi_mcp.core.replies import Reply
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import JournalPort, SeatPort
from magi_mcp.runtime.chamber import Chamber, open_chamber
from magi_mcp.runtime.treasury import Treasury
from magi_mcp.seats.scripted import FreeSeating, Script, ScriptedSeat
from tests.core.paper import a_case

PATIENCE_S = 5.0
"""A test that takes longer hangs, and fails."""

SOON = Limits(deadline_s=0.2, timeout_s=60, max_rounds=1)
"""Rounds close after 0.15 s, and 0.05 s are kept for concluding."""

OTHER_ID = "01938b6e-5d7e-7c3a-9d2f-0000000000ff"


class HangingSeat:
    """Never answers. ``asked`` tells the seconds it was given, ``left`` that it was stopped."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.reached = anyio.Event()
        self.left = anyio.Event()

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        self.asked.append(deadline_s)
        self.reached.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.left.set()
        raise AssertionError("nobody waits for ever and comes back")


class PatientSeat:
    """Answers by a script, but only once it ``may``."""

    def __init__(self, script: Script, may: anyio.Event, then: anyio.Event | None = None) -> None:
        self._seat = ScriptedSeat(script)
        self._may = may
        self._then = then

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        await self._may.wait()
        reply = await self._seat.ask(ask, deadline_s)
        if self._then is not None:
            self._then.set()
        return reply


class BrokenSeat:
    """Raises, which no seat may: a fault of this program."""

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        raise ZeroDivisionError("a fault of ours")


class FailingJournal(MemoryJournal):
    """A journal whose appends fail from the entry number ``from_seq`` on, and its releases.

    ``conflict`` makes it look as if somebody else had written there.
    """

    def __init__(self, from_seq: int, *, conflict: bool = False, dossier_id: str = "") -> None:
        super().__init__(SystemClock())
        self._from_seq = from_seq
        self._conflict = conflict
        self._only = dossier_id
        self.failed = False

    async def append(
        self, dossier_id: str, expected_seq: int, events: Sequence[Event]
    ) -> tuple[Entry, ...]:
        if expected_seq + 1 >= self._from_seq and self._only in ("", dossier_id):
            self.failed = True
            if self._conflict:
                raise CaseConflict(dossier_id, expected_seq)
            raise StoreError("the disk is full")
        return await super().append(dossier_id, expected_seq, events)

    async def release(self, dossier_id: str, owner: str) -> None:
        if self.failed and not self._conflict:
            raise StoreError("the disk is full")
        await super().release(dossier_id, owner)


class HeldJournal(MemoryJournal):
    """Holds the first reply of ``seat`` back until it ``may`` be written."""

    def __init__(self, seat: str) -> None:
        super().__init__(SystemClock())
        self._seat = seat
        self.holding = anyio.Event()
        self.may = anyio.Event()

    async def append(
        self, dossier_id: str, expected_seq: int, events: Sequence[Event]
    ) -> tuple[Entry, ...]:
        for event in events:
            if isinstance(event, ReplyReceived) and event.seat == self._seat:
                self.holding.set()
                await self.may.wait()
        return await super().append(dossier_id, expected_seq, events)


def seats_of(scripts: Mapping[str, Script | SeatPort]) -> FreeSeating:
    """Seats a council: what is not a seat already becomes a scripted one."""

    def make(seat: Seat) -> SeatPort:
        script = scripts[seat.name]
        if isinstance(script, HangingSeat | PatientSeat | BrokenSeat | ScriptedSeat):
            return script
        assert callable(script) or isinstance(script, list)
        return ScriptedSeat(script, model=seat.model)

    return FreeSeating(make)


def unlimited(case: Case) -> Treasury:
    """A treasury that has to reckon with nothing."""
    return Treasury(case, seats_of({}))


@asynccontextmanager
async def chamber(
    scripts: Mapping[str, Script | SeatPort], journal: JournalPort | None = None
) -> AsyncIterator[Chamber]:
    """A chamber that does not outlast a test's patience."""
    journal = journal or MemoryJournal(SystemClock())
    with anyio.fail_after(PATIENCE_S):
        async with open_chamber(journal, seats_of(scripts), "owner") as opened:
            yield opened


def case_of(
    scripts: Mapping[str, object], *, limits: Limits | None = None, dossier_id: str | None = None
) -> Case:
    """A yes/no vote with a seat for each script."""
    case = a_case(seats=list(scripts), limits=limits)
    return case.model_copy(update={"dossier_id": dossier_id}) if dossier_id else case


def kinds(entries: Sequence[Entry]) -> list[str]:
    return [entry.event.type for entry in entries]
