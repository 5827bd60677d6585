"""Server: one run on stdio, from opening the council to leaving.

Whatever ends the run, the council is closed before the process ends, so that every
deliberation stands in the journal as far as it came.
"""

import signal
import sys
from contextlib import nullcontext
from dataclasses import dataclass, field

import anyio

from magi_mcp.core.errors import unwrapped
from magi_mcp.server.app import CouncilServer, OpenCouncil, build_server
from magi_mcp.server.stdio import leave

_PATIENCE_S = 1.0
"""How long a signal leaves the council to close; then the process ends all the same."""


@dataclass
class _Departure:
    """Why the run ends: ``code`` is None while it goes on, and where the client left."""

    waiting: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    code: int | None = None


async def serve_stdio(open_council: OpenCouncil) -> int:
    """Serve one client on stdin and stdout; the exit code where that client left.

    On SIGINT or SIGTERM the process ends here, for the SDK's reader sits in a ``read`` that
    nothing can interrupt. Raises what opening the council raises.
    """
    departure = _Departure()
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_leave_on_signal, departure)
            async with open_council() as council:
                server = build_server(lambda: nullcontext(council))
                with departure.waiting:
                    tasks.start_soon(_serve, server, departure)
                    await anyio.sleep_forever()
            if departure.code is not None:
                leave(departure.code)
            tasks.cancel_scope.cancel()
    except ExceptionGroup as broken:
        fault = unwrapped(broken)
        if not isinstance(fault, BrokenPipeError):  # a client that left while it was told something
            raise fault from broken
    return 0


async def _serve(server: CouncilServer, departure: _Departure) -> None:
    await server.run_stdio_async()
    departure.waiting.cancel()


async def _leave_on_signal(departure: _Departure) -> None:
    if sys.platform == "win32":  # event loops there know no signals
        return
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        number = await anext(signals)
        departure.code = 128 + number
        departure.waiting.cancel()
        with anyio.move_on_after(_PATIENCE_S):
            await anext(signals)  # a second one means: now
        leave(departure.code)
