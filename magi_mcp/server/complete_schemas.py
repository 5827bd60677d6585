"""Server: the complete JSON Schemas of all that results are made of, published as files.

What tools publish is kept small, since models read it with every request; this is for whoever
writes a program against the results. To write the files anew after a wanted change:

    python -m magi_mcp.server.complete_schemas schemas
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from pydantic import JsonValue, TypeAdapter

from magi_mcp.core.details import BRIEF, ENVELOPE, SOMETIMES_DROPPED
from magi_mcp.core.events import Entry
from magi_mcp.core.heads import Head
from magi_mcp.core.judging import details
from magi_mcp.core.judging.result import Judgement
from magi_mcp.core.reviewing import details as review_details
from magi_mcp.core.reviewing.result import Review
from magi_mcp.core.verdict import Planned, Verdict
from magi_mcp.server.schemas import Schema, finds_schema

_SOMETIMES = ("progress", "actual", "asks")
"""Keys of a result that is under way, of one of which it was told what really happened, and of
one that awaits replies."""

_WORDS = ("system", "prompt")
"""What of an ask is left out where there is no room."""

_INSTEAD_OF_A_RULING = ("probability", "answer")


def full_schema() -> Schema:
    """A deliberation's result with nothing left out."""
    return _complete(Verdict.model_json_schema(mode="serialization", by_alias=True))


def standard_schema() -> Schema:
    """The same in the detail ``standard``: ballots without their summaries.

    What a long one does without is named in its ``omitted``.
    """
    schema = full_schema()
    _without(schema, "BallotRecord", "summary")
    models = {"ballots": "BallotRecord", "blind_vote": "BlindVote", "mind_changes": "MindChange"}
    for path in SOMETIMES_DROPPED:
        key, _, inner = path.partition(".")
        described = cast(Schema, cast(Schema, schema["$defs"])[models[key]]) if inner else schema
        cast(list[JsonValue], described["required"]).remove(inner or key)
    return schema


def brief_schema() -> Schema:
    """The same in the detail ``brief``: the strongest dissent in one line, and little else."""
    schema = full_schema()
    properties = cast(Schema, schema["properties"])
    kept = [key for key in properties if key in (*BRIEF, *_INSTEAD_OF_A_RULING)]
    schema["properties"] = {key: properties[key] for key in kept}
    schema["required"] = [key for key in kept if key not in (*_SOMETIMES, *_INSTEAD_OF_A_RULING)]
    _without(schema, "MinorityReport", "would_flip", "base_rate")
    _without(schema, "OpenAsk", *_WORDS)
    return schema


def judgement_full_schema() -> Schema:
    """A judgement's result with nothing left out."""
    return _complete(Judgement.model_json_schema(mode="serialization"))


def judgement_standard_schema() -> Schema:
    """The same in the detail ``standard``: of single judges no more than their scores."""
    schema = judgement_full_schema()
    _without(schema, "JudgeRecord", *details.OF_JUDGES)
    cast(list[JsonValue], _defined(schema, "JudgeRecord")["required"]).remove("scores")
    return schema


def judgement_brief_schema() -> Schema:
    """The same in the detail ``brief``: what was found, and the first dissent in one line."""
    schema = judgement_full_schema()
    properties = cast(Schema, schema["properties"])
    kept = [key for key in properties if key in details.BRIEF]
    schema["properties"] = {key: properties[key] for key in kept}
    schema["required"] = [key for key in kept if key not in _SOMETIMES]
    return schema


def page_schema() -> Schema:
    """A page of a result, of a transcript, or of one ask: the envelope and what of it fits."""
    return _page(full_schema())


def judgement_page_schema() -> Schema:
    """The same of a judgement."""
    return _page(judgement_full_schema())


def _page(schema: Schema) -> Schema:
    for inner in cast(Schema, schema["$defs"]).values():
        cast(Schema, inner).pop("required", None)  # an entry may go on on the next page
    own: Schema = {
        "transcript": {"type": "string"},
        "ask": {"type": "object"},
        "reply": {"type": ["object", "null"]},
        "next_cursor": {"type": ["string", "null"]},
    }
    schema["properties"] = cast(Schema, schema["properties"]) | own
    schema["required"] = [*ENVELOPE, "next_cursor"]
    return schema


