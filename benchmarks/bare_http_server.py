"""The yardstick over HTTP: a server with one tool and one resource, without sessions.

``python bare_http_server.py PORT``
"""

import sys

from mcp.server import MCPServer

server = MCPServer("bare", log_level="WARNING")


@server.tool()
async def echo(text: str) -> str:
    """Return the text."""
    return text


@server.resource("bare://nothing")
async def nothing() -> str:
    """Say nothing of note."""
    return "Nothing."


server.run("streamable-http", port=int(sys.argv[1]), stateless_http=True)
