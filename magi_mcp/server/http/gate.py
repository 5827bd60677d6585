"""HTTP: the gate before MCP. Lets a request in, or refuses it with the status that says why.

In this order, so that nothing is read of a request that is refused anyway: from where it comes
(421, 403), whether the server is ending (503), who asks (401, 403), how much that one asks at
once (429), how long and how slow the request is (413, 408), and whether that one may do what it
asks for (403).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import MCPError
from mcp.server import ServerRequestContext
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from mcp_types import INVALID_REQUEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Connection

from magi_mcp.server.http import refusals, scopes
from magi_mcp.server.http.departure import Departure
from magi_mcp.server.http.scopes import Scope

BODY_PATIENCE_S = 30.0
"""How long a request may take to arrive."""

_RETRY_BUSY_S = 1
_RETRY_ENDING_S = 5


@dataclass(frozen=True)
class Rules:
    """What the gate holds callers to.

    ``path`` is what it guards. ``authentication`` says whether a token is needed, and
    ``metadata_url`` where a client learns how to get one. ``reading`` names the tools that only
    read; of these sizes one body may have so many bytes, one principal so many requests.
    """

    path: str
    security: TransportSecuritySettings
    authentication: bool
    metadata_url: str | None
    reading: Collection[str]
    max_body_bytes: int
    requests_at_once: int


class Gate:
    """ASGI middleware around an MCP application, inside of what finds out who calls."""

    def __init__(self, app: ASGIApp, rules: Rules, departure: Departure) -> None:
        self._app = app
        self._rules = rules
        self._departure = departure
        self._security = TransportSecurityMiddleware(rules.security)
        self._inside: Counter[str | None] = Counter()

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._rules.path:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        refused = await self._security.validate_request(request) or self._unwelcome(request)
        if refused is not None:
            await refused(scope, receive, send)
            return
        caller = _caller(request)
        principal = None if caller is None else caller.access_token.client_id
        if self._inside[principal] >= self._rules.requests_at_once:
            busy = f"{self._inside[principal]} of your requests are being served, the most allowed"
            await refusals.refusal(429, busy, retry_after_s=_RETRY_BUSY_S)(scope, receive, send)
            return
        with self._counted(principal):
            await self._admit(caller, request, send)

    def _unwelcome(self, request: Request) -> Response | None:
        """What to say to a request of which nothing need be read to refuse it."""
        rules = self._rules
        if {"content-length", "transfer-encoding"} <= {*request.headers}:
            return refusals.two_ends()
        if self._departure.begun:
            return refusals.refusal(503, "this server is ending", retry_after_s=_RETRY_ENDING_S)
        if not rules.authentication:
            return None
        caller = _caller(request)
        if caller is None:
            tried = "authorization" in request.headers
            offered = (scopes.READ, scopes.DELIBERATE)
            return refusals.unauthenticated(rules.metadata_url, offered, tried=tried)
        if scopes.READ not in caller.scopes:
            return refusals.forbidden(rules.metadata_url, scopes.READ)
        return None

    async def _admit(self, caller: AuthenticatedUser | None, request: Request, send: Send) -> None:
        """Read a request that may be read, and serve it if it may be served."""
        scope, receive = request.scope, request.receive
        body: bytes | Response | None = refusals.refusal(408, "the request took too long to arrive")
        with anyio.move_on_after(BODY_PATIENCE_S):
            body = await self._body(request)
        if body is None:
            return  # the client left while it was still sending
        if isinstance(body, Response):
            await body(scope, receive, send)
            return
        missing = self._missing(caller, body)
        if missing is not None:
            await refusals.forbidden(self._rules.metadata_url, missing)(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)

    async def _body(self, request: Request) -> bytes | Response | None:
        """The body; a refusal if it is too long, None if the client left."""
        most = self._rules.max_body_bytes
        too_long = refusals.refusal(413, f"the request has more than {most} bytes, the most it may")
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > most:
            return too_long
        body = bytearray()
        while True:
            message = await request.receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if len(body) > most:
                return too_long
            if not message.get("more_body", False):
                return bytes(body)

    def _missing(self, caller: AuthenticatedUser | None, body: bytes) -> Scope | None:
        """The scope that a caller lacks for what a body asks.

        A body that is no JSON-RPC request is let through: MCP refuses it in its own words. What
        MCP makes of it is judged once more by :func:`only_permitted`.
        """
        if caller is None:
            return None
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return None
        match asked:
            case {"method": str(method), "params": dict(params)}:
                wanted = scopes.needed(method, params, self._rules.reading)
            case {"method": str(method)}:
                wanted = scopes.needed(method, None, self._rules.reading)
            case _:
                return None
        return None if wanted in caller.scopes else wanted

    @contextmanager
    def _counted(self, principal: str | None) -> Iterator[None]:
        self._inside[principal] += 1
        try:
            yield
        finally:
            self._inside[principal] -= 1
            if not self._inside[principal]:
                del self._inside[principal]


def only_permitted(reading: Collection[str]) -> ServerMiddleware[Any]:
    """MCP middleware that refuses what the caller's scopes do not allow.

    The gate has looked already, and answers with the right status; but it reads the request by
    itself, and two readers of one text may differ. This one judges what will really be done.
    """

    async def check(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        caller = _caller(ctx.request) if isinstance(ctx.request, Request) else None
        if caller is not None:
            wanted = scopes.needed(ctx.method, ctx.params, reading)
            if wanted not in caller.scopes:
                raise MCPError(INVALID_REQUEST, f"the access token lacks the scope {wanted}")
        return await call_next(ctx)

    return check


def _caller(request: Request) -> AuthenticatedUser | None:
    user = request.scope.get("user")
    return user if isinstance(user, AuthenticatedUser) else None


def _again(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives a body that was read already, then whatever follows."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
