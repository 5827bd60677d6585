"""The Python SDK's client in both eras, on every transport, in front of the real process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from mcp import Client, MCPError
from mcp_types import CallToolResult, TextResourceContents

from tests.clients.processes import (
    DEMO,
    DEMO_RULING,
    LONGEST_REPLY,
    SPLIT,
    SPLIT_CALLS,
    Patience,
    Server,
    all_answered,
    patience,
    scripted,
    split,
    with_models,
)
from tests.provider import running_provider
from tests.server.meeting import Era, text_of, verdict_in
from tests.server.task_client import Following

TIMED_OUT = -32001

Transport = Literal["stdio", "http"]

WAYS = [("stdio", "auto"), ("stdio", "legacy"), ("http", "auto"), ("http", "legacy")]
every_way = pytest.mark.parametrize(("transport", "era"), WAYS)
every_way_but_some_with_the_long_runs = pytest.mark.parametrize(
    ("transport", "era"),
    # Each loads the models' library, which takes seconds.
    [*WAYS[1:3], *(pytest.param(*way, marks=pytest.mark.soak) for way in (WAYS[0], WAYS[3]))],
)


@asynccontextmanager
async def connected(
    server: Server, transport: Transport, era: Era, *, follows_tasks: bool = False
) -> AsyncIterator[Client]:
    """A client of the given era; over HTTP the process is started and ended with it."""
    extensions = [Following()] if follows_tasks else []
    match transport:
        case "stdio":
            async with Client(server.on_stdio(), mode=era, extensions=extensions) as client:
                yield client
        case "http":
            with server.on_http() as address:
                async with Client(address, mode=era, extensions=extensions) as client:
                    yield client


@every_way
async def test_it_asks_the_council_and_reads_the_dossier(
    transport: Transport, era: Era, tmp_path: Path
) -> None:
    told: list[str | None] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)

    async with connected(scripted(tmp_path), transport, era) as client:
        result = await client.call_tool("deliberate", DEMO, progress_callback=tell)
        again = await client.call_tool("get_dossier", {"dossier_id": "latest"})
        [report] = (await client.read_resource(verdict_in(result)["dossier_uri"])).contents
        listed = (await client.list_resources()).resources
    assert isinstance(again, CallToolResult)
    assert isinstance(report, TextResourceContents)
    assert verdict_in(result)["ruling"] == DEMO_RULING
    assert verdict_in(again) == verdict_in(result)
    assert text_of(again) == text_of(result)
    assert "## Minority report" in report.text
    assert verdict_in(result)["dossier_uri"] in [resource.uri for resource in listed]
    assert "round 1, blind: Melchior has answered, 1 of 3" in told


@every_way_but_some_with_the_long_runs
async def test_its_timeout_does_not_end_the_deliberation_and_nothing_is_paid_twice(
    transport: Transport, era: Era, tmp_path: Path
) -> None:
    with running_provider(split(delay_s=0.75)) as provider:
        server = with_models(tmp_path, provider)
        async with connected(server, transport, era) as client:
            with pytest.raises(MCPError) as lost:
                await client.call_tool("deliberate", SPLIT, read_timeout_seconds=1)
            provider.block_until(
                lambda: all_answered(provider), what="the second round", timeout_s=60
            )
            verdict = await _latest(client)
        paid = len(provider.requests)
    assert lost.value.code == TIMED_OUT
    assert verdict["ruling"] == "yes"
    assert verdict["calls"] == paid == SPLIT_CALLS


@pytest.mark.parametrize(("transport", "era"), WAYS[1:3])
@patience
async def test_a_deliberation_of_three_times_its_patience_ends_in_a_verdict_and_is_paid_once(
    transport: Transport, era: Era, patience: Patience, tmp_path: Path
) -> None:
    calls = 0
    with running_provider(split(patience.deliberation_s / 2)) as provider:
        server = with_models(tmp_path, provider, **LONGEST_REPLY)
        async with connected(server, transport, era) as client:

            async def ask(tool: str, **arguments: object) -> dict[str, Any]:
                nonlocal calls
                calls += 1
                result = await client.call_tool(
                    tool,
                    {**arguments, **patience.arguments},
                    read_timeout_seconds=patience.timeout_s,
                )
                assert isinstance(result, CallToolResult)
                return verdict_in(result)

            found = await ask("deliberate", **SPLIT)
            while found["status"] == "running":
                found = await ask("get_dossier", dossier_id=found["dossier_id"])
        paid = len(provider.requests)
    assert calls > 2
    assert (found["status"], found["ruling"]) == ("decided", "yes")
    assert found["calls"] == paid == SPLIT_CALLS


@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_one_that_follows_tasks_is_given_the_same_verdict(
    transport: Transport, tmp_path: Path
) -> None:
    async with connected(scripted(tmp_path), transport, "auto", follows_tasks=True) as client:
        result = await client.call_tool("deliberate", DEMO)
    assert verdict_in(result)["ruling"] == DEMO_RULING


async def _latest(client: Client) -> dict[str, object]:
    """The newest dossier's verdict, once it is no longer running."""
    while True:
        result = await client.call_tool("get_dossier", {"dossier_id": "latest"})
        verdict = verdict_in(result)
        if verdict["status"] != "running":
            return verdict
