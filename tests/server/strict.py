"""JSON Schemas that results must meet: the published one, and the core's own in every detail."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from magi_mcp.core.result import Detail
from magi_mcp.core.verdict import Planned, Verdict


def strict_schema(detail: Detail, *, running: bool = False) -> dict[str, Any]:
    """The complete, closed schema of a deliberation's result in the given detail."""
    schema = Verdict.model_json_schema(mode="serialization", by_alias=True)
    for key in ("asks",) if running else ("asks", "progress"):
        del schema["properties"][key]
    if detail == "standard":
        del schema["$defs"]["BallotRecord"]["properties"]["summary"]
    return _complete(schema)


def strict_plan_schema() -> dict[str, Any]:
    """The complete, closed schema of a plan, which has but one detail."""
    return _complete(Planned.model_json_schema(mode="serialization", by_alias=True))


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    for each in (schema, *schema["$defs"].values()):
        assert each["additionalProperties"] is False
        each["required"] = list(each["properties"])
    return schema


def faults(instance: object, schema: Mapping[str, Any]) -> list[str]:
    """What keeps ``instance`` from meeting ``schema``; empty if it does."""
    Draft202012Validator.check_schema(schema)
    errors = Draft202012Validator(schema).iter_errors(instance)
    return [f"{error.json_path}: {error.message}" for error in errors]
