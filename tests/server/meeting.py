"""A client in front of a server whose council is scripted, both in this process."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import anyio
from mcp import Client
from mcp.client import ClientExtension
from mcp.client.session import ListRootsFnT
from mcp_types import CallToolResult, ResourceLink, TextContent, TextResourceContents

from magi_mcp.convening import Bylaws
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits
from magi_mcp.core.replies import Reply
from magi_mcp.ports import JournalPort, SeatPort
from magi_mcp.seats.scripted import Script, ScriptedSeat
from magi_mcp.server.app import build_server
from magi_mcp.service import Council
from tests.support.councils import ballot, scripted_council

Era = Literal["auto", "legacy"]
ERAS: tuple[Era, ...] = get_args(Era)

SHIP: dict[str, Script] = {
    "melchior": [ballot("yes", "The migration is additive.")],
    "balthasar": [ballot("yes", "Waiting costs the launch.")],
    "casper": [ballot("no", "Rollback covers code, not rows.")],
}
"""Two for it, one against: a verdict with a minority report."""

SPLIT: dict[str, Script] = {
    "melchior": [ballot("yes"), ballot("yes")],
    "balthasar": [ballot("no"), ballot("no")],
}
"""A tie that one round of critique does not resolve."""


@dataclass
class Meeting:
    """The client, the council behind the server, and what progress has told so far."""

    client: Client
    council: Council
    told: list[tuple[float, float | None, str | None]] = field(default_factory=list)

    async def ask(self, **arguments: object) -> CallToolResult:
        """Call ``deliberate``."""
        return await self.call("deliberate", arguments)

    async def look_up(self, **arguments: object) -> CallToolResult:
        """Call ``get_dossier``."""
        return await self.call("get_dossier", arguments)

    async def call(self, tool: str, arguments: Mapping[str, object]) -> CallToolResult:
        """Call a tool, keeping its progress in ``told``."""
        result = await self.client.call_tool(tool, dict(arguments), progress_callback=self._keep)
        assert isinstance(result, CallToolResult)
        return result

    async def read(self, uri: str) -> TextResourceContents:
        """The only content of a resource."""
        [content] = (await self.client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        return content

    async def _keep(self, progress: float, total: float | None, message: str | None) -> None:
        self.told.append((progress, total, message))


class PatientSeat:
    """Answers when it is told to, with the next line of its script.

    ``asked`` is set by the first ask.
    """

    def __init__(self, script: Script) -> None:
        self.asked = anyio.Event()
        self.may_answer = anyio.Event()
        self._script = ScriptedSeat(script)

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        self.asked.set()
        await self.may_answer.wait()
        return await self._script.ask(ask, deadline_s)


@asynccontextmanager
async def meeting(
    era: Era,
    scripts: Mapping[str, Script | SeatPort],
    *,
    change: Callable[[Council], Council] = lambda council: council,
    journal: JournalPort | None = None,
    limits: Limits | None = None,
    protocol: str = "vote",
    extensions: Sequence[ClientExtension] = (),
    roots: ListRootsFnT | None = None,
) -> AsyncIterator[Meeting]:
    """A client of the given era; ``change`` alters the council before it is served.

    With ``roots`` it declares that it has some, and tells them so.
    """
    opened: list[Council] = []

    @asynccontextmanager
    async def open_council() -> AsyncIterator[Council]:
        async with scripted_council(
            scripts, journal=journal, limits=limits, protocol=protocol
        ) as council:
            opened.append(change(council))
            yield opened[0]

    async with Client(
        build_server(open_council), mode=era, extensions=extensions, list_roots_callback=roots
    ) as client:
        yield Meeting(client, opened[0])


def with_bylaws(change: Callable[[Bylaws], Bylaws]) -> Callable[[Council], Council]:
    """A change of the council that is one of its bylaws."""
    return lambda council: replace(council, bylaws=change(council.bylaws))


def text_of(result: CallToolResult) -> str:
    """The text that a model reads."""
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


def link_of(result: CallToolResult) -> ResourceLink:
    """The link that follows the text."""
    _, link = result.content
    assert isinstance(link, ResourceLink)
    return link


def verdict_in(result: CallToolResult) -> dict[str, Any]:
    """The object that a program reads."""
    verdict: dict[str, Any] | None = result.structured_content
    assert verdict is not None
    return verdict
