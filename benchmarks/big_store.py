"""A store with very many dossiers, written as the server writes them, entry by entry.

Each holds a whole ``vote`` of three seats that was deliberated once; only id and question
differ. What is not done again is the deliberating.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import anyio
from anyio.to_thread import current_default_thread_limiter

from magi_mcp.convening import Request
from magi_mcp.core.events import CaseOpened, Event
from magi_mcp.identity import SystemClock, new_dossier_id
from magi_mcp.journal.sqlite import SqliteJournal
from magi_mcp.ports import JournalPort
from magi_mcp.seats.scripted import Script
from tests.support.councils import ballot, scripted_council

AT_ONCE = 200
SPACING_S = 60.0
"""Dossiers are dated a minute apart, the newest now."""

SHIP: dict[str, Script] = {
    "melchior": [ballot("yes", "The migration is additive.")],
    "balthasar": [ballot("yes", "Waiting costs the launch.")],
    "casper": [ballot("no", "Rollback covers code, not rows.")],
}


async def written(store: Path, number: int) -> float:
    """Write a store of so many dossiers; the seconds that took."""
    events = await _deliberated()
    current_default_thread_limiter().total_tokens = 8
    began = time.perf_counter()
    journal = await SqliteJournal.open(store, SystemClock())
    now = SystemClock().now()
    try:
        for start in range(0, number, AT_ONCE):
            async with anyio.create_task_group() as tasks:
                for place in range(start, min(start + AT_ONCE, number)):
                    opened_at = now - SPACING_S * (number - place)
                    tasks.start_soon(_write, journal, events, opened_at, place)
    finally:
        await journal.aclose()
    return time.perf_counter() - began


async def _write(
    journal: JournalPort, events: Sequence[Event], opened_at: float, place: int
) -> None:
    opening, *rest = events
    if not isinstance(opening, CaseOpened):
        raise TypeError(f"a journal begins with its case, not with {opening.type}")
    named = {
        "dossier_id": new_dossier_id(opened_at),
        "question": f"Should we ship release {place} on Friday?",
    }
    case = opening.case.model_copy(update=named)
    await journal.append(case.dossier_id, 0, [CaseOpened(case=case), *rest])


async def _deliberated() -> list[Event]:
    """The events of one deliberation."""
    async with scripted_council(SHIP) as council:
        hearing = await council.put(Request(question="Should we ship?", method="yes_no"))
        dossier = await hearing.wait()
        return [entry.event for entry in await council.journal.read(dossier.dossier_id)]
