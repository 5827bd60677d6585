"""The complete schemas that results must meet, closed, so that nothing unforeseen passes."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from magi_mcp.core.details import Detail
from magi_mcp.server.complete_schemas import FILES


def strict_schema(
    detail: Detail, *, running: bool = False, awaiting: bool = False
) -> dict[str, Any]:
    """The schema of a deliberation's result in the given detail, by whether it is under way."""
    schema: dict[str, Any] = FILES[f"deliberation-{detail}.json"]()
    for key, there in (("progress", running or awaiting), ("asks", awaiting)):
        if there:
            schema["required"].append(key)
        else:
            del schema["properties"][key]
    return schema


def strict_plan_schema() -> dict[str, Any]:
    """The schema of a plan, which has but one detail."""
    schema: dict[str, Any] = FILES["plan.json"]()
    return schema


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = FILES[name]()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults_by(name: str, instance: object) -> list[str]:
    """What keeps ``instance`` from meeting the published schema in that file."""
    return [
        f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(instance)
    ]


def faults(instance: object, schema: Mapping[str, Any]) -> list[str]:
    """What keeps ``instance`` from meeting ``schema``; empty if it does."""
    Draft202012Validator.check_schema(schema)
    errors = Draft202012Validator(schema).iter_errors(instance)
    return [f"{error.json_path}: {error.message}" for error in errors]
