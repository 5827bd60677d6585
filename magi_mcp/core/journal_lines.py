"""Core: a journal as JSON Lines, an entry in each, for programs that read it elsewhere.

While a deliberation runs, what seats replied is withheld: nobody is to act on half a vote.
"""

import json
import math
from collections.abc import Iterable

from pydantic import JsonValue

from magi_mcp.core.asked import WITHHELD
from magi_mcp.core.events import Entry, LateReply, ReplyReceived


def journal_lines(entries: Iterable[Entry], *, running: bool) -> str:
    """The entries in their order. Plain ASCII, so that no character of theirs is lost."""
    lines = (json.dumps(_entry(entry, running=running), allow_nan=False) for entry in entries)
    return "".join(f"{line}\n" for line in lines)


def _entry(entry: Entry, *, running: bool) -> JsonValue:
    told: dict[str, JsonValue] = entry.model_dump(mode="json", by_alias=True)
    event = told["event"]
    if running and isinstance(entry.event, ReplyReceived | LateReply) and isinstance(event, dict):
        kept = {key: value for key, value in event.items() if key not in ("reply", "ballot")}
        told["event"] = {**kept, "withheld": WITHHELD}
    return _finite(told)


def _finite(value: JsonValue) -> JsonValue:
    """``value`` with words where JSON has no notation for a number."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case list():
            return [_finite(each) for each in value]
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case _:
            return value
