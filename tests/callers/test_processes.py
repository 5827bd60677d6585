"""Real processes: one that has no model to ask, and workers that share a store over HTTP."""

import signal
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import CallToolResult
from pydantic import JsonValue

from tests.callers.stage import CLAUDE, GEMINI, GPT, vote
from tests.conftest import NOBODY_LISTENS
from tests.http.sites import environment, site
from tests.http.test_workers import children
from tests.server.meeting import Era, text_of, verdict_in

QUESTION = {"question": "Should we ship 4.2 on Friday?", "method": "yes_no"}
EVA = {"melchior": CLAUDE, "balthasar": GPT, "casper": GEMINI}


def nobody_to_ask(home: Path) -> StdioServerParameters:
    """The program as it is installed, with no key, no seat and no Ollama."""
    env = environment(home) | {"OLLAMA_HOST": NOBODY_LISTENS}
    return StdioServerParameters(command=sys.executable, args=["-m", "magi_mcp"], env=env, cwd=home)


def replies(*seats: str) -> list[JsonValue]:
    given = (vote(f"r1/{seat}", "yes", EVA[seat]) for seat in seats)
    return [{"ask_id": e.ask_id, "text": e.text, "model": e.model} for e in given]


async def call(client: Client, tool: str, **arguments: object) -> CallToolResult:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, CallToolResult)
    return result


async def test_a_server_without_any_model_asks_its_client(era: Era, tmp_path: Path) -> None:
    async with Client(stdio_client(nobody_to_ask(tmp_path)), mode=era) as client:
        first = await call(client, "deliberate", **QUESTION)
        told = await client.read_resource("magi://council")
    async with Client(stdio_client(nobody_to_ask(tmp_path)), mode=era) as client:
        await call(client, "submit_replies", dossier_id="latest", replies=replies("casper"))
    async with Client(stdio_client(nobody_to_ask(tmp_path)), mode=era) as client:
        again = await call(client, "deliberate", **QUESTION)
        done = await call(client, "submit_replies", dossier_id="latest", replies=replies(*EVA))
    asks = verdict_in(first)["asks"]
    assert [ask["ask_id"] for ask in asks] == [f"r1/{seat}" for seat in EVA]
    assert "Your lens: Look at what is known" in asks[0]["system"]
    assert "so the caller plays them" in verdict_in(first)["warnings"][0] + text_of(first)
    assert "played by whoever asks" in str(told.contents[0])
    assert [ask["ask_id"] for ask in verdict_in(again)["asks"]] == ["r1/melchior", "r1/balthasar"]
    assert verdict_in(done)["status"] == "decided"
    assert verdict_in(done)["dossier_id"] == verdict_in(first)["dossier_id"]


async def test_whoever_is_killed_between_two_replies_loses_none(tmp_path: Path) -> None:
    with site(tmp_path, "--played") as served:
        async with served.client("auto") as client:
            await call(client, "deliberate", **QUESTION)
            await call(client, "submit_replies", dossier_id="latest", replies=replies("casper"))
        served.tell(signal.SIGKILL)
        await served.end()
    with site(tmp_path, "--played") as served:
        async with served.client("legacy") as client:
            stands = await call(client, "get_dossier", dossier_id="latest")
            done = await call(client, "submit_replies", dossier_id="latest", replies=replies(*EVA))
    assert verdict_in(stands)["status"] == "awaiting_replies"
    assert verdict_in(stands)["progress"]["answered"] == 1
    assert verdict_in(done)["calls"] == 3


async def test_any_worker_takes_the_next_reply(era: Era, tmp_path: Path) -> None:
    with site(tmp_path, "--played", "--workers", "2") as served:
        async with served.client(era) as client:
            await call(client, "deliberate", **QUESTION)
        assert len(children(served.process.pid)) == 2
        for seat in EVA:
            async with served.client(era) as client:
                result = await call(
                    client, "submit_replies", dossier_id="latest", replies=replies(seat)
                )
    assert verdict_in(result)["status"] == "decided"
