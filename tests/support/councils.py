"""A whole council with scripted seats, as the surfaces' tests need one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import JsonValue

from magi_mcp.convening import Bylaws, Request, arbiter_seat
from magi_mcp.core.case import ARBITER, Limits, Seat
from magi_mcp.identity import SystemClock, new_owner
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.personas import load_presets
from magi_mcp.ports import JournalPort, SeatPort
from magi_mcp.prompt_files import prompts_in
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.seats.scripted import FreeSeating, Script, ScriptedSeat
from magi_mcp.service import Council


class NothingToLoad:
    """The model library of a council that asks no model."""

    loaded = True

    async def load(self) -> None:
        """Nothing to do."""


def ballot(position: str, argument: str = "Because.", **more: JsonValue) -> dict[str, JsonValue]:
    """The fields of a JSON ballot."""
    return {
        "argument": argument,
        "position": position,
        "would_flip": f"Proof against {position}.",
        "confidence": 0.7,
        "needs": [],
        **more,
    }


@asynccontextmanager
async def scripted_council(
    scripts: Mapping[str, Script | SeatPort],
    *,
    journal: JournalPort | None = None,
    limits: Limits | None = None,
    protocol: str = "vote",
) -> AsyncIterator[Council]:
    """A council with one seat for each script, in the order of ``scripts``.

    A script named ``arbiter`` is the arbiter's.
    """
    clock = SystemClock()
    store = journal or MemoryJournal(clock)
    seats = tuple(Seat(name=name, model=f"scripted/{name}") for name in scripts if name != ARBITER)

    def seat_of(seat: Seat) -> SeatPort:
        script = scripts[seat.name]
        if isinstance(script, list | tuple) or callable(script):
            return ScriptedSeat(script, model=seat.model)
        return script  # type: ignore[return-value]

    def seats_for(request: Request) -> tuple[Seat, ...]:
        return seats

    bylaws = Bylaws(
        seats_for=seats_for,
        limits=limits or Limits(),
        protocol=protocol,
        prompts_for=lambda request: prompts_in(request.prompts_dir),
        presets=load_presets(),
        arbiter=arbiter_seat(f"scripted/{ARBITER}") if ARBITER in scripts else None,
    )
    async with open_chamber(store, FreeSeating(seat_of), new_owner()) as chamber:
        yield Council(bylaws, chamber, store, clock, NothingToLoad(), store="memory")
    await store.aclose()
