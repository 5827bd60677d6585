"""Edge: a rubric as a file, in TOML or JSON: criteria with anchors and weights, and a threshold.

Whatever is wrong with it is said with the file's name, the place in it and what would be right.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from magi_mcp.core.errors import CallerError
from magi_mcp.core.judging.criteria import Criterion, check_criteria, check_pass_threshold
from magi_mcp.core.normal_form import one_line
from magi_mcp.toml_lines import TomlFault, line_of, parse_toml

ARGUMENT = "rubric"
_KEYS = "name, high (what earns a 10), middle, low, weight"


@dataclass(frozen=True)
class Rubric:
    """By what answers are judged, and the overall median at which one passes; None for none."""

    criteria: tuple[Criterion, ...]
    pass_threshold: float | None = None


def _line(value: object) -> object:
    return one_line(value) if isinstance(value, str) else value


_Anchor = Annotated[str, BeforeValidator(_line), Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: _Anchor
    high: _Anchor
    middle: _Anchor | None = None
    low: _Anchor | None = None
    weight: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    criteria: list[_Entry]
    pass_threshold: float | None = None


def read_rubric(path: Path) -> Rubric:
    """The rubric in a file; ``.json`` is JSON, anything else TOML. Raises ``CallerError``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise CallerError(ARGUMENT, f"{str(path)!r} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise CallerError(
            ARGUMENT, f"{path.name} is not UTF-8 at byte {fault.start}; save it in that encoding."
        ) from fault
    is_json = path.suffix.casefold() == ".json"
    values = _json(path.name, text) if is_json else _toml(path.name, text)
    return _rubric(path.name, "" if is_json else text, values)


def _json(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise CallerError(ARGUMENT, f"{name} is not valid JSON: {fault}.") from fault


def _toml(name: str, text: str) -> object:
    try:
        return parse_toml(text)
    except TomlFault as fault:
        place = "" if fault.line is None else f", line {fault.line},"
        raise CallerError(ARGUMENT, f"{name}{place} is {fault.reason}.") from fault


def _rubric(name: str, text: str, values: object) -> Rubric:
    try:
        told = _File.model_validate(values)
    except ValidationError as invalid:
        error = invalid.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(n + 1 if isinstance(n, int) else n) for n in error["loc"])
        line = f", line {line_of(text, error['loc'])}" if text and error["loc"] else ""
        raise CallerError(
            ARGUMENT,
            f"{name}{line}: {where or 'the whole'}: {error['msg']}. Each of criteria has: {_KEYS}; "
            "beside them may stand pass_threshold.",
        ) from invalid
    criteria = tuple(Criterion(**each.model_dump(exclude_none=True)) for each in told.criteria)
    try:
        check_criteria(criteria)
        if told.pass_threshold is not None:
            check_pass_threshold(told.pass_threshold)
    except CallerError as fault:
        raise CallerError(ARGUMENT, f"{name}: {fault}") from fault
    return Rubric(criteria, told.pass_threshold)
