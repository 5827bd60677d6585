"""Server: tells clients what has changed, in the way of their era.

Clients of 2026-07-28 keep a stream open (``subscriptions/listen``) and are served by the SDK
from a bus. Those of the handshake era are written to on their connection, where it has a way
back: on stdio, and not over HTTP without sessions. A notice says that something is to be read
again, so of several about one thing only one is kept for a client that is slow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import anyio
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated, ServerEvent
from mcp_types import INVALID_PARAMS
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from magi_mcp.core.case import AnyCase
from magi_mcp.core.errors import CallerError
from magi_mcp.core.events import (
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Entry,
    OutcomeRecorded,
    VerdictReached,
)
from magi_mcp.core.viewers import Viewer
from magi_mcp.server.addresses import FIXED, INDEX, addresses_of, dossier_named_in
from magi_mcp.service import Council

Request = ServerRequestContext[Any, Any]

_UNHEARD_OF = (
    "nothing is ever told of this address; subscribe to a dossier by its id or the last 8 "
    f"characters of it, or to {INDEX}"
)


class ViewersBus:
    """The SDK's bus for listeners who do not see the same: each hears of its own dossiers.

    ``viewer`` tells who makes the request that is served now; that one listens.
    """

    def __init__(self, viewer: Callable[[], Viewer]) -> None:
        self._viewer = viewer
        self._open: dict[object, tuple[Viewer, InMemorySubscriptionBus]] = {}

    @property
    def has_listeners(self) -> bool:
        return bool(self._open)

    async def publish(self, event: ServerEvent) -> None:
        """Tell every listener of what is no dossier's."""
        for _, bus in [*self._open.values()]:
            await bus.publish(event)

    async def publish_of(self, principal: str | None, event: ServerEvent) -> None:
        """Tell those listeners who may know of this principal's dossiers."""
        for viewer, bus in [*self._open.values()]:
            if viewer.sees(principal):
                await bus.publish(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Register ``listener``; what is returned undoes it, and may be called twice."""
        key, bus = object(), InMemorySubscriptionBus()
        bus.subscribe(listener)
        self._open[key] = self._viewer(), bus
        return lambda: self._open.pop(key, None) and None


@dataclass
class _Connection:
    """A client of the handshake era, who that is, and the addresses it wants to hear of."""

    session: ServerSession
    viewer: Viewer
    subscribed: set[str] = field(default_factory=set)

    async def tell(self, notice: ServerEvent) -> None:
        match notice:
            case ResourcesListChanged():
                await self.session.send_resource_list_changed()
            case ResourceUpdated(uri=uri) if uri in self.subscribed:
                await self.session.send_resource_updated(uri)
            case _:
                return


class Notices:
    """What has changed and was not told yet; as a middleware it learns who wants to know.

    ``viewer`` tells who makes the request that is served now: nobody hears of the dossiers of
    others. ``bus`` is what the server's listening clients are served from.
    """

    def __init__(self, viewer: Callable[[], Viewer]) -> None:
        self.bus = ViewersBus(viewer)
        self._viewer = viewer
        self._connection: _Connection | None = None
        self._pending: dict[tuple[str | None, ServerEvent], None] = {}
        self._news = anyio.Event()

    async def deliver(self, council: Council) -> None:
        """Tell of every change to the dossiers of a council, until cancelled."""
        self._news = anyio.Event()
        stop = council.chamber.news.listen(self._heard)
        try:
            while True:
                await self._news.wait()
                self._news = anyio.Event()
                while self._pending:
                    principal, notice = key = next(iter(self._pending))
                    del self._pending[key]
                    await self.bus.publish_of(principal, notice)
                    if self._connection is not None and self._connection.viewer.sees(principal):
                        await self._connection.tell(notice)
        finally:
            stop()
            self._pending.clear()
            self._connection = None

    def _heard(self, case: AnyCase, entry: Entry) -> None:
        if self.bus.has_listeners or self._connection is not None:
            notices = notices_of(case.dossier_id, entry)
            self._pending.update(dict.fromkeys((case.principal, each) for each in notices))
            self._news.set()

    async def middleware(self, ctx: Request, call_next: CallNext) -> HandlerResult:
        """Stands around every request; takes subscriptions, and passes on all else."""
        if ctx.request_id is None:  # a notification: nobody would hear what is wrong with it
            return await call_next(ctx)
        if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
            if ctx.method == "subscriptions/listen":
                return await call_next(await _existing_only(ctx))
            return await call_next(ctx)
        if ctx.request is not None:  # HTTP without sessions: there is no way back
            return await call_next(ctx)
        match ctx.method:
            case "initialize":
                answer = await call_next(ctx)
                self._connection = _Connection(ctx.session, self._viewer())
                return _with_notices(answer)
            case "resources/subscribe":
                self._subscribed.add(await _existing(_uri(ctx), ctx.lifespan_context))
                return {}
            case "resources/unsubscribe":
                self._subscribed.discard(_uri(ctx))
                return {}
            case _:
                return await call_next(ctx)

    @property
    def _subscribed(self) -> set[str]:
        if self._connection is None:
            raise MCPError(INVALID_PARAMS, "initialize the connection before subscribing")
        return self._connection.subscribed


def notices_of(dossier_id: str, entry: Entry) -> list[ServerEvent]:
    """What clients are told of an entry: which addresses now show something else."""
    updated: list[ServerEvent] = [ResourceUpdated(uri) for uri in addresses_of(dossier_id)]
    match entry.event:
        case CaseOpened():
            return [ResourcesListChanged(), ResourceUpdated(INDEX), *updated]
        case VerdictReached() | CouncilFailed() | Cancelled() | OutcomeRecorded():
            return [ResourceUpdated(INDEX), *updated]
        case _:
            return updated


def _with_notices(answer: HandlerResult) -> HandlerResult:
    """The server's introduction, saying that it tells of changes."""
    assert isinstance(answer, dict), "the SDK hands results on as they go out"
    capabilities = answer["capabilities"]
    resources = {**capabilities["resources"], "subscribe": True, "listChanged": True}
    return {**answer, "capabilities": {**capabilities, "resources": resources}}


def _uri(ctx: Request) -> str:
    uri = (ctx.params or {}).get("uri")
    if not isinstance(uri, str):
        raise MCPError(INVALID_PARAMS, "uri is required: the address of a resource")
    return uri


async def _existing(uri: str, council: Council) -> str:
    """``uri``, if something can be heard of it. Raises ``MCPError``."""
    if uri in FIXED or uri in await _addresses_beside(uri, council):
        return uri
    raise MCPError(INVALID_PARAMS, _UNHEARD_OF, {"uri": uri})


async def _addresses_beside(uri: str, council: Council) -> list[str]:
    """The addresses of the dossier that an address names; none where it names none."""
    name = dossier_named_in(uri)
    try:
        return [] if name is None else addresses_of((await council.dossier(name)).dossier_id)
    except CallerError:  # there is no such dossier, or none that this client may know of
        return []


async def _existing_only(ctx: Request) -> Request:
    """The request to listen without the addresses of which nothing can be heard.

    The SDK's answer names what is left; a stranger's dossier is left out like one there is not.
    """
    params = ctx.params or {}
    match params:
        case {"notifications": {"resourceSubscriptions": list(wanted)} as notifications}:
            kept = [uri for uri in wanted if await _is_there(uri, ctx.lifespan_context)]
            left = {**cast(Mapping[str, Any], notifications), "resourceSubscriptions": kept}
            return replace(ctx, params={**params, "notifications": left})
        case _:
            return ctx


async def _is_there(uri: object, council: Council) -> bool:
    try:
        return isinstance(uri, str) and bool(await _existing(uri, council))
    except MCPError:
        return False
