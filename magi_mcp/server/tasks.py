"""Server: the tasks extension. A deliberation as a task, for clients that declare it.

A task is a dossier and has its id, so it outlives the call, the connection and the process:
whatever is asked about it is answered from the council's dossiers, and nothing is kept here.
Rules and names are those of the extension's specification of 2026-07-28.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, assert_never

from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.extension import Extension, MethodBinding
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp_types import (
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolRequestParams,
    CallToolResult,
    RequestParams,
)
from pydantic import JsonValue

from magi_mcp.core.dossier import Dossier
from magi_mcp.core.errors import CallerError, StoreError
from magi_mcp.results import announce, result_of
from magi_mcp.runtime.hearing import Hearing
from magi_mcp.server.clients import TASKS, VERSIONS_WITH_TASKS, follows_tasks
from magi_mcp.server.reading import summary_of
from magi_mcp.service import Council

TaskStatus = Literal["working", "completed", "failed", "cancelled"]
Request = ServerRequestContext[Council, Any]

POLL_INTERVAL_MS = 2000
"""How often a client is advised to ask: replies of models come seconds apart."""


class TaskParams(RequestParams):
    """What ``tasks/get`` and ``tasks/cancel`` take."""

    task_id: str


class UpdateParams(TaskParams):
    """What ``tasks/update`` takes: the client's answers to what it was asked, by their keys."""

    input_responses: dict[str, JsonValue]


class DossierTasks(Extension):
    """Gives running deliberations to clients as tasks; they ask again when they like.

    ``tools`` names those that open a dossier; one that reads a running dossier only says how
    far it has come.
    """

    identifier = TASKS

    def __init__(self, tools: Collection[str]) -> None:
        self._tools = tools

    def methods(self) -> Sequence[MethodBinding]:
        return [
            MethodBinding("tasks/get", TaskParams, _get, VERSIONS_WITH_TASKS),
            MethodBinding("tasks/update", UpdateParams, _update, VERSIONS_WITH_TASKS),
            MethodBinding("tasks/cancel", TaskParams, _cancel, VERSIONS_WITH_TASKS),
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Request, call_next: CallNext
    ) -> HandlerResult:
        """What the tool says, or a task where a deliberation has begun and still runs."""
        said = await call_next(ctx)
        if params.name not in self._tools or not follows_tasks(ctx.session):
            return said
        match said:
            case CallToolResult(structured_content={"status": "running", "dossier_id": str(begun)}):
                hearing = await _hearing(begun, ctx)
                now = ctx.lifespan_context.clock.now()
                return {"resultType": "task"} | task_of(hearing.dossier, now)
            case _:
                return said


async def guard_listening(
    ctx: ServerRequestContext[Any, Any], call_next: CallNext
) -> HandlerResult:
    """Refuse notices of tasks to a client that does not declare them; to others none are promised.

    A middleware, since the SDK leaves out of a subscription what it does not know.
    """
    match ctx.params:
        case {"notifications": {"taskIds": _}} if ctx.method == "subscriptions/listen":
            _check_declared(ctx)
    return await call_next(ctx)


def task_of(dossier: Dossier, now: float) -> dict[str, JsonValue]:
    """A dossier as the extension describes a task, without what came of it.

    The message is the headline of the result: how far the council has come, or what it
    found. Dossiers are kept without a limit, so no task expires.
    """
    status = _status(dossier)
    task: dict[str, JsonValue] = {
        "taskId": dossier.dossier_id,
        "status": status,
        "statusMessage": _told(dossier, now).partition("\n")[0],
        "createdAt": _iso(dossier.opened_at),
        "lastUpdatedAt": _iso(dossier.updated_at),
        "ttlMs": None,
    }
    return task | {"pollIntervalMs": POLL_INTERVAL_MS} if status == "working" else task


def _status(dossier: Dossier) -> TaskStatus:
    match dossier.status:
        case "running":
            return "working"
        case "decided" | "undecided" | "failed" | "awaiting_replies":
            return "completed"  # a council that failed is a result of the tool, not of the protocol
        case "interrupted":
            return "failed"
        case "cancelled":
            return "cancelled"
        case _:
            assert_never(dossier.status)


async def _get(ctx: Request, params: TaskParams) -> HandlerResult:
    """How a task stands. Whoever is told that it works will come back, so it goes on (R9)."""
    hearing = await _named(params, ctx)
    dossier = hearing.dossier
    if dossier.status == "running":
        await hearing.promise()
    now = ctx.lifespan_context.clock.now()
    task = task_of(dossier, now)
    match _status(dossier):
        case "completed":
            result = summary_of(dossier, now, is_error=dossier.status == "failed")
            return task | {"result": result.model_dump(by_alias=True, exclude_none=True)}
        case "failed":
            return task | {"error": {"code": INTERNAL_ERROR, "message": _told(dossier, now)}}
        case "working" | "cancelled":
            return task


async def _update(ctx: Request, params: UpdateParams) -> HandlerResult:
    """Acknowledge. A council asks its client nothing, so every answer is one to ignore."""
    await _named(params, ctx)
    return {}


async def _cancel(ctx: Request, params: TaskParams) -> HandlerResult:
    """Stop the deliberation, whichever process drives it."""
    hearing = await _named(params, ctx)
    try:
        await ctx.lifespan_context.cancel(hearing.dossier_id, by="client")
    except StoreError as fault:
        raise MCPError(INTERNAL_ERROR, str(fault)) from fault
    return {}


async def _named(params: TaskParams, ctx: Request) -> Hearing:
    """A place at the deliberation that a request names, if it may and does name a task."""
    _check_declared(ctx)
    _check_routing(params, ctx)
    return await _hearing(params.task_id, ctx)


def _check_declared(ctx: Request) -> None:
    if not follows_tasks(ctx.session):
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            f"tasks are for clients that declare the extension {TASKS}",
            {"requiredCapabilities": {"extensions": {TASKS: {}}}},
        )


def _check_routing(params: TaskParams, ctx: Request) -> None:
    """Over HTTP a header repeats the task's id; it must not lead to another task."""
    if ctx.request is None:
        return
    header = ctx.request.headers.get(MCP_NAME_HEADER)
    if header is not None and decode_header_value(header) != params.task_id:
        raise MCPError(HEADER_MISMATCH, f"the header {MCP_NAME_HEADER} names another task")


async def _hearing(task_id: str, ctx: Request) -> Hearing:
    """A place at the deliberation whose id this is; other names of dossiers are no ids of tasks.

    One whose seats the caller plays is no task: between two calls nobody works on it.
    """
    try:
        hearing = await ctx.lifespan_context.hearing(task_id)
    except CallerError as unknown:
        raise MCPError(INVALID_PARAMS, _UNKNOWN) from unknown
    except StoreError as fault:
        raise MCPError(INTERNAL_ERROR, str(fault)) from fault
    if hearing.dossier_id != task_id or hearing.dossier.case.is_callers:
        raise MCPError(INVALID_PARAMS, _UNKNOWN)
    return hearing


_UNKNOWN = "taskId names no task; it is the dossier_id of a deliberation, in full."


def _told(dossier: Dossier, now: float) -> str:
    return announce(result_of(dossier, now=now))


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
