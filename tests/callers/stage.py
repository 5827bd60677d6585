"""Councils whose seats the caller plays, and what a caller hands in."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NoReturn

import anyio

from magi_mcp.convening import Bylaws, Request
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import Case, Limits, ProtocolName, Seat
from magi_mcp.core.events import Entry, Event
from magi_mcp.core.playing import HandedIn, open_asks, opening, take
from magi_mcp.identity import SystemClock, new_owner
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.personas import load_presets
from magi_mcp.ports import JournalPort
from magi_mcp.prompt_files import prompts_in
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.seats.scripted import FreeSeating
from magi_mcp.service import Council
from tests.core.paper import OPENED_AT, TRIO, a_case
from tests.runtime.stage import PATIENCE_S
from tests.support.councils import NothingToLoad, ballot

SHIP = Request(question="Ship?", method="yes_no", playable=True)
CLAUDE, GPT, GEMINI = "claude-sonnet-4-5", "gpt-5.4-nano", "gemini-2.5-flash"


def vote(ask_id: str, position: str, model: str = "", argument: str = "Because.") -> HandedIn:
    """A ballot as a caller hands it in."""
    return HandedIn(ask_id, json.dumps(ballot(position, argument)), model)


def votes(position: str, *seats: str, number: int = 1) -> list[HandedIn]:
    """The same ballot of several seats, each by another model."""
    models = (CLAUDE, GPT, GEMINI)
    return [
        vote(f"r{number}/{seat}", position, models[place % 3]) for place, seat in enumerate(seats)
    ]


def a_callers_case(limits: Limits | None = None, protocol: ProtocolName = "vote") -> Case:
    """A question of yes or no, to three seats that the caller plays."""
    return a_case("yes_no", protocol, models=(CALLER,), limits=limits or Limits())


class Paper:
    """A journal on paper: each hand-in is worked out from nothing but its entries."""

    def __init__(self, case: Case) -> None:
        self.entries: list[Entry] = []
        self.write(opening(case))

    def write(self, events: Sequence[Event]) -> None:
        for event in events:
            seq = len(self.entries) + 1
            self.entries.append(Entry(seq=seq, at=OPENED_AT + seq, event=event))

    def hand_in(self, *replies: HandedIn) -> tuple[str, ...]:
        """Hand in, and return what was not taken."""
        taken = take(self.entries, replies, self.entries[-1].at + 1)
        self.write(taken.events)
        return taken.refused

    @property
    def open(self) -> list[str]:
        return [ask.ask_id for ask in open_asks(self.entries)]

    @property
    def newest(self) -> Event:
        return self.entries[-1].event

    @property
    def kinds(self) -> list[str]:
        return [entry.event.type for entry in self.entries]


@asynccontextmanager
async def callers_council(
    journal: JournalPort | None = None,
    *,
    seats: Sequence[str] = TRIO,
    limits: Limits | None = None,
    protocol: str = "vote",
    patience_s: float = PATIENCE_S,
) -> AsyncIterator[Council]:
    """A council that has no model to ask. One that does all the same finds nobody."""
    clock = SystemClock()
    store = journal or MemoryJournal(clock)
    sitting = tuple(Seat(name=name, model=CALLER) for name in seats)
    bylaws = Bylaws(
        seats_for=lambda request: sitting,
        limits=limits or Limits(),
        protocol=protocol,
        prompts_for=lambda request: prompts_in(request.prompts_dir),
        presets=load_presets(),
    )

    def nobody(seat: Seat) -> NoReturn:
        raise AssertionError(f"{seat.name} is the caller's")

    with anyio.fail_after(patience_s):
        async with open_chamber(store, FreeSeating(nobody), new_owner()) as chamber:
            yield Council(bylaws, chamber, store, clock, NothingToLoad(), store="memory")
    await store.aclose()
