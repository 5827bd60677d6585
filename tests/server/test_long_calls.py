"""Calls that return before the verdict, and those that come back for it. Semantics R8 to R10."""

from dataclasses import replace
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from mcp import MCPError
from mcp.client import ClientRequestContext
from mcp_types import ListRootsResult, Root
from pydantic import FileUrl

from magi_mcp.convening import Request
from magi_mcp.core.case import Limits, case_key
from magi_mcp.core.replies import Failed
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import Line, Script, ScriptedSeat
from magi_mcp.server.reading import READINGS
from magi_mcp.server.waiting import Headway
from magi_mcp.service import Council
from tests.runtime.stage import HangingSeat
from tests.server.meeting import (
    SHIP,
    Era,
    Meeting,
    PatientSeat,
    meeting,
    text_of,
    verdict_in,
)
from tests.server.strict import faults, strict_schema
from tests.support.councils import ballot, scripted_council

QUESTION = {"question": "Ship?", "method": "yes_no"}


def two_of(slow: SeatPort) -> dict[str, Script | SeatPort]:
    return {"melchior": [ballot("yes", "SECRET-ARGUMENT")], "balthasar": slow}


async def begun(hall: Meeting, slow: PatientSeat) -> str:
    """The id of a deliberation that was returned as running when one of two had answered."""
    result = await hall.ask(**QUESTION, wait_s=0)
    await slow.asked.wait()
    await anyio.wait_all_tasks_blocked()
    return str(verdict_in(result)["dossier_id"])


async def test_a_call_that_has_waited_long_enough_says_how_to_wait_on(era: Era) -> None:
    slow = PatientSeat([ballot("no")])
    async with meeting(era, two_of(slow)) as hall:
        name = (await begun(hall, slow))[-8:]
        running = await hall.look_up(dossier_id=name, wait_s=0)
        assert not running.is_error
        assert verdict_in(running)["status"] == "running"
        text = text_of(running)
        assert text.startswith("RUNNING: round 1 (at most 4), 1 of 2 seats have answered. ")
        assert "Round 1, blind: heard Melchior; waiting for Balthasar. " in text
        assert "at most 600 s more" in text or "at most 599 s more" in text
        assert f'Next: Call get_dossier("{name}") now; it waits' in text
        assert "do not answer from your own opinion" in text
        assert verdict_in(running)["next_step"] in text
        assert "SECRET" not in text + str(verdict_in(running)), "no partial votes"
        assert verdict_in(running)["tally"] == verdict_in(running)["ballots"] == []
        slow.may_answer.set()
        ended = await hall.look_up(dossier_id=name)
    assert verdict_in(ended)["status"] == "undecided"
    assert faults(verdict_in(ended), strict_schema("standard")) == []


async def test_waiting_again_ends_with_the_verdict_and_tells_only_what_is_new(era: Era) -> None:
    slow = PatientSeat([ballot("yes")])
    async with meeting(era, two_of(slow)) as hall:
        name = await begun(hall, slow)
        hall.told.clear()
        async with anyio.create_task_group() as tasks:

            async def wait() -> None:
                ended = await hall.look_up(dossier_id=name)
                assert verdict_in(ended)["status"] == "decided"

            tasks.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            slow.may_answer.set()
    assert [message for _, _, message in hall.told] == [
        "round 1, blind: Melchior has answered, 1 of 2",
        "round 1, blind: Balthasar has answered, 2 of 2",
    ]


