"""Server: puts tools and resources on an MCP server, and keeps its lifespan.

One server serves both protocol eras. It opens a council for as long as it runs, and knows
nothing of how a council is made.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import anyio
from mcp import MCPError
from mcp.server import MCPServer, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware
from mcp.server.mcpserver import Context
from mcp.server.request_state import RequestStateSecurity
from mcp_types import (
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    GetPromptResult,
    InputRequiredResult,
    Resource,
)

from magi_mcp.core.errors import unknown_name
from magi_mcp.core.viewers import KEEPER, Viewer
from magi_mcp.logs import logger
from magi_mcp.server import resources
from magi_mcp.server.completion import Reference, completed
from magi_mcp.server.guides import check_arguments, council_prompts
from magi_mcp.server.library import CACHE_HINTS, add_pages
from magi_mcp.server.notices import Notices
from magi_mcp.server.opening import OPENING
from magi_mcp.server.tasks import DossierTasks, guard_listening
from magi_mcp.server.tools import council_tools
from magi_mcp.service import Council

OpenCouncil = Callable[[], AbstractAsyncContextManager[Council]]
"""Opens a council in office; its deliberations end with the block."""

Complete = Callable[
    [Reference, CompletionArgument, CompletionContext | None], Awaitable[Completion]
]

DESCRIPTION = "Puts a hard question to a council of language models; keeps ruling and dissent."
INSTRUCTIONS = (
    "A council of language models for questions on which informed people differ. `deliberate` "
    "puts one and returns ruling and minority report; `get_dossier` reads it again, "
    "`search_dossiers` finds earlier ones: look there before asking anew. Give the user the "
    "ruling together with the split and the dissent."
)

_AFTER_GREETING_S = 0.05
"""An answer is written only after the middleware has returned; loading would delay it."""


class CouncilServer(MCPServer[Council]):
    """An MCP server whose resources are the dossiers of its council.

    ``opened`` is the whole council, None outside the lifespan; ``viewer`` tells who is served.
    """

    opened: Council | None = None
    viewer: Callable[[], Viewer]

    @property
    def council(self) -> Council | None:
        """The council as whoever is served now sees it; None outside the lifespan."""
        return None if self.opened is None else self.opened.seen_by(self.viewer())

    async def list_resources(self) -> list[Resource]:
        """The index, then the newest dossiers."""
        fixed = await super().list_resources()
        return fixed if self.council is None else fixed + await resources.listed(self.council)

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Council, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """A prompt filled in; one that is unknown, or given what it cannot take, is refused."""
        prompts = {prompt.name: prompt for prompt in council_prompts()}
        if name not in prompts:
            raise MCPError(INVALID_PARAMS, str(unknown_name("prompt", name, prompts)))
        check_arguments(prompts[name], arguments or {})
        return await super().get_prompt(name, arguments, context)

    def council_in_office(self) -> Council:
        """The council, for what is only reached while the lifespan is open."""
        assert self.council is not None, "requests are served while the lifespan is open"
        return self.council


def build_server(
    open_council: OpenCouncil,
    *,
    viewer: Callable[[], Viewer] = lambda: KEEPER,
    middleware: Sequence[ServerMiddleware[Any]] = (),
    state_key: bytes | None = None,
) -> CouncilServer:
    """A server for the council that ``open_council`` opens, once for each run of the server.

    ``viewer`` tells for each request who makes it. ``middleware`` stands around every request.
    Servers that share a ``state_key`` understand the request states that they hand out; with
    None each run has a key of its own.
    """
    greeting, notices = _Greeting(), Notices(viewer)

    async def as_seen(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        # Whatever handles a request is given no more than the viewer's council, so that no tool
        # and no resource can forget to ask who is looking.
        return await call_next(replace(ctx, lifespan_context=server.council))

    @asynccontextmanager
    async def lifespan(_: MCPServer[Council]) -> AsyncIterator[Council]:
        async with open_council() as council, anyio.create_task_group() as tasks:
            for warning in council.bylaws.warnings:
                logger(__name__).warning(warning)
            greeting.given = anyio.Event()
            tasks.start_soon(load_ahead, council, greeting.given)
            tasks.start_soon(notices.deliver, council)
            server.opened = council
            try:
                yield council
            finally:
                server.opened = None
                tasks.cancel_scope.cancel()

    around = (as_seen, greeting.note, refuse_cursors, guard_listening, notices.middleware)
    server = CouncilServer(
        "magi-mcp",
        title="Magi",
        description=DESCRIPTION,
        instructions=INSTRUCTIONS,
        version=version("magi-mcp"),
        lifespan=lifespan,
        tools=council_tools(),
        extensions=[DossierTasks(OPENING)],
        middleware=[*middleware, *around],
        subscriptions=notices.bus,
        cache_hints=CACHE_HINTS,
        request_state_security=RequestStateSecurity(keys=[state_key]) if state_key else None,
    )
    server.viewer = viewer
    _furnish(server)
    return server


def _furnish(server: CouncilServer) -> None:
    """Put on the server what is read and filled in: pages, prompts, completions."""
    for prompt in council_prompts():
        server.add_prompt(prompt)
    add_pages(server, server.council_in_office)

    async def complete(
        ref: Reference, argument: CompletionArgument, context: CompletionContext | None
    ) -> Completion:
        return await completed(server.council_in_office(), ref, argument, context)

    completion: Callable[[], Callable[[Complete], Complete]] = server.completion
    completion()(complete)


LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")


async def refuse_cursors(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse the pages that nobody named: each list has one, and so every cursor is made up."""
    match ctx.params:
        case {"cursor": str()} if ctx.method in LISTS:
            raise MCPError(INVALID_PARAMS, f"cursor: {ctx.method} has one page; leave it out.")
    return await call_next(ctx)


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
    await greeted.wait()
    await anyio.sleep(_AFTER_GREETING_S)
    if not council.expects_models:
        return
    try:
        await council.models.load()
    except Exception:
        # Each seat says so again in its reply; the dossiers can be read all the same.
        log = logger(__name__)
        log.exception("the models' library cannot be loaded")
