"""What one principal puts is nothing that another can join, read, stop or build on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.errors import CallerError, QuotaReached, UnknownDossier
from magi_mcp.core.viewers import Viewer
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.runtime.quota import Quota
from magi_mcp.seats.scripted import Line
from magi_mcp.service import Council
from tests.runtime.stage import HangingSeat
from tests.support.councils import ballot, scripted_council

SHIP = Request(question="Ship?", method="yes_no")
ANSWERS: list[Line] = [ballot("yes")] * 9


@dataclass(frozen=True)
class Principals:
    """One council as four look at it: two principals, an admin, and whoever gave no name."""

    ada: Council
    bob: Council
    admin: Council
    nobody: Council

    @property
    def strangers(self) -> tuple[Council, ...]:
        """Everybody but Ada and the admin."""
        return (self.bob, self.nobody)


@asynccontextmanager
async def principals(
    seat: HangingSeat | list[Line] = ANSWERS, per_hour: int | None = None
) -> AsyncIterator[Principals]:
    """The council of one seat; each principal may open ``per_hour`` deliberations."""
    clock = SystemClock()
    journal = MemoryJournal(clock)
    quota = None if per_hour is None else Quota(per_hour, journal, clock)
    async with scripted_council({"a": seat}, journal=journal) as whole:
        council = replace(whole, quota=quota)
        yield Principals(
            *(
                council.seen_by(viewer)
                for viewer in (
                    Viewer(principal="token:ada"),
                    Viewer(principal="token:bob"),
                    Viewer(principal="token:admin", sees_all=True),
                    Viewer(),
                )
            )
        )


async def test_nobody_joins_what_a_stranger_has_put_whether_it_runs_or_has_ended() -> None:
    async with principals(HangingSeat()) as running:
        adas = await running.ada.put(SHIP)
        others = [await each.put(SHIP) for each in (*running.strangers, running.admin)]
        again = await running.ada.put(SHIP)
    assert not any(other.joined for other in others)
    assert len({adas.dossier_id, *(other.dossier_id for other in others)}) == 4
    assert again.joined
    assert again.dossier_id == adas.dossier_id
    async with principals() as ended:
        await (await ended.ada.put(SHIP)).wait()
        assert [(await each.put(SHIP)).joined for each in ended.strangers] == [False, False]
        assert (await ended.ada.put(SHIP)).joined


async def test_a_strangers_deliberation_can_be_neither_followed_nor_stopped_nor_gone_on_with() -> (
    None
):
    async with principals(HangingSeat()) as of:
        hearing = await of.ada.put(SHIP)
        for reference in (hearing.dossier_id, hearing.dossier_id[-8:], "latest"):
            for stranger in of.strangers:
                with pytest.raises(UnknownDossier):
                    await stranger.hearing(reference)
                with pytest.raises(UnknownDossier):
                    await stranger.cancel(reference, by="a stranger")
                with pytest.raises(UnknownDossier):
                    await stranger.resume(reference, by="a stranger")
        assert hearing.dossier.status == "running"
        assert (await of.admin.cancel(hearing.dossier_id, by="the admin")).status == "cancelled"
        for stranger in of.strangers:
            with pytest.raises(UnknownDossier):
                await stranger.resume(hearing.dossier_id, by="a stranger")
        assert (await of.ada.dossier("latest")).status == "cancelled"


async def test_a_question_cannot_follow_from_what_a_stranger_was_told() -> None:
    async with principals() as of:
        dossier = await (await of.ada.put(SHIP)).wait()
        after = Request(question="And then?", method="yes_no", follows=dossier.dossier_id)
        for stranger in of.strangers:
            with pytest.raises(CallerError, match=r"^follows: .* names no dossier"):
                await stranger.put(after)
        assert (await (await of.ada.put(after)).wait()).case.follows == dossier.dossier_id


async def test_only_what_is_newly_opened_counts_against_the_hour() -> None:
    async with principals(per_hour=2) as of:
        first = await (await of.ada.put(SHIP)).wait()
        for _ in range(3):
            assert (await of.ada.put(SHIP)).joined
        second = await of.ada.put(replace(SHIP, fresh=True))
        assert not second.joined
        await second.wait()
        for request in (replace(SHIP, fresh=True), replace(SHIP, question="Wait?")):
            with pytest.raises(QuotaReached):
                await of.ada.put(request)
        assert (await of.ada.put(SHIP)).joined, "what there is can be joined all the same"
        assert not (await of.bob.put(SHIP)).joined, "each has an hour of its own"
        assert len(await of.ada.heads(10)) == 2
        assert first.dossier_id in [head.dossier_id for head in await of.ada.heads(10)]


async def test_going_on_counts_no_more_than_joining_does() -> None:
    async with principals(HangingSeat(), per_hour=1) as of:
        await of.ada.put(SHIP)
        await of.ada.cancel("latest", by="ada")
        assert (await of.ada.resume("latest", by="ada")).dossier.status == "running"
        with pytest.raises(QuotaReached):
            await of.ada.put(replace(SHIP, fresh=True))
