"""The tools as data: what models are shown, and how much of it."""

import json
from collections.abc import Iterator

import pytest
from mcp_types import Tool
from pydantic import JsonValue

from magi_mcp.core.case import METHODS, PROTOCOLS
from magi_mcp.core.verdict import Envelope, Planned, Verdict
from tests.server.meeting import SHIP, Era, meeting
from tests.server.tool_surface import SNAPSHOT, published, surface

CHARACTERS_PER_TOKEN = 4


def test_the_tools_are_those_of_the_snapshot_byte_for_byte() -> None:
    assert surface(published()) == SNAPSHOT.read_text(encoding="utf-8")


async def test_clients_are_shown_the_tools_of_the_snapshot(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        listed = (await hall.client.list_tools()).tools
    assert json.loads(surface(listed)) == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_the_tools_cost_a_model_little() -> None:
    """The sizes that the contract allows."""
    inputs = outputs = 0
    for tool in published():
        inputs += len(tool.name) + len(tool.description or "") + _size(tool.input_schema)
        outputs += _size(tool.output_schema)
    assert inputs / CHARACTERS_PER_TOKEN < 2_200
    assert (inputs + outputs) / CHARACTERS_PER_TOKEN < 3_000


@pytest.mark.parametrize("tool", published(), ids=lambda tool: tool.name)
def test_schemas_are_flat_and_bare(tool: Tool) -> None:
    for schema in (tool.input_schema, tool.output_schema):
        keys = set(_keys(schema))
        assert keys.isdisjoint({"anyOf", "oneOf", "allOf", "$ref", "$defs", "title", "default"})
    assert tool.input_schema["additionalProperties"] is False
    for name, argument in tool.input_schema["properties"].items():
        assert argument.get("description") or argument["enum"], f"{name} says what it is"


def test_what_may_be_chosen_is_what_the_core_knows() -> None:
    arguments = _tool("deliberate").input_schema["properties"]
    assert arguments["method"]["enum"] == list(METHODS)
    assert arguments["protocol"]["enum"] == list(PROTOCOLS)


def test_only_what_a_tool_cannot_do_without_is_required() -> None:
    required = {tool.name: tool.input_schema["required"] for tool in published()}
    assert required == {
        "deliberate": ["question"],
        "judge_answer": ["question", "answers"],
        "review_code": [],
        "get_dossier": ["dossier_id"],
        "control_dossier": ["dossier_id", "action"],
        "search_dossiers": [],
        "record_outcome": ["dossier_id", "actual"],
        "submit_replies": ["dossier_id", "replies"],
    }


def test_outputs_name_every_key_of_a_result() -> None:
    verdict, envelope = _tool("deliberate").output_schema, _tool("get_dossier").output_schema
    assert verdict is not None
    assert envelope is not None
    assert list(envelope["properties"]) == list(Envelope.model_fields) == envelope["required"]
    assert set(verdict["properties"]) == {*Verdict.model_fields, *Planned.model_fields}
    assert verdict["required"] == envelope["required"], "later details leave keys out"


def test_a_tool_that_spends_says_so_and_one_that_reads_says_that() -> None:
    spends = _tool("deliberate").annotations
    reads = _tool("get_dossier").annotations
    assert spends is not None
    assert reads is not None
    assert (spends.read_only_hint, spends.destructive_hint) == (False, False)
    assert (spends.idempotent_hint, spends.open_world_hint) == (False, True)
    assert (reads.read_only_hint, reads.open_world_hint) == (True, False)


@pytest.mark.parametrize(
    "words",
    [
        "when the user asks for a council or for second opinions",
        "costly to undo",
        "looked up, computed or tested",
        "never twice for one question",
        "sees only question, context and files, not this chat",
        'get_dossier("latest")',
        "next_step",
    ],
)
def test_the_description_says_when_to_ask_a_council(words: str) -> None:
    assert words in (_tool("deliberate").description or "")


def test_the_description_says_when_to_search_and_when_to_record() -> None:
    assert "before putting a question" in (_tool("search_dossiers").description or "")
    assert "Only when the user reports it" in (_tool("record_outcome").description or "")
    keeps = _tool("record_outcome").annotations
    assert keeps is not None
    assert (keeps.read_only_hint, keeps.destructive_hint) == (False, False)


async def test_the_server_introduces_itself(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        info, instructions = hall.client.server_info, hall.client.instructions
    assert info is not None
    assert (info.name, info.title) == ("magi-mcp", "Magi")
    assert info.version
    assert "deliberate" in (instructions or "")


def _tool(name: str) -> Tool:
    return next(tool for tool in published() if tool.name == name)


def _size(schema: dict[str, JsonValue] | None) -> int:
    return len(json.dumps(schema, separators=(",", ":"), ensure_ascii=False))


def _keys(schema: object) -> Iterator[str]:
    match schema:
        case {"properties": dict(properties), **rest}:
            yield from _keys(rest)
            for each in properties.values():
                yield from _keys(each)
        case dict():
            for key, value in schema.items():
                yield str(key)
                yield from _keys(value)
        case list():
            for value in schema:
                yield from _keys(value)
        case _:
            return
