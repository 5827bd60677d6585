"""The same case put again joins what there is; a question may follow a verdict. Semantics R10."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest

from magi_mcp.convening import Request
from magi_mcp.core.case import Limits
from magi_mcp.core.errors import CallerError
from magi_mcp.core.replies import Failed
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import Line, Script, ScriptedSeat
from magi_mcp.service import Council
from tests.runtime.stage import HangingSeat, PatientSeat
from tests.support.councils import ballot, scripted_council

SHIP = Request(question="Ship?", method="yes_no")
Scripts = Mapping[str, Script | SeatPort]
ANSWERS: list[Line] = [ballot("yes")] * 3


class LaterClock:
    """The machine's clock, some seconds ahead."""

    def __init__(self, ahead_s: float) -> None:
        self._ahead_s = ahead_s

    def now(self) -> float:
        return SystemClock().now() + self._ahead_s


@asynccontextmanager
async def councils(first: Scripts, second: Scripts) -> AsyncIterator[tuple[Council, Council]]:
    """Two councils on one store, as two processes would have them."""
    journal = MemoryJournal(SystemClock())
    with anyio.fail_after(5):
        async with (
            scripted_council(first, journal=journal) as one,
            scripted_council(second, journal=journal) as two,
        ):
            yield one, two


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magi_mcp.runtime.record.LOOK_EVERY_S", 0)
    monkeypatch.setattr("magi_mcp.runtime.chamber._KNOCK_EVERY_S", 0)


async def test_the_same_case_put_while_it_runs_joins_it() -> None:
    may = anyio.Event()
    seat = ScriptedSeat(ANSWERS)
    async with scripted_council({"a": PatientSeat(seat._next, may)}) as council:
        one = await council.put(SHIP)
        two = await council.put(replace(SHIP, max_cost_usd=0.5, owner=True))
        assert (one.joined, two.joined) == (False, True)
        assert one.dossier_id == two.dossier_id
        assert "its dossier is" in two.notes[0]
        assert "the limits it was put with hold" in two.notes[0]
        may.set()
        assert (await two.wait()).decision == (await one.wait()).decision is not None
        assert len(await council.heads(10)) == 1


async def test_a_verdict_of_which_it_is_known_how_it_fared_is_joined_like_any_other() -> None:
    async with scripted_council({"a": ScriptedSeat(ANSWERS)}) as council:
        await (await council.put(SHIP)).wait()
        await council.record_outcome("latest", "no")
        again = await council.put(SHIP)
        assert again.joined
        assert again.dossier.status == "decided"
        assert again.dossier.actual is not None


async def test_two_callers_at_the_same_moment_open_one_deliberation() -> None:
    ids: list[str] = []

    async def put(council: Council) -> None:
        ids.append((await (await council.put(SHIP)).wait()).dossier_id)

    async with councils({"a": ANSWERS}, {"a": ANSWERS}) as (one, two):
        async with anyio.create_task_group() as callers:
            for council in (one, two, one, two):
                callers.start_soon(put, council)
        assert len(set(ids)) == 1
        assert len(await one.heads(10)) == 1


async def test_what_another_process_drives_is_joined_and_followed() -> None:
    may = anyio.Event()
    unasked = ScriptedSeat([])
    first = {"a": PatientSeat(ANSWERS, may)}
    async with councils(first, {"a": unasked}) as (one, two):
        ours = await one.put(SHIP)
        theirs = await two.put(SHIP)
        assert theirs.joined
        may.set()
        assert (await theirs.wait()).decision == (await ours.wait()).decision is not None
    assert unasked.asked == []


@pytest.mark.parametrize(("later_s", "joined"), [(14 * 60, True), (16 * 60, False)])
async def test_a_verdict_answers_for_the_same_case_for_a_quarter_of_an_hour(
    later_s: float, joined: bool
) -> None:
    async with scripted_council({"a": ANSWERS}) as council:
        await (await council.put(SHIP)).wait()
        later = replace(council, clock=LaterClock(later_s))
        assert (await later.put(SHIP)).joined is joined


@pytest.mark.parametrize(
    "other",
    [
        Request(question="Ship it?", method="yes_no"),
        Request(question="Ship?", method="yes_no", context="Today."),
        Request(question="Ship?", method="majority"),
        Request(question="Ship?", method="yes_no", protocol="critique"),
        replace(SHIP, fresh=True),
    ],
)
async def test_another_case_or_a_fresh_one_joins_nothing(other: Request) -> None:
    async with scripted_council({"a": ANSWERS}) as council:
        first = await (await council.put(SHIP)).wait()
        second = await council.put(other)
        assert not second.joined
        assert second.dossier_id != first.dossier_id


async def test_limits_and_anonymity_make_no_other_case() -> None:
    async with scripted_council({"a": ANSWERS}) as council:
        first = await (await council.put(SHIP)).wait()
        again = await council.put(replace(SHIP, max_rounds=0, anonymous=True, deadline_s=5))
        assert again.joined
        assert again.dossier.dossier_id == first.dossier_id


async def test_whoever_asks_again_after_a_failure_or_a_cancel_wants_it_tried_again() -> None:
    failing = Failed(failure="authentication", detail="no key")
    async with scripted_council({"a": [failing, failing]}) as council:
        failed = await (await council.put(SHIP)).wait()
        assert failed.status == "failed"
        assert not (await council.put(SHIP)).joined
    async with scripted_council({"a": HangingSeat()}) as council:
        cancelled = await council.put(SHIP)
        await council.cancel(cancelled.dossier_id, by="the user")
        assert not (await council.put(SHIP)).joined


