"""A client of the tasks extension, on the SDK's own interface for such clients."""

from collections.abc import Sequence
from typing import Any, Literal

from mcp import Client, ClientSession
from mcp.client import ClaimContext, ClientExtension, ResultClaim
from mcp_types import CallToolResult, Request, RequestParams, Result
from pydantic import ConfigDict

from magi_mcp.server.clients import TASKS
from tests.server.wire import PATIENCE_S


class Task(Result):
    """A task as the extension describes it, with what comes of it in each state."""

    task_id: str
    status: Literal["working", "input_required", "completed", "failed", "cancelled"]
    status_message: str
    created_at: str
    last_updated_at: str
    ttl_ms: int | None
    poll_interval_ms: int | None = None
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


class CreatedTask(Task):
    result_type: Literal["task"]


class TaskState(Task):
    result_type: Literal["complete"]


class Acknowledged(Result):
    """An empty result: a key beside these is a mistake."""

    model_config = ConfigDict(extra="forbid")
    result_type: Literal["complete"]


class TaskParams(RequestParams):
    task_id: str
    input_responses: dict[str, Any] | None = None


class TaskRequest(Request[TaskParams, str]):
    name_param = "taskId"


class Following(ClientExtension):
    """Takes tasks for results, and asks for them until they are there."""

    identifier = TASKS

    def claims(self) -> Sequence[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=CreatedTask, resolve=self._follow)]

    async def _follow(self, created: CreatedTask, context: ClaimContext) -> CallToolResult:
        while True:
            task = await task_state(context.session, created.task_id)
            if task.status != "working":
                return CallToolResult.model_validate(task.result)


async def begin(client: Client, **arguments: object) -> CreatedTask:
    """Call ``deliberate``; the task it answers with."""
    created = await client.session.call_tool("deliberate", arguments, allow_claimed=True)
    assert isinstance(created, CreatedTask)
    return created


async def task_state(session: ClientSession, task_id: str) -> TaskState:
    """``tasks/get``."""
    request = TaskRequest(method="tasks/get", params=TaskParams(task_id=task_id))
    return await session.send_request(request, TaskState)


async def cancel(session: ClientSession, task_id: str) -> Acknowledged:
    """``tasks/cancel``."""
    request = TaskRequest(method="tasks/cancel", params=TaskParams(task_id=task_id))
    return await session.send_request(request, Acknowledged)


async def update(session: ClientSession, task_id: str, **responses: object) -> Acknowledged:
    """``tasks/update``."""
    params = TaskParams(task_id=task_id, input_responses=responses)
    return await session.send_request(
        TaskRequest(method="tasks/update", params=params), Acknowledged
    )


class Listening(RequestParams):
    notifications: dict[str, list[str]]


async def listen_to_tasks(session: ClientSession) -> Result:
    """``subscriptions/listen`` for notices of a task."""
    params = Listening(notifications={"taskIds": ["any"]})
    request = Request[Listening, str](method="subscriptions/listen", params=params)
    # A subscription that is granted has no answer for as long as it lasts.
    return await session.send_request(request, Result, request_read_timeout_seconds=PATIENCE_S)
