"""What is kept for one principal is neither found, completed, told nor changed by another."""

import anyio
import pytest
from mcp import Client
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated, ServerEvent
from mcp_types import CallToolResult, PromptReference, ResourceTemplateReference

from tests.http.conftest import Guarded
from tests.server.meeting import Era, text_of, verdict_in

SECRET = "Shall we buy the zeppelin works?"
INDEX = "magi://dossiers"


async def call(client: Client, tool: str, **arguments: object) -> CallToolResult:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    return result


async def put(client: Client, question: str) -> str:
    result = await call(client, "deliberate", question=question, fresh=True)
    return str(verdict_in(result)["dossier_id"])


async def found(client: Client, query: str) -> list[str]:
    result = verdict_in(await call(client, "search_dossiers", query=query))
    return [entry["dossier_id"] for entry in result["dossiers"]]


async def completed(client: Client, typed: str) -> list[str]:
    """Every value that is offered for what was typed, wherever dossiers are offered."""
    offered: list[str] = []
    for ref, name in (
        (ResourceTemplateReference(uri=f"{INDEX}/{{dossier_id}}"), "dossier_id"),
        (PromptReference(name="convene"), "question"),
    ):
        offered += (await client.complete(ref, {"name": name, "value": typed})).completion.values
    return offered


async def test_anothers_dossiers_are_not_found_by_any_word(guarded: Guarded, era: Era) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada, SECRET)
        assert dossier in await found(ada, "zeppelin")
    async with guarded.site.client(era, guarded.bob) as bob:
        own = await put(bob, "Shall we sell the works?")
        assert await found(bob, "zeppelin") == []
        assert own in await found(bob, "works")
        assert dossier not in await found(bob, "works")
        assert dossier not in await found(bob, "")
    async with guarded.site.client(era, guarded.admin) as admin:
        assert {own, dossier} <= set(await found(admin, "works"))


async def test_anothers_dossiers_are_not_offered_to_who_types(guarded: Guarded, era: Era) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada, SECRET)
        for typed in ("", dossier[:10], dossier[-8:], "zeppelin", "shall we"):
            assert {dossier, SECRET} & set(await completed(ada, typed))
    async with guarded.site.client(era, guarded.bob) as bob:
        for typed in ("", dossier[:10], dossier[-8:], "zeppelin", "shall we"):
            assert {dossier, SECRET}.isdisjoint(await completed(bob, typed))


@pytest.mark.parametrize("tail", ["", "/minority", "/transcript", "/events"])
async def test_no_page_of_anothers_dossier_is_there(guarded: Guarded, era: Era, tail: str) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada, SECRET)
        assert (await ada.read_resource(f"{INDEX}/{dossier}{tail}")).contents
    async with guarded.site.client(era, guarded.bob) as bob:
        with pytest.raises(Exception, match="names no dossier"):
            await bob.read_resource(f"{INDEX}/{dossier}{tail}")


async def test_what_became_of_anothers_ruling_is_not_for_one_to_say(
    guarded: Guarded, era: Era
) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada, SECRET)
    async with guarded.site.client(era, guarded.bob) as bob:
        for arguments in ({"actual": "wrong"}, {"actual": "nonsense"}):
            refused = await call(bob, "record_outcome", dossier_id=dossier, **arguments)
            assert refused.is_error
            assert "names no dossier" in text_of(refused)
        for detail in ("full", "transcript"):
            assert (await call(bob, "get_dossier", dossier_id=dossier, detail=detail)).is_error
        asked = await call(bob, "get_dossier", dossier_id=dossier, ask_id="r1/melchior")
        assert "names no dossier" in text_of(asked)
    async with guarded.site.client(era, guarded.ada) as ada:
        assert "actual" not in verdict_in(await call(ada, "get_dossier", dossier_id=dossier))


async def test_nobody_hears_of_what_happens_to_anothers_dossiers(guarded: Guarded) -> None:
    async with (
        guarded.site.client("auto", guarded.ada) as ada,
        guarded.site.client("auto", guarded.bob) as bob,
    ):
        theirs = f"{INDEX}/{await put(ada, SECRET)}"
        own = f"{INDEX}/{await put(bob, 'Shall we sell the works?')}"
        async with bob.listen(
            resource_subscriptions=[theirs, own, INDEX], resources_list_changed=True
        ) as changes:
            assert changes.honored.resource_subscriptions == [own, INDEX]
            await put(ada, "Shall we buy the other works, too?")
            await call(ada, "record_outcome", dossier_id=theirs, actual="yes")
            await call(bob, "record_outcome", dossier_id=own, actual="yes")
            heard: list[ServerEvent] = []
            with anyio.fail_after(5):
                async for change in changes:
                    heard.append(change)
                    if change == ResourceUpdated(own):
                        break
    assert ResourceUpdated(theirs) not in heard
    assert ResourcesListChanged() not in heard
    assert heard.count(ResourceUpdated(INDEX)) == 1
