"""The dossiers of one principal are not there for another, by whatever way it looks for them."""

import re

import pytest
from mcp import Client, MCPError
from mcp_types import CallToolResult, TextResourceContents

from tests.http.conftest import Guarded
from tests.http.sites import QUESTION
from tests.server.meeting import Era, text_of, verdict_in


async def put(client: Client, question: str = QUESTION, *, fresh: bool = True) -> str:
    asked = {"question": question, "method": "yes_no", "fresh": fresh}
    result = await client.call_tool("deliberate", asked)
    assert isinstance(result, CallToolResult)
    return str(verdict_in(result)["dossier_id"])


async def look_up(client: Client, reference: str) -> str:
    result = await client.call_tool("get_dossier", {"dossier_id": reference})
    assert isinstance(result, CallToolResult)
    return text_of(result)


async def listed(client: Client) -> set[str]:
    uris = {str(each.uri) for each in (await client.list_resources()).resources}
    return {uri.rpartition("/")[2] for uri in uris if uri.startswith("magi://dossiers/")}


async def read(client: Client, uri: str) -> str:
    [content] = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content.text


async def refusal(client: Client, uri: str) -> str:
    with pytest.raises(MCPError) as refused:
        await read(client, uri)
    return refused.value.message


async def test_ones_own_dossiers_are_found_in_every_way(guarded: Guarded, era: Era) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada)
        assert dossier in await listed(ada)
        assert dossier[-8:] in await read(ada, "magi://dossiers")
        for reference in (dossier, dossier[-8:], "latest"):
            assert dossier in await look_up(ada, reference)
            assert QUESTION in await read(ada, f"magi://dossiers/{reference}")


async def test_anothers_dossier_is_answered_as_one_that_never_was(
    guarded: Guarded, era: Era
) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada)
    never = dossier[:-8] + "00000000"
    async with guarded.site.client(era, guarded.bob) as bob:
        own = await put(bob, "Is the plan of Bob sound?")
        assert dossier not in await listed(bob)
        assert dossier[-8:] not in await read(bob, "magi://dossiers")
        assert own in await look_up(bob, "latest")
        for secret, unknown in ((dossier, never), (dossier[-8:], never[-8:])):
            told = await look_up(bob, secret)
            assert told.replace(secret, "X") == (await look_up(bob, unknown)).replace(unknown, "X")
            assert "names no dossier" in told
            for form in ("magi://dossiers/{}", "magi://dossiers/{}/verdict"):
                told = await refusal(bob, form.format(secret))
                same = await refusal(bob, form.format(unknown))
                assert told.replace(secret, "X") == same.replace(unknown, "X")


async def test_who_has_no_dossier_has_no_latest_one(guarded: Guarded) -> None:
    async with guarded.site.client("auto", guarded.ada) as ada:
        await put(ada)
    token = guarded.issuer.token(claims={"sub": "newcomer"})
    async with guarded.site.client("auto", token) as newcomer:
        assert "names no dossier" in await look_up(newcomer, "latest")
        assert await listed(newcomer) == set()


async def test_an_admin_sees_everybodys(guarded: Guarded, era: Era) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada)
    async with guarded.site.client(era, guarded.admin) as admin:
        assert dossier in await listed(admin)
        assert dossier in await look_up(admin, dossier[-8:])


async def test_a_subject_of_the_issuer_is_not_the_holder_of_a_token_of_that_name(
    guarded: Guarded,
) -> None:
    async with guarded.site.client("auto", guarded.ada) as ada:
        dossier = await put(ada)
    for subject in ("ada", "token:ada", "x#token:ada"):
        token = guarded.issuer.token(claims={"sub": subject})
        async with guarded.site.client("auto", token) as other:
            assert "names no dossier" in await look_up(other, dossier)


async def test_a_subject_keeps_its_dossiers_from_token_to_token(guarded: Guarded) -> None:
    token = guarded.issuer.token(claims={"sub": "grace"})
    async with guarded.site.client("auto", token) as grace:
        dossier = await put(grace)
    token = guarded.issuer.token(claims={"sub": "grace", "jti": "2"})
    async with guarded.site.client("auto", token) as again:
        assert dossier in await look_up(again, "latest")


async def test_anothers_deliberation_can_be_neither_read_nor_stopped_as_a_task(
    guarded: Guarded,
) -> None:
    async with guarded.site.client("auto", guarded.ada) as ada:
        dossier = await put(ada)
    extensions = {"io.modelcontextprotocol/tasks": dict[str, object]()}
    tasks: dict[str, object] = {
        "io.modelcontextprotocol/clientCapabilities": {"extensions": extensions}
    }
    for method in ("tasks/get", "tasks/cancel"):
        body = _task_call(method, dossier, tasks)
        answer = await guarded.site.post(
            method, body=body, token=guarded.bob, headers={"Mcp-Name": dossier}
        )
        assert "names no task" in answer.text, answer.text
        own = await guarded.site.post(
            method, body=body, token=guarded.ada, headers={"Mcp-Name": dossier}
        )
        assert "names no task" not in own.text


async def test_the_same_question_of_another_is_a_deliberation_of_its_own(
    guarded: Guarded, era: Era
) -> None:
    question = f"Is the plan sound, seen from {era}?"
    async with guarded.site.client(era, guarded.ada) as ada:
        adas = await put(ada, question, fresh=False)
        async with guarded.site.client(era, guarded.bob) as bob:
            assert await put(bob, question, fresh=False) != adas
        assert await put(ada, question, fresh=False) == adas


async def test_anothers_deliberation_can_be_neither_stopped_nor_gone_on_with_nor_built_on(
    guarded: Guarded, era: Era
) -> None:
    async with guarded.site.client(era, guarded.ada) as ada:
        dossier = await put(ada)
    tries = [
        ("control_dossier", {"dossier_id": dossier, "action": "cancel"}),
        ("control_dossier", {"dossier_id": dossier[-8:], "action": "resume"}),
        ("deliberate", {"question": "And then?", "method": "yes_no", "follows": dossier}),
    ]
    async with guarded.site.client(era, guarded.bob) as bob:
        for tool, arguments in tries:
            refused = await bob.call_tool(tool, arguments)
            assert refused.is_error
            assert "names no dossier" in text_of(refused)


async def test_who_may_read_may_not_control(guarded: Guarded) -> None:
    control = {"name": "control_dossier", "arguments": {"dossier_id": "latest", "action": "resume"}}
    answer = await guarded.site.post("tools/call", control, token=guarded.reader)
    assert answer.status_code == 403
    assert re.search("scope=.magi:deliberate.", answer.headers["WWW-Authenticate"])


def _task_call(method: str, task: str, declared: dict[str, object]) -> bytes:
    import json

    from tests.http.sites import MODERN

    params = {"taskId": task, "_meta": {**MODERN, **declared}}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


async def test_who_may_read_may_not_stop_a_task(guarded: Guarded) -> None:
    body = _task_call("tasks/cancel", "01", {})
    answer = await guarded.site.post(
        "tasks/cancel", body=body, token=guarded.reader, headers={"Mcp-Name": "01"}
    )
    assert answer.status_code == 403
    assert re.search("scope=.magi:deliberate.", answer.headers["WWW-Authenticate"])
