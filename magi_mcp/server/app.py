"""Server: puts tools and resources on an MCP server, and keeps its lifespan.

One server serves both protocol eras. It opens a council for as long as it runs, and knows
nothing of how a council is made.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio
from mcp.server import MCPServer, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.mcpserver.resources import FunctionResource
from mcp_types import Resource

from magi_mcp.logs import logger
from magi_mcp.server import resources
from magi_mcp.server.tasks import DossierTasks, guard_listening
from magi_mcp.server.tools import OPENING, council_tools
from magi_mcp.service import Council

OpenCouncil = Callable[[], AbstractAsyncContextManager[Council]]
"""Opens a council in office; its deliberations end with the block."""

DESCRIPTION = "Puts a hard question to a council of language models; keeps ruling and dissent."
INSTRUCTIONS = (
    "A council of language models for questions on which informed people differ. `deliberate` "
    "puts one and returns ruling and minority report; `get_dossier` reads it again. Give the "
    "user the ruling together with the split and the dissent."
)

_AFTER_GREETING_S = 0.05
"""An answer is written only after the middleware has returned; loading would delay it."""


class CouncilServer(MCPServer[Council]):
    """An MCP server whose resources are the dossiers of its council.

    ``council`` is None outside the lifespan.
    """

    council: Council | None = None

    async def list_resources(self) -> list[Resource]:
        """The index, then the newest dossiers."""
        fixed = await super().list_resources()
        return fixed if self.council is None else fixed + await resources.listed(self.council)


def build_server(open_council: OpenCouncil) -> CouncilServer:
    """A server for the council that ``open_council`` opens, once for each run of the server."""
    greeting = _Greeting()

    @asynccontextmanager
    async def lifespan(_: MCPServer[Council]) -> AsyncIterator[Council]:
        async with open_council() as council, anyio.create_task_group() as tasks:
            for warning in council.bylaws.warnings:
                logger(__name__).warning(warning)
            greeting.given = anyio.Event()
            tasks.start_soon(load_ahead, council, greeting.given)
            server.council = council
            try:
                yield council
            finally:
                server.council = None
                tasks.cancel_scope.cancel()

    server = CouncilServer(
        "magi-mcp",
        title="Magi",
        description=DESCRIPTION,
        instructions=INSTRUCTIONS,
        version=version("magi-mcp"),
        lifespan=lifespan,
        tools=council_tools(),
        extensions=[DossierTasks(OPENING)],
        middleware=[greeting.note, guard_listening],
    )
    _add_resources(server)
    return server


class _Greeting:
    """Whether a client has had its first answer in this run of the server."""

    def __init__(self) -> None:
        self.given: anyio.Event | None = None

    async def note(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        answer = await call_next(ctx)
        if self.given is not None:
            self.given.set()
        return answer


async def load_ahead(council: Council, greeted: anyio.Event) -> None:
    """Load the models' library before the first question, but after the first answer.

    A council of whom nobody is a model loads nothing.
    """
    if not council.expects_models:
        return
    await greeted.wait()
    await anyio.sleep(_AFTER_GREETING_S)
    try:
        await council.models.load()
    except Exception:
        # Each seat says so again in its reply; the dossiers can be read all the same.
        log = logger(__name__)
        log.exception("the models' library cannot be loaded")


def _add_resources(server: CouncilServer) -> None:
    async def index() -> str:
        assert server.council is not None, "resources are read while the lifespan is open"
        return await resources.index(server.council)

    server.add_resource(
        FunctionResource(
            uri=resources.INDEX,
            name="dossiers",
            title="Dossiers",
            description="The newest deliberations.",
            mime_type="text/markdown",
            fn=index,
        )
    )
    server.resource(
        resources.REPORT,
        name="dossier",
        title="Dossier",
        description="Ruling, minority report and every seat's stance, round by round.",
        mime_type="text/markdown",
    )(resources.report)
    server.resource(
        resources.VERDICT,
        name="verdict",
        title="Verdict",
        description="The result of a deliberation, with nothing left out.",
        mime_type="application/json",
    )(resources.verdict)
