"""HTTP: the application that is served: MCP behind its gate, and the two probes beside it.

``/healthz`` says that the process is alive, ``/readyz`` whether to send it requests: its store
can be read, and it is not ending. The probes need no token, tell nothing, and are not held to
hosts, since whoever probes a process knows it by its address.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from magi_mcp.core.errors import StoreError
from magi_mcp.identity import SystemClock
from magi_mcp.logs import logger
from magi_mcp.runtime.quota import Quota
from magi_mcp.server.app import OpenCouncil, build_server
from magi_mcp.server.http import refusals, scopes
from magi_mcp.server.http.callers import OwnTokens, Verifiers, viewer_now
from magi_mcp.server.http.departure import Departure
from magi_mcp.server.http.gate import Gate, Rules, only_permitted
from magi_mcp.server.http.oidc import OidcVerifier
from magi_mcp.server.http.plan import PATH, HttpPlan
from magi_mcp.server.http.tokens import TokenFile
from magi_mcp.server.tools import council_tools
from magi_mcp.service import Council

_STORE_PATIENCE_S = 2.0
_RETRY_UNKNOWN_S = 10


def build_site(council: Council, plan: HttpPlan, departure: Departure) -> Starlette:
    """The application that serves a council by a plan, until its departure is complete."""
    reading = frozenset(
        tool.name
        for tool in council_tools()
        if tool.annotations is not None and tool.annotations.read_only_hint
    )
    server = build_server(
        _open(council, plan),
        viewer=viewer_now,
        middleware=[only_permitted(reading)],
        state_key=plan.state_key,
    )
    site = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        transport_security=plan.security,
        max_request_body_size=plan.server.max_body_bytes,
    )
    metadata = _metadata(plan)
    rules = Rules(
        path=PATH,
        security=plan.security,
        authentication=plan.authentication,
        metadata_url=str(build_resource_metadata_url(AnyHttpUrl(plan.url))) if metadata else None,
        reading=reading,
        max_body_bytes=plan.server.max_body_bytes,
        requests_at_once=plan.server.requests_at_once,
    )
    site.router.routes += [*metadata, *_probes(council, departure)]
    site.user_middleware += [
        *_for_browsers(plan),
        *_identification(plan),
        Middleware(Gate, rules=rules, departure=departure),
    ]
    return site


def _open(council: Council, plan: HttpPlan) -> OpenCouncil:
    quota = Quota(plan.server.deliberations_per_hour, council.journal, council.clock)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Council]:
        yield replace(council, quota=quota)

    return opened


def _identification(plan: HttpPlan) -> list[Middleware]:
    """What finds out who calls, and remembers it while the request is served."""
    if not plan.authentication:
        return []
    verifiers = Verifiers(
        OwnTokens(TokenFile(plan.tokens_file), SystemClock()),
        [] if plan.oidc is None else [OidcVerifier(plan.oidc)],
    )
    backend = BearerAuthBackend(verifiers)
    return [
        Middleware(AuthenticationMiddleware, backend=backend, on_error=_cannot_tell),
        Middleware(AuthContextMiddleware),
    ]


def _cannot_tell(_: HTTPConnection, __: Exception) -> Response:
    message = "whether the access token is valid cannot be told just now"
    return refusals.refusal(503, message, retry_after_s=_RETRY_UNKNOWN_S)


def _for_browsers(plan: HttpPlan) -> list[Middleware]:
    """What lets pages of the allowed origins read the answers that they get."""
    if not plan.server.allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=plan.server.allowed_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=["WWW-Authenticate", "Retry-After"],
        )
    ]


def _metadata(plan: HttpPlan) -> list[Route]:
    """Where a client learns which issuer's tokens are taken (RFC 9728)."""
    if not plan.authentication or plan.oidc is None:
        return []
    return create_protected_resource_routes(
        resource_url=AnyHttpUrl(plan.url),
        authorization_servers=[AnyHttpUrl(plan.oidc.issuer)],
        scopes_supported=[*scopes.SCOPES],
        resource_name="magi-mcp",
    )


def _probes(council: Council, departure: Departure) -> list[Route]:
    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(_: Request) -> Response:
        if departure.begun:
            return JSONResponse({"status": "ending"}, 503)
        if not await _readable(council):
            return JSONResponse({"status": "the store cannot be read"}, 503)
        return JSONResponse({"status": "ready"})

    return [Route("/healthz", alive), Route("/readyz", ready)]


async def _readable(council: Council) -> bool:
    try:
        with anyio.fail_after(_STORE_PATIENCE_S):
            await council.journal.claimed("")
    except (StoreError, TimeoutError):
        logger(__name__).exception("the store cannot be read")
        return False
    return True
