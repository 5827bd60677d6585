"""What clients of both eras are told of changes, and how long they may keep what they read."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import pytest
from mcp import Client, MCPError
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated
from mcp_types import (
    ReadResourceRequestParams,
    ResourceListChangedNotification,
    ResourceUpdatedNotification,
)

from magi_mcp.server.addresses import addresses_of, dossier_named_in
from magi_mcp.server.app import build_server
from magi_mcp.service import Council
from tests.server.meeting import SHIP, Era, Meeting, PatientSeat, meeting, verdict_in
from tests.support.councils import ballot, scripted_council

INVALID_PARAMS = -32602
INDEX = "magi://dossiers"


async def test_a_new_dossier_is_announced_to_whoever_listens() -> None:
    async with (
        meeting("auto", SHIP) as hall,
        hall.client.listen(resources_list_changed=True) as changes,
    ):
        await hall.ask(question="q", method="yes_no")
        with anyio.fail_after(5):
            assert isinstance(await anext(aiter(changes)), ResourcesListChanged)


@pytest.mark.parametrize("tail", ["", "/verdict", "/transcript", "/events"])
async def test_whoever_listens_to_a_running_dossier_hears_of_every_step(tail: str) -> None:
    slow = PatientSeat([ballot("yes")])
    async with meeting("auto", {"melchior": slow}) as hall, anyio.create_task_group() as tasks:
        tasks.start_soon(_ask, hall)
        await slow.asked.wait()
        uri = (await hall.council.dossier("latest")).uri + tail
        async with hall.client.listen(resource_subscriptions=[uri, INDEX]) as changes:
            assert changes.honored.resource_subscriptions == [uri, INDEX]
            slow.may_answer.set()
            heard: set[str] = set()
            with anyio.fail_after(5):
                async for change in changes:
                    assert isinstance(change, ResourceUpdated)
                    heard.add(change.uri)
                    if heard == {uri, INDEX}:
                        break


async def test_a_recorded_outcome_is_a_change_of_its_dossier() -> None:
    async with meeting("auto", SHIP) as hall:
        uri = verdict_in(await hall.ask(question="q", method="yes_no"))["dossier_uri"]
        async with hall.client.listen(resource_subscriptions=[uri]) as changes:
            await hall.call("record_outcome", {"dossier_id": "latest", "actual": "yes"})
            with anyio.fail_after(5):
                assert await anext(aiter(changes)) == ResourceUpdated(uri)


async def test_addresses_of_which_nothing_can_be_heard_are_left_out() -> None:
    async with meeting("auto", SHIP) as hall:
        uri = verdict_in(await hall.ask(question="q", method="yes_no"))["dossier_uri"]
        short = f"{INDEX}/{uri[-8:]}/minority"
        wanted = [uri, short, f"{INDEX}/latest", f"{INDEX}/00000000", "magi://nothing", INDEX]
        async with hall.client.listen(resource_subscriptions=wanted) as changes:
            assert changes.honored.resource_subscriptions == [uri, short, INDEX]


@asynccontextmanager
async def older_client() -> AsyncIterator[tuple[Client, Council, Callable[[str], anyio.Event]]]:
    """A client of 2025 with its council; the last waits for a notice of an address, "" the list."""
    opened: list[Council] = []
    events: dict[str, anyio.Event] = {}

    def heard(uri: str) -> anyio.Event:
        return events.setdefault(uri, anyio.Event())

    @asynccontextmanager
    async def open_council() -> AsyncIterator[Council]:
        async with scripted_council({"melchior": lambda ask: ballot("yes")}) as council:
            opened.append(council)
            yield council

    async def note(message: object) -> None:
        match message:
            case ResourceListChangedNotification():
                heard("").set()
            case ResourceUpdatedNotification(params=params):
                heard(str(params.uri)).set()
            case _:
                return

    server = build_server(open_council)
    async with Client(server, mode="legacy", message_handler=note) as client:
        yield client, opened[0], heard


async def test_a_client_of_2025_is_told_that_it_will_be_told() -> None:
    async with older_client() as (client, _, _):
        resources = client.server_capabilities.resources
        assert resources is not None
        assert (resources.subscribe, resources.list_changed) == (True, True)


async def test_a_client_of_2025_hears_of_new_dossiers_and_of_those_it_subscribed_to() -> None:
    async with older_client() as (client, council, heard):
        await client.call_tool("deliberate", {"question": "q", "method": "yes_no"})
        with anyio.fail_after(5):
            await heard("").wait()
        uri = (await council.dossier("latest")).uri
        assert not heard(uri).is_set(), "it had not asked for it"
        await _subscribe(client, uri)
        await client.call_tool("record_outcome", {"dossier_id": "latest", "actual": "yes"})
        with anyio.fail_after(5):
            await heard(uri).wait()


async def test_a_client_of_2025_that_unsubscribed_hears_no_more() -> None:
    async with older_client() as (client, council, heard):
        await client.call_tool("deliberate", {"question": "q", "method": "yes_no"})
        uri = (await council.dossier("latest")).uri
        await _subscribe(client, uri)
        await _subscribe(client, INDEX)
        with pytest.warns(MCPDeprecationWarning):
            await client.unsubscribe_resource(uri)
        await client.call_tool("record_outcome", {"dossier_id": "latest", "actual": "yes"})
        with anyio.fail_after(5):
            await heard(INDEX).wait()
        await client.call_tool("get_dossier", {"dossier_id": "latest"})
        assert not heard(uri).is_set()


@pytest.mark.parametrize("uri", [f"{INDEX}/latest", f"{INDEX}/00000000", "magi://nothing", ""])
async def test_a_client_of_2025_is_refused_what_it_would_never_hear_of(uri: str) -> None:
    async with older_client() as (client, _, _):
        await client.call_tool("deliberate", {"question": "q", "method": "yes_no"})
        with (
            pytest.warns(MCPDeprecationWarning),
            pytest.raises(MCPError, match="nothing is ever told of this address") as refusal,
        ):
            await client.subscribe_resource(uri)
    assert refusal.value.code == INVALID_PARAMS


async def test_what_never_changes_may_be_kept_and_dossiers_may_not() -> None:
    async with meeting("auto", SHIP) as hall:
        uri = verdict_in(await hall.ask(question="q", method="yes_no"))["dossier_uri"]
        tools = await hall.client.list_tools()
        templates = await hall.client.list_resource_templates()
        prompts = await hall.client.list_prompts()
        listed = await hall.client.list_resources()
        read = await hall.client.read_resource(ReadResourceRequestParams(uri=uri).uri)
    for kept in (tools, templates, prompts):
        assert (kept.ttl_ms, kept.cache_scope) == (3_600_000, "private")
    assert (listed.ttl_ms, read.ttl_ms) == (0, 0)


def test_an_address_gives_back_the_name_it_was_made_of() -> None:
    for uri in addresses_of("01938b6e-5d7e-7c3a-9d2f-00008c1f27ab"):
        assert dossier_named_in(uri) in ("01938b6e-5d7e-7c3a-9d2f-00008c1f27ab", "8c1f27ab")
    for uri in (INDEX, f"{INDEX}/", f"{INDEX}/a/b", f"{INDEX}/a/verdict/x", "magi://personas/eva"):
        assert dossier_named_in(uri) is None


async def _subscribe(client: Client, uri: str) -> None:
    with pytest.warns(MCPDeprecationWarning):  # as of 2026-07-28 it is done otherwise
        await client.subscribe_resource(uri)


async def _ask(hall: Meeting) -> None:
    await hall.ask(question="q", method="yes_no")


async def test_both_eras_can_do_without_any_of_it(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        assert not (await hall.ask(question="q", method="yes_no")).is_error
