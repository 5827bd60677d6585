"""Deliberations as tasks, for clients that declare the extension; others see no difference."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from mcp import MCPError
from mcp.client import advertise
from mcp_types import CallToolResult

from magi_mcp.convening import Request
from magi_mcp.core.case import Limits
from magi_mcp.core.events import ReplyReceived
from magi_mcp.core.replies import Failed
from magi_mcp.identity import SystemClock
from magi_mcp.journal.sqlite import SqliteJournal
from magi_mcp.server.clients import TASKS
from tests.server.meeting import SHIP, Era, Meeting, PatientSeat, meeting, text_of, verdict_in
from tests.server.task_client import (
    Following,
    TaskState,
    begin,
    cancel,
    listen_to_tasks,
    task_state,
    update,
)
from tests.server.wire import PATIENCE_S, ServerProcess, server_process
from tests.support.councils import ballot

INVALID_PARAMS = -32602
METHOD_NOT_FOUND = -32601
MISSING_CAPABILITY = -32021
INTERNAL_ERROR = -32603

QUESTION: dict[str, Any] = {"question": "Ship?", "method": "yes_no"}
OVER = ("completed", "failed", "cancelled")


@asynccontextmanager
async def following(scripts: Any, **more: Any) -> AsyncIterator[Meeting]:  # noqa: ANN401
    """A meeting whose client follows tasks; one that waits in vain fails."""
    async with (
        asyncio.timeout(PATIENCE_S),
        meeting("auto", scripts, extensions=[Following()], **more) as hall,
    ):
        yield hall


async def the_end(hall: Meeting, task_id: str) -> TaskState:
    """The task once its deliberation is over."""
    sitting = hall.council.chamber.sitting(task_id)
    if sitting is not None:
        await sitting.ledger.closing()
    return await task_state(hall.client.session, task_id)


async def answers(hall: Meeting, task_id: str, count: int) -> None:
    """Wait until so many seats have answered."""
    sitting = hall.council.chamber.sitting(task_id)
    assert sitting is not None
    async for entry in sitting.ledger.follow():
        count -= isinstance(entry.event, ReplyReceived)
        if count == 0:
            return


async def test_the_server_declares_the_extension() -> None:
    async with following(SHIP) as hall:
        assert hall.client.server_capabilities.extensions == {TASKS: {}}


async def test_deliberate_answers_with_a_task_that_is_the_dossier() -> None:
    slow = PatientSeat([ballot("yes")])
    async with following(SHIP | {"casper": slow}) as hall:
        task = await begin(hall.client, **QUESTION)
        known = await hall.council.heads(1)
        told = await task_state(hall.client.session, task.task_id)
        slow.may_answer.set()
    assert task.status == told.status == "working"
    assert [head.dossier_id for head in known] == [task.task_id]
    assert task.ttl_ms is None
    assert task.poll_interval_ms == 2000
    assert datetime.fromisoformat(task.created_at) <= datetime.fromisoformat(task.last_updated_at)
    assert task.result is None
    assert task.error is None


async def test_the_message_of_a_task_tells_how_far_the_council_has_come() -> None:
    slow = PatientSeat([ballot("yes")])
    async with following(SHIP | {"casper": slow}) as hall:
        task = await begin(hall.client, **QUESTION)
        await answers(hall, task.task_id, 2)
        running = await task_state(hall.client.session, task.task_id)
        slow.may_answer.set()
        done = await the_end(hall, task.task_id)
    assert running.status_message.startswith(
        "RUNNING: round 1 (at most 4), 2 of 3 seats have answered. "
        "Round 1, blind: heard Melchior, Balthasar; waiting for Casper."
    )
    assert done.status_message.startswith("DECIDED: yes (unanimous, 3 of 3")
    assert done.poll_interval_ms is None


async def test_a_followed_task_ends_in_the_result_that_the_tool_gives_to_others() -> None:
    async with following(SHIP) as hall:
        followed = await hall.ask(**QUESTION)
        assert hall.told == [], "progress is for calls that wait"
        looked_up = await hall.look_up(dossier_id=verdict_in(followed)["dossier_id"])
    assert text_of(followed).startswith("DECIDED: yes (majority, 2 of 3")
    assert text_of(followed) == text_of(looked_up)
    assert verdict_in(followed) == verdict_in(looked_up)
    assert followed.content == looked_up.content


async def test_a_council_that_failed_is_a_completed_task_with_a_failed_result() -> None:
    lost = Failed(failure="server", detail="it is down")
    async with following({"melchior": [lost], "balthasar": [lost]}) as hall:
        task = await the_end(hall, (await begin(hall.client, **QUESTION)).task_id)
    assert task.status == "completed"
    result = CallToolResult.model_validate(task.result)
    assert result.is_error
    assert "melchior: server: it is down" in text_of(result)


async def test_a_deliberation_that_broke_off_is_a_failed_task() -> None:
    def breaks(ask: object) -> str:
        raise RuntimeError("a fault of ours")

    async with following({"melchior": breaks, "balthasar": breaks}) as hall:
        task = await the_end(hall, (await begin(hall.client, **QUESTION)).task_id)
    assert task.status == "failed"
    assert task.result is None
    assert task.error is not None
    assert task.error["code"] == INTERNAL_ERROR
    assert task.error["message"].startswith("INTERRUPTED: the deliberation stopped in round 1.")
    assert "a fault of ours" not in task.error["message"]


async def test_cancelling_a_task_stops_the_deliberation_and_keeps_what_arrived() -> None:
    slow = PatientSeat([])
    async with following(SHIP | {"casper": slow}) as hall:
        task = await begin(hall.client, **QUESTION)
        await answers(hall, task.task_id, 2)
        await cancel(hall.client.session, task.task_id)
        stopped = await task_state(hall.client.session, task.task_id)
        dossier = await hall.council.dossier(task.task_id)
    assert stopped.status == "cancelled"
    assert stopped.result is None
    assert dossier.status == "cancelled"
    assert [response.seat for response in dossier.responses] == ["melchior", "balthasar"]


async def test_cancelling_what_has_ended_changes_nothing() -> None:
    async with following(SHIP) as hall:
        task = await begin(hall.client, **QUESTION)
        done = await the_end(hall, task.task_id)
        await cancel(hall.client.session, task.task_id)
        again = await task_state(hall.client.session, task.task_id)
    assert done.status == "completed"
    assert again == done


async def test_answers_that_nobody_asked_for_are_acknowledged_and_ignored() -> None:
    async with following(SHIP) as hall:
        task = await begin(hall.client, **QUESTION)
        done = await the_end(hall, task.task_id)
        await update(hall.client.session, task.task_id, name={"action": "accept"})
        assert await task_state(hall.client.session, task.task_id) == done


async def test_what_is_refused_is_refused_at_once_and_no_task() -> None:
    async with following(SHIP) as hall:
        refused = await hall.client.call_tool("deliberate", {"question": " "})
        heads = await hall.council.heads(1)
    assert refused.is_error
    assert text_of(refused).startswith("FAILED: question")
    assert heads == ()


async def test_a_dry_run_is_no_task() -> None:
    async with following(SHIP) as hall:
        plan = await hall.ask(**QUESTION, dry_run=True)
    assert verdict_in(plan)["status"] == "planned"


async def test_reading_a_running_dossier_is_no_task() -> None:
    slow = PatientSeat([])
    async with following(SHIP | {"casper": slow}) as hall:
        task = await begin(hall.client, **QUESTION)
        read = await hall.look_up(dossier_id=task.task_id, wait_s=0)
    assert verdict_in(read)["status"] == "running"


@pytest.mark.parametrize("task_id", ["", "latest", "01a2", "x" * 10_000, "../../etc/passwd"])
async def test_an_id_that_is_no_task_is_an_invalid_parameter(task_id: str) -> None:
    async with following(SHIP) as hall:
        await the_end(hall, (await begin(hall.client, **QUESTION)).task_id)
        session = hall.client.session
        for method in (task_state, cancel, update):
            with pytest.raises(MCPError) as refusal:
                await method(session, task_id)
            assert refusal.value.code == INVALID_PARAMS


async def test_the_short_name_of_a_dossier_is_no_task() -> None:
    async with following(SHIP) as hall:
        task = await begin(hall.client, **QUESTION)
        with pytest.raises(MCPError) as refusal:
            await task_state(hall.client.session, task.task_id[-8:])
    assert refusal.value.code == INVALID_PARAMS


async def test_clients_that_do_not_declare_it_wait_for_the_verdict(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        result = await hall.ask(**QUESTION)
    assert verdict_in(result)["status"] == "decided"
    assert len(hall.told) == 4


async def test_in_the_older_era_declaring_it_changes_nothing() -> None:
    async with meeting("legacy", SHIP, extensions=[advertise(TASKS)]) as hall:
        result = await hall.ask(**QUESTION)
        with pytest.raises(MCPError) as refusal:
            await task_state(hall.client.session, verdict_in(result)["dossier_id"])
    assert verdict_in(result)["status"] == "decided"
    assert refusal.value.code == METHOD_NOT_FOUND


async def test_tasks_are_refused_to_clients_that_do_not_declare_the_extension() -> None:
    async with meeting("auto", SHIP) as hall:
        result = await hall.ask(**QUESTION)
        for method in (task_state, cancel, update):
            with pytest.raises(MCPError) as refusal:
                await method(hall.client.session, verdict_in(result)["dossier_id"])
            assert refusal.value.code == MISSING_CAPABILITY
            assert refusal.value.data == {"requiredCapabilities": {"extensions": {TASKS: {}}}}


async def test_notices_of_tasks_are_refused_to_clients_that_do_not_declare_the_extension() -> None:
    async with meeting("auto", SHIP) as hall:
        with pytest.raises(MCPError) as refusal:
            await listen_to_tasks(hall.client.session)
    assert refusal.value.code == MISSING_CAPABILITY


async def test_to_others_none_are_promised() -> None:
    async with server_process("auto", "ship") as server:
        wanted = {"taskIds": ["any"], "resourcesListChanged": True}
        server.send("subscriptions/listen", {"notifications": wanted, "_meta": DECLARED})
        acknowledged = await anext(server.messages())
    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    assert acknowledged["params"]["notifications"] == {"resourcesListChanged": True}


async def test_a_task_that_another_process_drives_is_stopped_from_here(tmp_path: Path) -> None:
    here, there = [
        await SqliteJournal.open(tmp_path / "dossiers.sqlite3", SystemClock()) for _ in range(2)
    ]
    slow = PatientSeat([])
    async with following(SHIP | {"casper": slow}, journal=there) as driving:
        task = await begin(driving.client, **QUESTION)
        await answers(driving, task.task_id, 2)
        async with following(SHIP, journal=here) as other:
            assert (await task_state(other.client.session, task.task_id)).status == "working"
            await cancel(other.client.session, task.task_id)
            stopped = await task_state(other.client.session, task.task_id)
        obeyed = await the_end(driving, task.task_id)
        dossier = await driving.council.dossier(task.task_id)
        assert driving.council.chamber.in_session == 0
    assert stopped.status == obeyed.status == "cancelled"
    assert [response.seat for response in dossier.responses] == ["melchior", "balthasar"]


# --- whoever follows a task need not wait for it (semantics R9) ---------------------------------


ARGUED: dict[str, Any] = {"protocol": "critique", "limits": Limits(max_rounds=1)}
"""What takes a second round wherever the first one is split."""


def split_with(slow: PatientSeat) -> dict[str, Any]:
    return {"melchior": [ballot("yes"), ballot("yes")], "balthasar": slow}


async def test_a_task_goes_on_though_nobody_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magi_mcp.runtime.sitting.FORSAKEN_AFTER_S", 0)
    slow = PatientSeat([ballot("no"), ballot("no")])
    async with following(split_with(slow), **ARGUED) as hall:
        task = await begin(hall.client, **QUESTION)
        await _wait_and_leave(hall, task.task_id)
        slow.may_answer.set()
        ended = await the_end(hall, task.task_id)
    assert ended.status == "completed", "the second round was not refused"


@pytest.mark.parametrize("asked_about", [True, False])
async def test_what_was_told_to_work_as_a_task_goes_on_though_the_call_was_lost(
    monkeypatch: pytest.MonkeyPatch, asked_about: bool
) -> None:
    monkeypatch.setattr("magi_mcp.runtime.sitting.FORSAKEN_AFTER_S", 0)
    slow = PatientSeat([ballot("no"), ballot("no")])
    async with following(split_with(slow), **ARGUED) as hall:
        hearing = await hall.council.put(Request(**QUESTION))
        await _wait_and_leave(hall, hearing.dossier_id)
        if asked_about:
            state = await task_state(hall.client.session, hearing.dossier_id)
            assert state.status == "working"
        slow.may_answer.set()
        ended = await the_end(hall, hearing.dossier_id)
    assert ended.status == ("completed" if asked_about else "failed")


async def _wait_and_leave(hall: Meeting, dossier_id: str) -> None:
    """Wait for a verdict as a call does that is lost."""
    hearing = await hall.council.hearing(dossier_id)
    with hearing.attended():
        await answers(hall, dossier_id, 1)


DECLARED: dict[str, Any] = {
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {TASKS: {}}},
}
"""What each request of a client that follows tasks carries."""


async def ask_process(server: ServerProcess, method: str, **params: object) -> dict[str, Any]:
    """One request of a client that follows tasks; its answer."""
    server.send(method, {**params, "_meta": DECLARED})
    return await server.answer()


async def test_a_task_is_found_by_later_processes_with_the_same_result(tmp_path: Path) -> None:
    store = str(tmp_path / "dossiers.sqlite3")
    async with server_process("auto", "ship", "--store", store) as first:
        created = await ask_process(first, "tools/call", name="deliberate", arguments=QUESTION)
        task_id = created["result"]["taskId"]
        ended = await _until_over(first, task_id)
        first.hang_up()
        code, stderr = await first.end()
    async with server_process("auto", "ship", "--store", store) as second:
        found = await ask_process(second, "tasks/get", taskId=task_id)
    assert created["result"]["resultType"] == "task"
    assert (code, stderr) == (0, "")
    assert ended["status"] == "completed"
    assert ended["result"]["structuredContent"]["ruling"] == "yes"
    assert found["result"] == ended


async def test_a_task_whose_process_ended_is_found_failed(tmp_path: Path) -> None:
    store = str(tmp_path / "dossiers.sqlite3")
    async with server_process("auto", "stuck", "--store", store) as first:
        created = await ask_process(first, "tools/call", name="deliberate", arguments=QUESTION)
        task_id = created["result"]["taskId"]
        first.hang_up()
        await first.end()
    async with server_process("auto", "ship", "--store", store) as second:
        found = await ask_process(second, "tasks/get", taskId=task_id)
    assert found["result"]["status"] == "failed"
    assert found["result"]["error"]["message"].startswith("INTERRUPTED")


async def _until_over(server: ServerProcess, task_id: str) -> dict[str, Any]:
    """Ask until the task is over; the process's own patience ends a wait in vain."""
    for _ in range(100 * PATIENCE_S):
        answer = await ask_process(server, "tasks/get", taskId=task_id)
        state: dict[str, Any] = answer["result"]
        if state["status"] in OVER:
            return state
    raise AssertionError(f"{task_id} is not over")
