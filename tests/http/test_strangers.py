"""What one principal has asked is found by no other: not by words, pages, endings or notices."""

from contextlib import suppress
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp_types import CallToolResult, ResourceTemplateReference

from tests.http.conftest import Guarded
from tests.server.meeting import Era, text_of, verdict_in

QUESTION = "Shall the quokka sanctuary be sold?"
TEMPLATE = ResourceTemplateReference(uri="magi://dossiers/{dossier_id}")


async def call(client: Client, tool: str, **arguments: object) -> CallToolResult:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    return result


async def put(client: Client, context: str = "") -> str:
    result = await call(
        client, "deliberate", question=QUESTION, method="yes_no", context=context, fresh=True
    )
    return str(verdict_in(result)["dossier_id"])


async def completions(client: Client, typed: str) -> list[str]:
    asked = {"name": "dossier_id", "value": typed}
    return list((await client.complete(TEMPLATE, asked)).completion.values)


async def test_no_search_and_no_completion_finds_anothers_dossier(
    guarded: Guarded, era: Era
) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada)
        assert dossier in str(verdict_in(await call(ada, "search_dossiers", query="quokka")))
        assert dossier in await completions(ada, "quokka")
    async with guarded.site.client(era, guarded.bob) as bob:
        for query in ("quokka", "", dossier, dossier[-8:]):
            found = await call(bob, "search_dossiers", query=query)
            assert dossier not in str(found)
        for typed in ("quokka", "", dossier[:9], dossier[-8:]):
            assert dossier not in await completions(bob, typed)


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


async def test_no_outcome_is_told_of_anothers_dossier(guarded: Guarded, era: Era) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada)
    async with guarded.site.client(era, guarded.bob) as bob:
        told = await call(bob, "record_outcome", dossier_id=dossier, actual="wrong")
        assert "names no dossier" in text_of(told)
    async with guarded.site.client(era, guarded.ada) as ada:
        found: dict[str, Any] = verdict_in(await call(ada, "get_dossier", dossier_id=dossier))
        assert not found.get("actual")


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