async def test_what_was_broken_off_of_late_is_gone_on_with() -> None:
    journal = MemoryJournal(SystemClock())
    async with scripted_council({"a": ANSWERS, "b": HangingSeat()}, journal=journal) as council:
        hearing = await council.put(SHIP)
        async for entry in hearing.follow():
            if entry.seq == 3:
                break
    unasked = ScriptedSeat([])
    async with scripted_council({"a": unasked, "b": ANSWERS}, journal=journal) as council:
        again = await council.put(SHIP)
        assert again.joined
        assert (await again.wait()).status == "decided"
        assert again.dossier_id == hearing.dossier_id
    assert unasked.asked == [], "nobody is paid twice"


# --- going on and stopping, by any name --------------------------------------------------------


async def test_a_deliberation_is_cancelled_and_resumed_by_its_reference() -> None:
    may = anyio.Event()
    async with scripted_council({"a": PatientSeat(ANSWERS, may)}) as council:
        await council.put(SHIP)
        assert (await council.cancel("latest", by="the user")).status == "cancelled"
        assert (await council.cancel("latest", by="the user")).status == "cancelled"
        hearing = await council.resume("latest", by="the user")
        assert (await council.resume("latest", by="me")).dossier.status == "running"
        may.set()
        assert (await hearing.wait()).status == "decided"
        assert (await council.cancel("latest", by="the user")).status == "decided"
        with pytest.raises(CallerError, match="final"):
            await council.resume("latest", by="the user")


@pytest.mark.parametrize("where", [0, 1], ids=["where it is driven", "where it was stopped"])
async def test_what_was_stopped_elsewhere_is_gone_on_with_at_once(
    where: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magi_mcp.runtime.live.OVERHEAR_EVERY_S", 0.05)
    may = anyio.Event()
    patient = PatientSeat(ANSWERS, may)
    async with councils({"a": patient}, {"a": patient}) as (one, two):
        hearing = await one.put(SHIP)
        assert (await two.cancel("latest", by="the other")).status == "cancelled"
        again = await (one, two)[where].resume("latest", by="me")
        assert again.dossier.status == "running", "whoever drove it had not even heard of the stop"
        may.set()
        assert (await again.wait()).status == "decided"
        assert (await hearing.wait()).status == "cancelled", "that was the leg it waited for"


async def test_what_was_stopped_elsewhere_a_moment_ago_is_not_joined() -> None:
    may = anyio.Event()
    patient = PatientSeat(ANSWERS, may)
    async with councils({"a": patient}, {"a": patient}) as (one, two):
        stopped = await one.put(SHIP)
        await two.cancel("latest", by="the other")
        again = await one.put(SHIP)
        assert not again.joined
        assert again.dossier_id != stopped.dossier_id


async def test_a_configuration_that_changed_is_told_and_changes_nothing() -> None:
    journal = MemoryJournal(SystemClock())
    hanging: Scripts = {"a": ANSWERS, "b": HangingSeat()}
    async with scripted_council(hanging, journal=journal) as council:
        await council.put(SHIP)
    async with scripted_council(
        {"a": ANSWERS, "b": ANSWERS, "c": ANSWERS}, journal=journal, limits=Limits(deadline_s=9)
    ) as council:
        dossier = await (await council.resume("latest", by="me")).wait()
    assert [seat.name for seat in dossier.case.seats] == ["a", "b"]
    assert dossier.case.limits == Limits()
    assert dossier.legs[0].warnings == (
        "the configuration of seats, limits has changed since the question was put; it goes on "
        "as it was put.",
    )


async def test_an_unchanged_configuration_is_not_worth_a_word() -> None:
    journal = MemoryJournal(SystemClock())
    async with scripted_council({"a": HangingSeat()}, journal=journal) as council:
        await council.put(SHIP)
    async with scripted_council({"a": ANSWERS}, journal=journal) as council:
        dossier = await (await council.resume("latest", by="me")).wait()
    assert dossier.legs[0].warnings == ()


# --- building on an earlier verdict ------------------------------------------------------------


async def test_a_question_that_follows_another_is_told_its_verdict() -> None:
    seats: Scripts = {
        "a": [ballot("yes", "The tests pass.")] * 2,
        "b": [ballot("yes", "They do.")] * 2,
        "c": [ballot("no", "Rows are not rolled back.")] * 2,
    }
    async with scripted_council(seats) as council:
        first = await (await council.put(SHIP)).wait()
        after = Request(question="And on Monday?", method="yes_no", context="A fact.")
        case = await council.case_for(replace(after, follows="latest"))
    assert case.follows == first.dossier_id
    assert case.context.startswith("A fact.\n\nWhat an earlier council said")
    for told in ("Question: Ship?", "Result: yes (", "Rows are not rolled back."):
        assert told in case.context
    assert len(case.context) < 1_500


async def test_a_verdict_can_only_follow_from_one_that_there_is() -> None:
    async with scripted_council({"a": HangingSeat()}) as council:
        with pytest.raises(CallerError, match=r"^follows: 'none-such' names no dossier"):
            await council.put(replace(SHIP, follows="none-such"))
        await council.put(SHIP)
        with pytest.raises(CallerError, match=r"^follows: \w{8} has no verdict \(running\)"):
            await council.put(replace(SHIP, follows="latest"))
