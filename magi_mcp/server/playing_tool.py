"""Server: the tool with which whoever plays the seats of a council hands in replies."""

import json
from typing import Annotated

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from magi_mcp.core.playing import HandedIn
from magi_mcp.server.archive_tools import Reference
from magi_mcp.server.arguments import CouncilTool, Ctx, published
from magi_mcp.server.reading import reading_of

SUBMIT_REPLIES = """\
Answer for seats you play (status awaiting_replies): each ask alone, in a fresh context or by \
another model; some or all. Returns more asks or the verdict."""


def _as_text(given: object) -> object:
    """A reply that is to be one JSON object is often handed in as that object."""
    return json.dumps(given, ensure_ascii=False) if isinstance(given, dict) else given


class PlayedReply(BaseModel):
    """A reply to one ask. Clients that fill in all they know of send null for no model."""

    model_config = ConfigDict(extra="forbid")

    ask_id: str
    text: Annotated[str, BeforeValidator(_as_text)]
    model: str | None = None


_TEXT = {"type": "string"}
Played = Annotated[
    PlayedReply,
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"ask_id": _TEXT, "text": _TEXT, "model": _TEXT},
            "required": ["ask_id", "text"],
        }
    ),
]
Replies = Annotated[
    list[Played], Field(description="text: as its ask wants it; model: who answered.")
]


async def submit_replies(*, dossier_id: Reference, replies: Replies, ctx: Ctx) -> CallToolResult:
    """Take what can be taken, and tell what the council asks next or has found."""
    council = ctx.request_context.lifespan_context
    handed_in = [HandedIn(each.ask_id, each.text, each.model or "") for each in replies]
    hearing = await council.submit(dossier_id, handed_in)
    return reading_of(hearing, council.clock.now(), notes=hearing.notes)


def playing_tool() -> Tool:
    """The tool of this module."""
    submitting = CouncilTool.from_function(
        submit_replies,
        title="Answer for the seats you play",
        description=SUBMIT_REPLIES,
        annotations=ToolAnnotations(
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    return published(submitting, None)
