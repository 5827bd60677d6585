"""Server: the JSON Schemas that tools publish. Pure; knows no protocol.

They are small on purpose, since a model reads them with every request: inputs without
titles, outputs without what is inside nested objects. What is published is looser than what
is returned, never stricter; the complete ones are in :mod:`.complete_schemas`.
"""

from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel, JsonValue

from magi_mcp.core.verdict import Envelope, Planned, Verdict

Schema = dict[str, JsonValue]


def input_schema(arguments: Mapping[str, JsonValue]) -> Schema:
    """``arguments`` as pydantic describes them, closed, and without what it adds for people."""
    properties = cast(Schema, arguments["properties"])
    return {
        "type": "object",
        "properties": {name: _untitled(schema) for name, schema in properties.items()},
        "required": arguments.get("required", []),
        "additionalProperties": False,
    }


def envelope_schema() -> Schema:
    """What every result holds, whatever its kind."""
    return _published(Envelope)


def verdict_schema() -> Schema:
    """A deliberation's result or plan: the envelope, and the kinds of what follows it."""
    return _published(Verdict, Planned, Envelope)


def finds_schema() -> Schema:
    """What a search returns; it is about many dossiers, so it has no envelope."""
    text: Schema = {"type": "string"}
    nullable: Schema = {"type": ["string", "null"]}
    properties: Schema = {
        "schema_version": dict(text),
        "dossiers": {"type": "array", "items": {"type": "object"}},
        "next_step": dict(nullable),
        "next_cursor": dict(nullable),
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _published(*models: type[BaseModel]) -> Schema:
    """The keys of some models in their order; what several hold is as the last one has it."""
    properties: Schema = {}
    for model in models:
        described = cast(Schema, model.model_json_schema(by_alias=True)["properties"])
        properties |= {name: _kind(schema) for name, schema in described.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(Envelope.model_fields),
    }


def _untitled(schema: JsonValue) -> JsonValue:
    return {key: value for key, value in cast(Schema, schema).items() if key != "title"}


def _kind(schema: JsonValue) -> Schema:
    """The type of a value, without what is inside it; null only where it may be null."""
    match schema:
        case {"anyOf": list(branches)}:
            kinds = [*dict.fromkeys(cast(str, _kind(branch)["type"]) for branch in branches)]
            return {"type": kinds[0] if len(kinds) == 1 else cast(list[JsonValue], kinds)}
        case {"type": "array", "items": dict(items)}:
            return {"type": "array", "items": _kind(items)}
        case {"type": str(kind)}:
            return {"type": kind}
        case {"$ref": str()}:
            return {"type": "object"}
        case _:
            raise ValueError(f"a result holds a value of no single type: {schema}")
