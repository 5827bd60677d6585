"""Cursors that are another principal's, or made up, open nothing."""

from contextlib import suppress

import pytest
from mcp import Client, MCPError
from mcp_types import CallToolResult

from tests.http.conftest import Guarded
from tests.server.meeting import Era, text_of, verdict_in

QUESTION = "Shall the quokka sanctuary be sold?"


async def call(client: Client, tool: str, **arguments: object) -> CallToolResult:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    return result


async def put(client: Client, context: str = "") -> str:
    result = await call(
        client, "deliberate", question=QUESTION, method="yes_no", context=context, fresh=True
    )
    return str(verdict_in(result)["dossier_id"])


async def test_a_cursor_of_anothers_opens_nothing(guarded: Guarded, era: Era) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada, context="A fact. " * 9000)
        await put(ada)
        page = await call(ada, "get_dossier", dossier_id=dossier, ask_id="r1/casper")
        cursor = verdict_in(page)["next_cursor"]
        onward = verdict_in(await call(ada, "search_dossiers", limit=1))["next_cursor"]
    assert cursor
    assert onward
    async with guarded.site.client(era, guarded.bob) as bob:
        for reference in (dossier, dossier[-8:]):
            told = await call(
                bob, "get_dossier", dossier_id=reference, ask_id="r1/casper", cursor=cursor
            )
            assert "names no dossier" in text_of(told)
        found = await call(bob, "search_dossiers", limit=50, cursor=onward)
        assert "quokka" not in str(found)


@pytest.mark.parametrize("cursor", ["0", "eyJhIjoxfQ==", "é", "a" * 5000, "\x00", "latest"])
async def test_a_cursor_that_is_made_up_is_refused_by_its_name(
    guarded: Guarded, era: Era, cursor: str
) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada)
        for asked in (
            {"tool": "search_dossiers"},
            {"tool": "get_dossier", "dossier_id": dossier, "detail": "full"},
            {"tool": "get_dossier", "dossier_id": dossier, "detail": "transcript"},
        ):
            told = await call(ada, **asked, cursor=cursor)
            assert told.is_error
            assert text_of(told).startswith("FAILED: cursor: ")


async def test_a_listed_page_that_is_made_up_crashes_nothing(guarded: Guarded, era: Era) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        for ask in (ada.list_resources, ada.list_tools, ada.list_prompts):
            with suppress(MCPError):  # in one page there is nothing to refuse
                await ask(cursor="made up")
        assert (await ada.list_tools()).tools
