"""The yardstick: the smallest useful MCP server, with one tool."""

from mcp.server import MCPServer

server = MCPServer("bare")


@server.tool()
async def echo(text: str) -> str:
    """Return the text."""
    return text


server.run("stdio")
