"""A server in this process that is called thousands of times, and what it must never do.

Its seats answer any ask by the schema of its form, mostly sensibly; its store is a file.
"""

import json
import logging
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from mcp import Client, MCPError
from mcp_types import CallToolResult, Tool
from pydantic import JsonValue

from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Failed, Reply
from magi_mcp.core.words import shortened
from magi_mcp.identity import SystemClock
from magi_mcp.journal.sqlite import SqliteJournal
from magi_mcp.seats.scripted import ScriptedSeat
from magi_mcp.server.app import build_server
from magi_mcp.server.complete_schemas import FILES
from magi_mcp.service import Council
from magi_mcp.standing import Provisions
from tests.fuzz.values import Schema, filled
from tests.server.meeting import Era, text_of, verdict_in
from tests.support.councils import scripted_council

OUR_FAULT = "a fault inside magi-mcp"
FOR_EVER = "Will anybody ever answer this?"
NOBODY = "Does anybody answer this?"
LONGEST_WAIT_S = 0.02

_WORDS = ("Ship", "Wait.", "Ship on Friday", "no\x00t yet", "0.4", "$question {x} [end", "é" * 300)


COMPLETE = tuple(
    Draft202012Validator(schema()) for name, schema in FILES.items() if "journal" not in name
)
"""Every schema of a result that is published as a file, closed and in every detail."""


class AnyoneSeat:
    """Answers any ask by the schema of its form; some questions it leaves unanswered."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        if FOR_EVER in ask.prompt:
            await anyio.sleep_forever()
        if NOBODY in ask.prompt:
            return Failed(failure="server", detail="500")
        if self._chance.random() < 0.05:
            return await ScriptedSeat(["I would rather \x1b[31mnot {say}."]).ask(ask, deadline_s)
        said = json.dumps(self._any(ask.form.json_schema()))
        return await ScriptedSeat([said]).ask(ask, deadline_s)

    def _any(self, schema: Schema) -> JsonValue:
        match schema:
            case {"enum": list(choices)}:
                return self._chance.choice(choices)  # type: ignore[no-any-return]
            case {"anyOf": list(branches)}:
                return self._any(self._chance.choice(branches))
            case {"type": "object", "properties": dict(properties)}:
                return {name: self._any(each) for name, each in properties.items()}
            case {"type": "array", "items": dict(items)}:
                return [self._any(items) for _ in range(self._chance.randrange(4))]
            case {"type": "number"}:
                return self._chance.choice([0, 0.3, 0.75, 1, 7])
            case {"type": "integer"}:
                return self._chance.randrange(10)
            case {"type": "boolean"}:
                return self._chance.random() < 0.5
            case {"type": "null"}:
                return None
            case _:
                return self._chance.choice(_WORDS)


@contextmanager
def watched() -> Iterator["Complaints"]:
    """Keep what is logged as an error meanwhile."""
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    try:
        yield complaints
    finally:
        logging.getLogger().removeHandler(complaints)


class Complaints(logging.Handler):
    """Keeps what is logged as an error, by whomever."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass(frozen=True)
