"""Over HTTP no file is read: it would be the server's, whatever the client opens."""

from pathlib import Path

from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, ListRootsResult, Root
from pydantic import FileUrl

from tests.http.sites import QUESTION, site
from tests.server.meeting import Era, text_of


async def test_no_file_of_the_server_is_read_over_http(tmp_path: Path, era: Era) -> None:
    (tmp_path / "notes.md").write_text("of the server\n", encoding="utf-8")
    asked = []

    async def roots(context: ClientRequestContext) -> ListRootsResult:
        asked.append(context)
        return ListRootsResult(roots=[Root(uri=FileUrl(tmp_path.as_uri()))])

    with site(tmp_path, env={"MAGI_ROOTS": str(tmp_path)}) as served:
        wire = streamable_http_client(served.url)
        async with Client(wire, mode=era, list_roots_callback=roots) as client:
            arguments = {"question": QUESTION, "files": ["notes.md"]}
            result = await client.call_tool("deliberate", arguments)
    assert isinstance(result, CallToolResult)
    assert result.is_error
    assert text_of(result) == (
        "FAILED: files: over HTTP no file is read, for it would be the server's; put the text "
        "into context."
    )
    assert asked == []
