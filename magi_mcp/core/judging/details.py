"""Core: judgements cut down to what a reader has room for, saying what was left out.

Works on results as JSON, and names what it leaves out as :mod:`magi_mcp.core.details` does.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from magi_mcp.core.details import (
    ENVELOPE,
    SHARES,
    STANDARD_CHARS,
    STANDARD_ITEMS,
    Json,
    characters_of,
)
from magi_mcp.core.words import shortened

BRIEF = (
    *ENVELOPE,
    "outcome",
    "passed",
    "winner",
    "overall",
    "agreement",
    "minority_report",
    "progress",
    "actual",
)
"""The keys of the detail ``brief``."""

OF_JUDGES = ("pairs", "rationale")
"""What is told of single judges in the detail ``full`` alone."""

_WARNINGS = 10
_CHARS: Mapping[str, int] = {
    "question": 300,
    "warnings": 240,
    "minority_report.position": 120,
    "minority_report.argument": 400,
    "actual.note": 200,
}
_BRIEF_DISSENT_CHARS = 160
_LEAST_CHARS = 24


def standard(whole: Json) -> Json:
    """The result as it is told by default: scores and ranking, without every judge's reasons.

    Of a large panel at odds first the texts are cut, and then the judges' single scores go.
    """
    for dropped in (OF_JUDGES, (*OF_JUDGES, "scores")):
        for share in SHARES:
            shown = _cut(whole, share, dropped)
            if characters_of(shown) <= STANDARD_CHARS:
                return shown
    return shown


def brief(whole: Json) -> Json:
    """Envelope, result, agreement, and the first dissent in one line."""
    kept = {key: value for key, value in whole.items() if key in BRIEF}
    dissent = kept.get("minority_report")
    if isinstance(dissent, list):
        kept["minority_report"] = dissent[:1]
    shown = _cut(kept, 1.0, OF_JUDGES)
    left = [key for key in whole if key not in BRIEF]
    if isinstance(dissent, list) and dissent and isinstance(dissent[0], dict):
        line = dissent[0]
        argument = str(line["argument"])
        told = {**line, "argument": shortened(argument, _BRIEF_DISSENT_CHARS)}
        shown["minority_report"] = [told]
        if dissent[1:]:
            left.append("minority_report[1:]")
        if told["argument"] != argument:
            left.append(f"minority_report.argument[{_BRIEF_DISSENT_CHARS}:]")
    omitted = shown["omitted"]
    assert isinstance(omitted, list), "what is cut is always listed"
    shown["omitted"] = [*dict.fromkeys([*omitted, *left])]
    return shown


def _cut(whole: Json, share: float, dropped: tuple[str, ...]) -> Json:
    omitted: dict[str, None] = {}
    shown = {key: _value(value, key, share, dropped, omitted) for key, value in whole.items()}
    shown["omitted"] = list(omitted)
    return shown


def _value(
    value: JsonValue,
    path: str,
    share: float,
    dropped: tuple[str, ...],
    omitted: dict[str, None],
) -> JsonValue:
    match value:
        case str() if path in _CHARS:
            bound = max(int(_CHARS[path] * share), _LEAST_CHARS)
            if len(value) > bound:
                omitted[f"{path}[{bound}:]"] = None
            return shortened(value, bound) if len(value) > bound else value
        case list():
            most = {"warnings": _WARNINGS, "minority_report": STANDARD_ITEMS}.get(path, len(value))
            if len(value) > most:
                omitted[f"{path}[{most}:]"] = None
            return [_value(each, path, share, dropped, omitted) for each in value[:most]]
        case dict():
            gone = [key for key in value if path == "judges" and key in dropped]
            omitted |= dict.fromkeys(f"{path}.{key}" for key in gone if value[key])
            return {
                key: _value(each, f"{path}.{key}", share, dropped, omitted)
                for key, each in value.items()
                if key not in gone
            }
        case _:
            return value