class Hall:
    """The server's client, as code that is not asynchronous calls it."""

    client: Client
    portal: BlockingPortal
    tools: Mapping[str, Tool]
    complaints: Complaints
    places: dict[str, str]

    def call(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Call a tool."""
        result = self.portal.call(self.client.call_tool, tool, dict(arguments))
        assert isinstance(result, CallToolResult)
        return result

    def refusal(self, ask: Callable[..., Awaitable[object]], *given: object) -> MCPError | None:
        """Make any other request of the client; the error that it was answered with, if any."""
        try:
            self.portal.call(ask, *given)
        except MCPError as refused:
            return refused
        return None

    def try_out(self, tool: str, arguments: Mapping[str, Any]) -> None:
        """Call a tool; fail where it may not answer so."""
        result = self.call(tool, arguments)
        called = f"{tool} {shortened(repr(arguments), 1000)}"
        assert not self.complaints.lines, f"{called}: {self.complaints.lines[0]}"
        told = text_of(result)
        assert OUR_FAULT not in told, called
        if result.structured_content is None:
            assert result.is_error, f"{called}: {told}"
            assert names_an_argument(told, self.tools[tool]), f"{called}: {told}"
            return
        faulty = faults(result, self.tools[tool])
        assert not faulty, f"{called}: {faulty}"
        onward = result.structured_content.get("next_cursor")
        self.places["@cursor"] = onward or self.places["@cursor"]

    def filled(self, arguments: dict[str, JsonValue]) -> dict[str, Any]:
        """Arguments with this server's own dossiers in the place of stand-ins."""
        found = filled(arguments, self.places)
        assert isinstance(found, dict)
        return found

    def still_answers(self) -> None:
        """Fail where the server no longer does what it did at first."""
        found = self.call("get_dossier", {"dossier_id": self.places["@decided"]})
        assert verdict_in(found)["status"] in ("decided", "undecided")


def names_an_argument(told: str, tool: Tool) -> bool:
    """Whether a refusal begins with what the caller has to mend."""
    names = [*tool.input_schema["properties"], "argument"]
    known = "|".join(map(re.escape, names))
    return re.match(rf"FAILED: ({known})([.\[][^:]*)?(: | is required: )", told) is not None


def faults(result: CallToolResult, tool: Tool) -> list[str]:
    """What keeps a result from meeting its tool's own schema, and one of the complete ones."""
    found = result.structured_content
    if tool.output_schema is not None:
        published = Draft202012Validator(tool.output_schema).iter_errors(found)
        faulty = [f"{each.json_path}: {each.message}" for each in published]
        if faulty:
            return faulty
    if any(schema.is_valid(found) for schema in COMPLETE):
        return []
    return [f"it meets none of the complete schemas: {text_of(result)}"]


@contextmanager
def hall(era: Era, store: Path, seed: int) -> Iterator[Hall]:
    """A server that has already a dossier in each of several states."""
    with (
        watched() as complaints,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_connected(era, store, seed)) as client,
    ):
        tools = {tool.name: tool for tool in portal.call(client.list_tools).tools}
        yield Hall(client, portal, tools, complaints, portal.call(_dossiers, client))


@asynccontextmanager
async def _connected(era: Era, store: Path, seed: int) -> AsyncIterator[Client]:
    seat = AnyoneSeat(random.Random(seed))  # noqa: S311  (chance in a test)
    seats = dict.fromkeys(("melchior", "balthasar", "casper"), seat)

    @asynccontextmanager
    async def open_council() -> AsyncIterator[Council]:
        journal = await SqliteJournal.open(store, SystemClock())
        async with scripted_council(seats, journal=journal) as council:
            yield replace(council, provisions=Provisions(max_wait_s=LONGEST_WAIT_S))

    async with Client(build_server(open_council), mode=era) as client:
        yield client


async def _dossiers(client: Client) -> dict[str, str]:
    """A dossier for each stand-in."""

    async def put(question: str) -> str:
        result = await client.call_tool("deliberate", {"question": question, "method": "yes_no"})
        assert isinstance(result, CallToolResult)
        dossier_id: str = verdict_in(result)["dossier_id"]
        return dossier_id

    cancelled = await put(f"{FOR_EVER} At last?")
    await client.call_tool("control_dossier", {"dossier_id": cancelled, "action": "cancel"})
    decided = await put("Should we ship?")
    first = await client.call_tool("search_dossiers", {"limit": 1})
    assert isinstance(first, CallToolResult)
    return {
        "@decided": decided,
        "@failed": await put(NOBODY),
        "@running": await put(FOR_EVER),
        "@cancelled": cancelled,
        "@cursor": verdict_in(first)["next_cursor"],
    }
