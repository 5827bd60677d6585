"""Serves a server of this project over HTTP as the SDK does it, without what is around it.

``python -m tests.clients.bare_http`` stands for `magi-mcp serve --transport http` until that
is there, and takes its settings from the same variables.
"""

import socket
import sys
from functools import partial
from typing import Any

import anyio
import uvicorn
from mcp.server import MCPServer

from magi_mcp.logs import configure_logs
from magi_mcp.server.app import build_server
from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council


async def serve(server: MCPServer[Any]) -> None:
    """Serve on a free port of loopback and tell the address, until a signal asks to end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
        app = server.streamable_http_app(stateless_http=True)
        await uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve([listening])


if __name__ == "__main__":
    configure_logs()
    anyio.run(serve, build_server(partial(open_council, load_settings())))
