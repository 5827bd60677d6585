"""HTTP: one process that serves, from its first request to its last.

The socket stays open while the server ends, so that probes and clients are told that it does.
"""

import signal
import socket
from functools import partial
from types import FrameType

import anyio
import uvicorn

from magi_mcp.core.errors import CallerError
from magi_mcp.runtime.chamber import Chamber
from magi_mcp.server.app import OpenCouncil
from magi_mcp.server.http.departure import Departure
from magi_mcp.server.http.plan import HttpPlan
from magi_mcp.server.http.site import build_site

_BACKLOG = 2048
_LAST_WORDS_S = 3
"""How long answers may take to go out once there is nothing left to wait for."""


def listen(plan: HttpPlan) -> socket.socket:
    """The socket of a plan. Raises ``CallerError`` where nothing can listen there."""
    host = plan.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, plan.port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise CallerError("host", f"{plan.host}:{plan.port} cannot be served: {error}.") from error
    # Connections inherit it. asyncio sets it only on sockets that it has made by itself; without,
    # the body of an answer waits for the client to acknowledge its headers, some 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve_until_told(
    open_council: OpenCouncil, plan: HttpPlan, listener: socket.socket, *, worker: bool = False
) -> int:
    """Serve until a signal asks to end, and then end in order; the exit code.

    A ``worker`` heeds its supervisor alone, which tells it by SIGTERM to end: a Ctrl-C reaches
    everybody in front of a terminal, and would be taken for a second one. Raises what opening
    the council raises.
    """
    return anyio.run(partial(_serve, open_council, plan, listener, worker=worker))


async def _serve(
    open_council: OpenCouncil, plan: HttpPlan, listener: socket.socket, *, worker: bool
) -> int:
    departure = Departure(plan.server.grace_s)
    async with open_council() as council:
        config = uvicorn.Config(
            build_site(council, plan, departure),
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_LAST_WORDS_S,
        )
        server = _Server(config, departure, council.chamber, worker=worker)
        await server.serve(sockets=[listener])
    return server.exit_code


class _Server(uvicorn.Server):
    """A server that ends when its departure is complete. Its loop asks ten times a second."""

    def __init__(
        self, config: uvicorn.Config, departure: Departure, chamber: Chamber, *, worker: bool
    ) -> None:
        super().__init__(config)
        self.exit_code = 0
        self._departure = departure
        self._chamber = chamber
        self._worker = worker

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  (uvicorn's)
        if self._worker:
            if sig == signal.SIGTERM and not self._departure.begun:
                self._departure.begin()
            return
        if sig == signal.SIGINT:
            self.exit_code = 128 + sig
        self._departure.begin()

    async def on_tick(self, counter: int) -> bool:
        if await self._departure.complete(self._chamber):
            self.should_exit = True
        return await super().on_tick(counter)
