"""Core: reviews cut down to what a reader has room for, saying what was left out.

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

FINDINGS = 8
"""How many findings the detail ``standard`` shows."""

BRIEF = (
    *ENVELOPE,
    "assessment",
    "scope",
    "findings_total",
    "minority_report",
    "progress",
    "actual",
)
"""The keys of the detail ``brief``."""

_ENTRIES: Mapping[str, int] = {
    "findings": FINDINGS,
    "files_reviewed": 20,
    "files_skipped": 10,
    "warnings": 10,
    "minority_report": STANDARD_ITEMS,
}
_CHARS: Mapping[str, int] = {
    "scope": 300,
    "warnings": 240,
    "findings.title": 140,
    "findings.explanation": 400,
    "findings.suggestion": 600,
    "findings.quote": 300,
    "findings.category": 40,
    "files_skipped.why": 100,
    "minority_report.position": 120,
    "minority_report.argument": 300,
    "actual.note": 200,
}
SOMETIMES_DROPPED = ("findings.suggestion", "findings.quote")
"""What is left out where cutting texts is not enough; the dossier has it."""

_BRIEF_DISSENT_CHARS = 160
_LEAST_CHARS = 24


def standard(whole: Json) -> Json:
    """The result as it is told by default: the first findings, in short.

    Where they are many and long, first texts are cut, then patches and quotes go.
    """
    for dropped in ((), SOMETIMES_DROPPED):
        for share in SHARES:
            shown = _cut(whole, share, dropped)
            if characters_of(shown) <= STANDARD_CHARS:
                return shown
    return shown


def brief(whole: Json) -> Json:
    """Envelope, assessment, how many findings there are, and the first dissent in one line."""
    shown = _cut({key: value for key, value in whole.items() if key in BRIEF}, 1.0, ())
    left = [key for key in whole if key not in BRIEF]
    dissent = shown.get("minority_report")
    if isinstance(dissent, list) and dissent and isinstance(dissent[0], dict):
        line = {key: dissent[0][key] for key in ("position", "seats", "argument")}
        argument = str(line["argument"])
        line["argument"] = shortened(argument, _BRIEF_DISSENT_CHARS)
        shown["minority_report"] = [line]
        left += ["minority_report.would_flip", "minority_report.base_rate"]
        left += ["minority_report[1:]"] if dissent[1:] else []
        if line["argument"] != argument:
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
    value: JsonValue, path: str, share: float, dropped: tuple[str, ...], omitted: dict[str, None]
) -> JsonValue:
    match value:
        case str() if path in _CHARS:
            bound = max(int(_CHARS[path] * share), min(_CHARS[path], _LEAST_CHARS))
            if len(value) <= bound:
                return value
            omitted[f"{path}[{bound}:]"] = None
            # Code is cut where it stands: on one line it would be none.
            return f"{value[:bound]}…" if path in SOMETIMES_DROPPED else shortened(value, bound)
        case list():
            most = _ENTRIES.get(path, len(value))
            if len(value) > most:
                omitted[f"{path}[{most}:]"] = None
            return [_value(each, path, share, dropped, omitted) for each in value[:most]]
        case dict():
            gone = [key for key in value if f"{path}.{key}" in dropped]
            omitted |= dict.fromkeys(f"{path}.{key}" for key in gone)
            return {
                key: _value(each, f"{path}.{key}", share, dropped, omitted)
                for key, each in value.items()
                if key not in gone
            }
        case _:
            return value