async def test_what_was_told_to_run_goes_on_though_nobody_waits(
    era: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magi_mcp.runtime.sitting.FORSAKEN_AFTER_S", 0)
    slow = PatientSeat([ballot("no"), ballot("no")])
    seats: dict[str, Script | SeatPort] = {"melchior": [ballot("yes")] * 2, "balthasar": slow}
    async with meeting(era, seats, protocol="critique", limits=Limits(max_rounds=1)) as hall:
        name = await begun(hall, slow)
        hearing = await hall.council.hearing(name)
        slow.may_answer.set()
        async for _ in hearing.follow():
            pass
        assert (hearing.dossier.status, len(hearing.dossier.rounds)) == ("undecided", 2)


async def test_a_wait_longer_than_is_allowed_is_lowered_and_that_is_said(era: Era) -> None:
    def strict(council: Council) -> Council:
        return replace(council, provisions=replace(council.provisions, max_wait_s=20))

    async with meeting(era, SHIP, change=strict) as hall:
        result = await hall.ask(**QUESTION, wait_s=120)
        silent = await hall.ask(**QUESTION, fresh=True)
    told = "wait_s: 120 was lowered to 20, the configured limit."
    assert told in verdict_in(result)["warnings"]
    assert f"Note: {told}" in text_of(result)
    assert not any("wait_s" in warning for warning in verdict_in(silent)["warnings"])


@pytest.mark.parametrize("detail", READINGS)
async def test_what_one_caller_alone_must_know_is_said_in_every_detail(
    era: Era, detail: str
) -> None:
    async with meeting(era, SHIP) as hall:
        await hall.ask(**QUESTION)
        again = await hall.ask(**QUESTION, detail=detail)
        others = await hall.look_up(dossier_id="latest", detail=detail)
    [joined] = [each for each in verdict_in(again)["warnings"] if each.startswith("Joined: ")]
    assert f"Note: {joined[:100]}" in text_of(again)
    assert not any("Joined" in each for each in verdict_in(others)["warnings"])


@pytest.mark.parametrize("detail", READINGS)
async def test_that_nobody_could_answer_is_an_error_in_every_detail(era: Era, detail: str) -> None:
    nobody: list[Line] = [Failed(failure="server", detail="down")]
    async with meeting(era, {"melchior": nobody}) as hall:
        asked = await hall.ask(**QUESTION, detail=detail)
        found = await hall.look_up(dossier_id="latest", detail=detail)
    assert asked.is_error
    assert not found.is_error, "it was found"


async def test_whoever_asks_for_a_further_page_is_not_kept_waiting(era: Era) -> None:
    slow = PatientSeat([ballot("no")])
    async with meeting(era, two_of(slow)) as hall:
        name = await begun(hall, slow)
        with anyio.fail_after(5):
            page = await hall.look_up(dossier_id=name, detail="full", cursor="made-up")
    assert "cursor: 'made-up' was not given for this" in text_of(page)


@pytest.mark.parametrize("wait_s", [-1, "soon", "nan"])
async def test_a_wait_that_is_no_time_is_refused_before_anybody_is_asked(
    era: Era, wait_s: object
) -> None:
    async with meeting(era, SHIP) as hall:
        result = await hall.ask(**QUESTION, wait_s=wait_s)
        assert await hall.council.heads(10) == ()
    assert result.is_error
    assert text_of(result).startswith("FAILED: wait_s: ")


async def test_a_client_that_timed_out_and_asks_again_pays_once(era: Era) -> None:
    slow = PatientSeat([ballot("yes")])
    fast = ScriptedSeat([ballot("yes")])
    async with meeting(era, {"melchior": fast, "balthasar": slow}) as hall:
        with pytest.raises(MCPError):
            await hall.client.call_tool("deliberate", QUESTION, read_timeout_seconds=0.1)
        slow.may_answer.set()
        again = await hall.ask(**QUESTION)
        assert len(await hall.council.heads(10)) == 1
    assert verdict_in(again)["status"] == "decided"
    assert verdict_in(again)["calls"] == 2
    assert len(fast.asked) == 1
    assert any(warning.startswith("Joined: ") for warning in verdict_in(again)["warnings"])
    assert "Note: Joined: this very question was put" in text_of(again)
    assert "To have it deliberated anew, set fresh." in text_of(again)


async def test_asking_afresh_deliberates_anew(era: Era) -> None:
    asked = ScriptedSeat([ballot("yes"), ballot("no")])
    async with meeting(era, {"melchior": asked}) as hall:
        first = await hall.ask(**QUESTION)
        second = await hall.ask(**QUESTION, fresh=True)
    assert (verdict_in(first)["ruling"], verdict_in(second)["ruling"]) == ("yes", "no")
    assert not any("Joined" in warning for warning in verdict_in(second)["warnings"])


async def test_a_question_may_follow_an_earlier_one(era: Era) -> None:
    asked = ScriptedSeat([ballot("yes", "The log says so."), ballot("no")])
    async with meeting(era, {"melchior": asked}) as hall:
        await hall.ask(**QUESTION)
        await hall.ask(question="And on Monday?", method="yes_no", follows="latest")
        refused = await hall.ask(question="And then?", follows="nobody")
    assert "The log says so." in asked.asked[1].prompt
    assert refused.is_error
    assert text_of(refused).startswith("FAILED: follows: 'nobody' names no dossier")


async def test_whoever_waits_hears_a_heartbeat_and_progress_only_grows(
    era: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magi_mcp.server.waiting.HEARTBEAT_S", 0.01)
    slow = PatientSeat([ballot("yes")])
    async with meeting(era, two_of(slow)) as hall, anyio.create_task_group() as tasks:

        async def ask() -> None:
            await hall.ask(**QUESTION)

        tasks.start_soon(ask)
        beats = 0
        while beats < 3:
            await anyio.wait_all_tasks_blocked()
            beats = sum("still waiting" in (message or "") for _, _, message in hall.told)
        slow.may_answer.set()
    steps = [step for step, _, _ in hall.told]
    assert steps == sorted(set(steps))
    assert "round 1, blind: still waiting for Balthasar, 1 of 2" in [m for _, _, m in hall.told]
    assert all(total is None or step <= total for step, total, _ in hall.told)


async def test_whoever_waits_hears_a_heartbeat_before_there_is_a_dossier(
    era: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magi_mcp.server.waiting.HEARTBEAT_S", 0.01)
    journal = MemoryJournal(SystemClock())
    async with meeting(era, SHIP, journal=journal) as hall:
        case = await hall.council.case_for(Request(question="Ship?", method="yes_no"))
        door = f"case:{case_key(case)}"
        assert await journal.claim(door, "a process that is about to put the same", 60)
        async with anyio.create_task_group() as tasks:

            async def ask() -> None:
                await hall.ask(**QUESTION)

            tasks.start_soon(ask)
            with anyio.fail_after(5):
                while len(hall.told) < 3:
                    await anyio.wait_all_tasks_blocked()
            assert {message for _, _, message in hall.told} == {"convening the council"}
            await journal.release(door, "a process that is about to put the same")
    steps = [step for step, _, _ in hall.told]
    assert steps == sorted(set(steps))
    assert "round 1, blind: Casper has answered, 3 of 3" in [message for _, _, message in hall.told]


async def test_time_that_the_client_takes_to_tell_its_roots_counts_as_waiting(
    tmp_path: Path,
) -> None:
    (tmp_path / "notes.md").write_text("one", encoding="utf-8")
    slow, wait_s = PatientSeat([ballot("yes")]), 0.3

    async def roots(context: ClientRequestContext) -> ListRootsResult:
        patience = anyio.current_time() + wait_s
        while anyio.current_time() < patience:
            await anyio.lowlevel.checkpoint()
        return ListRootsResult(roots=[Root(uri=FileUrl(tmp_path.as_uri()))])

    async with (
        meeting("legacy", {"melchior": slow}, roots=roots) as hall,
        anyio.create_task_group() as tasks,
    ):

        async def ask() -> None:
            result = await hall.ask(**QUESTION, files=["notes.md"], wait_s=wait_s)
            assert verdict_in(result)["status"] == "running"

        tasks.start_soon(ask)
        await slow.asked.wait()
        await anyio.wait_all_tasks_blocked()
        slow.may_answer.set()


def test_a_heartbeat_speaks_before_anybody_was_asked() -> None:
    headway = Headway()
    assert headway.beat() == "convening the council"
    assert 0 < headway.step < 1
    assert headway.known is None, "nobody knows yet how many steps there will be"


# --- control_dossier ---------------------------------------------------------------------------


async def test_a_running_deliberation_is_cancelled_and_gone_on_with(era: Era) -> None:
    slow = PatientSeat([ballot("yes")])
    async with meeting(era, two_of(slow)) as hall:
        name = await begun(hall, slow)
        stopped = await hall.call("control_dossier", {"dossier_id": name, "action": "cancel"})
        assert not stopped.is_error
        assert text_of(stopped).startswith("CANCELLED in round 1; what had arrived is kept.")
        assert f'control_dossier("{name[-8:]}", "resume")' in verdict_in(stopped)["next_step"]
        again = await hall.call("control_dossier", {"dossier_id": "latest", "action": "resume"})
        assert text_of(again).startswith("RUNNING: ")
        slow.may_answer.set()
        ended = await hall.look_up(dossier_id=name)
    assert verdict_in(ended)["status"] == "decided"
    assert verdict_in(ended)["calls"] == 3
    assert verdict_in(ended)["cost_usd"] is None
    assert any("had been cut off" in warning for warning in verdict_in(ended)["warnings"])


async def test_what_has_its_verdict_is_neither_stopped_nor_gone_on_with(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        await hall.ask(**QUESTION)
        stopped = await hall.call("control_dossier", {"dossier_id": "latest", "action": "cancel"})
        again = await hall.call("control_dossier", {"dossier_id": "latest", "action": "resume"})
        odd = await hall.call("control_dossier", {"dossier_id": "latest", "action": "stop"})
    assert text_of(stopped).removeprefix("PROVISIONAL ").startswith("DECIDED: yes")
    assert again.is_error
    assert "has its verdict, which is final" in text_of(again)
    assert odd.is_error
    assert "Valid: cancel, resume." in text_of(odd)


async def test_a_council_that_failed_is_asked_again_when_what_kept_it_is_mended(era: Era) -> None:
    seat = ScriptedSeat([Failed(failure="authentication", detail="no key"), ballot("yes")])
    async with meeting(era, {"melchior": seat}) as hall:
        failed = await hall.ask(**QUESTION)
        assert "control_dossier(" in verdict_in(failed)["next_step"]
        await hall.call("control_dossier", {"dossier_id": "latest", "action": "resume"})
        ended = await hall.look_up(dossier_id="latest")
    assert verdict_in(ended)["ruling"] == "yes"


# --- other processes ---------------------------------------------------------------------------


async def test_what_another_process_drives_is_waited_for_and_cancelled(
    era: Era, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magi_mcp.runtime.record.LOOK_EVERY_S", 0.001)
    monkeypatch.setattr("magi_mcp.runtime.live.OVERHEAR_EVERY_S", 0.001)
    journal = MemoryJournal(SystemClock())
    slow = PatientSeat([ballot("yes")])
    driver: dict[str, Script | SeatPort] = {"melchior": slow}
    async with (
        scripted_council(driver, journal=journal, limits=Limits(max_rounds=0)) as other,
        meeting(era, {"melchior": HangingSeat()}, journal=journal) as hall,
    ):
        hearing = await other.put(Request(question="Ship?", method="yes_no"))
        running = await hall.look_up(dossier_id="latest", wait_s=0)
        assert verdict_in(running)["status"] == "running"
        assert await journal.promised(hearing.dossier_id), "its driver is to go on"
        stopped = await hall.call("control_dossier", {"dossier_id": "latest", "action": "cancel"})
        assert verdict_in(stopped)["status"] == "cancelled"
        assert (await hearing.wait()).status == "cancelled"
        again = await other.resume(hearing.dossier_id, by="the other process")
        slow.may_answer.set()
        ended = await hall.look_up(dossier_id="latest")
        assert (await again.wait()).status == "decided"
    assert verdict_in(ended)["status"] == "decided"