def plan_schema() -> Schema:
    """What a dry run gives."""
    return _complete(Planned.model_json_schema(mode="serialization", by_alias=True))


def review_full_schema() -> Schema:
    """A review's result with nothing left out."""
    return _complete(Review.model_json_schema(mode="serialization", by_alias=True))


def review_standard_schema() -> Schema:
    """The same in the detail ``standard``: of a long one patches and quotes are left out."""
    schema = review_full_schema()
    described = cast(Schema, cast(Schema, schema["$defs"])["Finding"])
    for key in review_details.SOMETIMES_DROPPED:
        cast(list[JsonValue], described["required"]).remove(key.partition(".")[2])
    return schema


def review_brief_schema() -> Schema:
    """The same in the detail ``brief``: how many findings there are, and the first dissent."""
    schema = review_full_schema()
    properties = cast(Schema, schema["properties"])
    kept = [key for key in properties if key in review_details.BRIEF]
    schema["properties"] = {key: properties[key] for key in kept}
    schema["required"] = [key for key in kept if key not in _SOMETIMES]
    _without(schema, "MinorityReport", "would_flip", "base_rate")
    return schema


def search_schema() -> Schema:
    """What a search gives: short entries."""
    heads = cast(Schema, Head.model_json_schema(mode="serialization"))
    known = cast(Schema, heads["properties"])
    keys = ("dossier_id", "kind", "question", "status", "outcome", "ruling")
    entry: Schema = {
        "type": "object",
        "properties": {key: known[key] for key in keys} | {"opened_at": {"type": "string"}},
        "required": [*keys, "opened_at"],
        "additionalProperties": False,
    }
    schema = finds_schema() | {"additionalProperties": False}
    dossiers: Schema = {"type": "array", "items": entry}
    schema["properties"] = cast(Schema, schema["properties"]) | {"dossiers": dossiers}
    return schema


def journal_schema() -> Schema:
    """One line of a journal whose deliberation has ended."""
    return TypeAdapter(Entry).json_schema(mode="serialization", by_alias=True)


FILES: Mapping[str, Callable[[], Schema]] = {
    "deliberation-brief.json": brief_schema,
    "deliberation-standard.json": standard_schema,
    "deliberation-full.json": full_schema,
    "deliberation-page.json": page_schema,
    "judgement-brief.json": judgement_brief_schema,
    "judgement-standard.json": judgement_standard_schema,
    "judgement-full.json": judgement_full_schema,
    "judgement-page.json": judgement_page_schema,
    "review-brief.json": review_brief_schema,
    "review-standard.json": review_standard_schema,
    "review-full.json": review_full_schema,
    "plan.json": plan_schema,
    "search.json": search_schema,
    "journal-line.json": journal_schema,
}
"""Every file and what stands in it."""


def text_of(schema: Mapping[str, JsonValue]) -> str:
    """A schema as it stands in its file."""
    named = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(named, indent=2, ensure_ascii=False) + "\n"


def write(directory: Path) -> None:
    """Write every schema into a directory."""
    for name, schema in FILES.items():
        (directory / name).write_text(text_of(schema()), encoding="utf-8")


def _complete(schema: Schema) -> Schema:
    """``schema`` with every key required that a result always has."""
    for value in cast(Schema, schema["$defs"]).values():
        inner = cast(Schema, value)
        inner["required"] = [key for key in cast(Schema, inner["properties"]) if key not in _WORDS]
    properties = cast(Schema, schema["properties"])
    schema["required"] = [key for key in properties if key not in _SOMETIMES]
    return schema


def _defined(schema: Schema, model: str) -> Schema:
    return cast(Schema, cast(Schema, schema["$defs"])[model])


def _without(schema: Schema, model: str, *keys: str) -> None:
    described = _defined(schema, model)
    properties = cast(Schema, described["properties"])
    described["properties"] = {key: value for key, value in properties.items() if key not in keys}
    described["required"] = [*cast(Schema, described["properties"])]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
