"""A server with the tools that the conformance suite's scenarios for tasks call by name.

``python -m tests.clients.task_fixtures`` serves on a free port of loopback and tells its
address on stderr. Each tool puts a case to a council, so that what is tried is the server's
own tasks: `slow_compute` waits for a slow seat, in `failing_job` no seat answers,
`protocol_error_job` breaks the deliberation off.
"""

import re
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult

from magi_mcp.convening import Request
from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Failed, Reply
from magi_mcp.logs import configure_logs
from magi_mcp.seats.scripted import ScriptedSeat
from magi_mcp.server.arguments import Ctx
from magi_mcp.server.clients import follows_tasks
from magi_mcp.server.reading import summary_of
from magi_mcp.server.tasks import DossierTasks
from magi_mcp.server.waiting import DEFAULT_WAIT_S, attend
from magi_mcp.service import Council
from tests.support.councils import ballot, scripted_council


class FixtureSeat:
    """Does what the question says: waits, fails, or breaks."""

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        if "break off" in ask.prompt:
            raise RuntimeError("the fixture breaks off, as it was told")
        if "fail" in ask.prompt:
            return Failed(failure="server", detail="the fixture fails, as it was told")
        if waits := re.search(r"wait (\d+) s", ask.prompt):
            await anyio.sleep(int(waits[1]))
        return await ScriptedSeat([ballot("yes")]).ask(ask, deadline_s)


async def slow_compute(seconds: int, label: str, ctx: Ctx) -> CallToolResult:
    return await _deliberate(f"{label}: wait {seconds} s?", ctx)


async def failing_job(ctx: Ctx) -> CallToolResult:
    return await _deliberate("Will you fail?", ctx)


async def protocol_error_job(ctx: Ctx) -> CallToolResult:
    return await _deliberate("Will you break off?", ctx)


async def greet(name: str) -> str:
    return f"Hello, {name}!"


async def _deliberate(question: str, ctx: Ctx) -> CallToolResult:
    council = ctx.request_context.lifespan_context
    # Every call is a job of its own, whatever was asked before.
    hearing = await council.put(Request(question=question, method="yes_no", fresh=True))
    if follows_tasks(ctx.session):
        await hearing.promise()
    else:
        await attend(hearing, ctx, anyio.current_time() + DEFAULT_WAIT_S)
    return summary_of(hearing.dossier, council.clock.now())


def fixture_server() -> MCPServer[Council]:
    """The tools above, with the tasks of the server under test."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[Council]) -> AsyncIterator[Council]:
        async with scripted_council({"melchior": FixtureSeat()}) as council:
            yield council

    tools: list[Callable[..., Any]] = [slow_compute, failing_job, protocol_error_job]
    return MCPServer(
        "fixtures",
        lifespan=lifespan,
        tools=[Tool.from_function(tool) for tool in (greet, *tools)],
        extensions=[DossierTasks({tool.__name__ for tool in tools})],
    )


async def serve(server: MCPServer[Council]) -> None:
    """Serve on a free port of loopback and tell the address, until a signal asks to end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
        app = server.streamable_http_app(stateless_http=True)
        await uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve([listening])


if __name__ == "__main__":
    configure_logs()
    anyio.run(serve, fixture_server())
