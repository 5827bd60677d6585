"""Over HTTP only diffs are reviewed: a repository would be the server's."""

from pathlib import Path

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from tests.http.sites import site
from tests.server.meeting import Era, text_of


async def test_no_repository_of_the_server_is_read_over_http(tmp_path: Path, era: Era) -> None:
    with site(tmp_path, env={"MAGI_ROOTS": str(tmp_path)}) as served:
        async with Client(streamable_http_client(served.url), mode=era) as client:
            result = await client.call_tool("review_code", {"repo": str(tmp_path)})
    assert isinstance(result, CallToolResult)
    assert result.is_error
    assert text_of(result).startswith("FAILED: diff: is missing. Over HTTP no repository is read")
