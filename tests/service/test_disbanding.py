"""A process that ends leaves its deliberations to whoever comes next. Semantics R8."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from magi_mcp.convening import Request
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.events import ReplyReceived
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.runtime.hearing import Hearing
from magi_mcp.runtime.record import Record
from magi_mcp.seats.scripted import ScriptedSeat
from magi_mcp.service import Council
from tests.runtime.stage import HangingSeat
from tests.support.councils import ballot, scripted_council

SHIP = Request(question="Ship?", method="yes_no")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magi_mcp.runtime.record.LOOK_EVERY_S", 0)


@asynccontextmanager
async def two_processes() -> AsyncIterator[tuple[Council, Council, ScriptedSeat]]:
    """One whose second seat never answers, and one that can go on where the first stopped.

    With them the first seat of the second, which has nothing left to be asked.
    """
    journal = MemoryJournal(SystemClock())
    unasked = ScriptedSeat([])
    with anyio.fail_after(5):
        async with (
            scripted_council({"a": [ballot("yes")], "b": HangingSeat()}, journal=journal) as one,
            scripted_council({"a": unasked, "b": [ballot("yes")]}, journal=journal) as two,
        ):
            yield one, two, unasked


async def first_reply(hearing: Hearing) -> None:
    async for entry in hearing.follow():
        if isinstance(entry.event, ReplyReceived):
            return


async def test_whoever_waits_anywhere_is_told_that_it_is_interrupted() -> None:
    told: list[Dossier] = []

    async def wait(hearing: Hearing) -> None:
        told.append(await hearing.wait())

    async with two_processes() as (one, two, _):
        here = await one.put(SHIP)
        there = await two.hearing("latest")
        assert isinstance(there.source, Record)
        async with anyio.create_task_group() as callers:
            for hearing in (here, await one.put(SHIP), there, await two.put(SHIP)):
                callers.start_soon(wait, hearing)
            await first_reply(here)
            await one.chamber.disband()
        assert one.chamber.in_session == 0
    assert [dossier.status for dossier in told] == ["interrupted"] * 4
    assert {len(dossier.responses) for dossier in told} == {1}


@pytest.mark.parametrize("how", ["resumed", "put again"])
async def test_another_process_goes_on_at_once_and_pays_for_nothing_twice(how: str) -> None:
    async with two_processes() as (one, two, unasked):
        hearing = await one.put(SHIP)
        await first_reply(hearing)
        await one.chamber.disband()
        again = await (two.resume("latest", by="me") if how == "resumed" else two.put(SHIP))
        ended = await again.wait()
        assert (await one.dossier("latest")).status == "decided"
    assert ended.dossier_id == hearing.dossier_id
    assert ended.status == "decided"
    assert [response.seat for response in ended.responses] == ["a", "b"]
    assert unasked.asked == []


async def test_a_process_with_nothing_in_session_has_nothing_to_wait_for() -> None:
    async with two_processes() as (one, two, _):
        hearing = await one.put(SHIP)
        await two.chamber.disband()
        assert hearing.dossier.status == "running", "what others drive goes on"
