"""Server: the tools over what is kept: reading, searching, and telling how a ruling fared."""

from typing import Annotated

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent, ToolAnnotations
from pydantic import Field

from magi_mcp.core.dossier import dossier_uri, short_id
from magi_mcp.core.fate import how_it_fared
from magi_mcp.core.inquiry import (
    DEFAULT_LIMIT,
    KINDS,
    MAX_LIMIT,
    OUTCOMES,
    announce_finds,
    entry,
    next_step,
    search_for,
)
from magi_mcp.results import as_json, result_of
from magi_mcp.server.arguments import CouncilTool, Ctx, published
from magi_mcp.server.reading import READINGS, Reading, link_to, reading_of
from magi_mcp.server.schemas import envelope_schema, finds_schema
from magi_mcp.server.waiting import DEFAULT_WAIT_S, Arrived, attend, patience

GET_DOSSIER = """\
What a council decided, or how far it has come; waits for one that runs. Call it after \
deliberate timed out or returned running, or to return to an earlier ruling. While status is \
running or awaiting_replies there is no verdict: do next_step before answering."""

SEARCH_DOSSIERS = """\
Find earlier deliberations by words of question, ruling and arguments. Look here before putting \
a question that the council may have decided."""

RECORD_OUTCOME = """\
Keep what really happened after a ruling. Only when the user reports it; never from your own \
judgement."""

Reference = Annotated[str, Field(description='Its id, the last 8 characters of it, or "latest".')]
WaitS = Annotated[
    float,
    Field(
        default_factory=lambda: DEFAULT_WAIT_S,
        ge=0,
        allow_inf_nan=False,
        description=f"Seconds to wait for the verdict; default {DEFAULT_WAIT_S:g}.",
    ),
]
Detail = Annotated[
    Reading,
    Field(
        default_factory=lambda: "standard",
        description="Default standard; the last two in pages.",
        json_schema_extra={"enum": list(READINGS)},
    ),
]
Cursor = Annotated[
    str, Field(default_factory=str, description="Of the next page, from the last answer.")
]
AskId = Annotated[
    str,
    Field(default_factory=str, description='Only this ask and its reply, e.g. "r2/casper".'),
]
Query = Annotated[
    str, Field(default_factory=str, description="Words, in any order; none: the newest.")
]
OfKind = Annotated[str, Field(default_factory=str, json_schema_extra={"enum": list(KINDS)})]
OfOutcome = Annotated[str, Field(default_factory=str, json_schema_extra={"enum": list(OUTCOMES)})]
Since = Annotated[
    str, Field(default_factory=str, description="Opened then or later, e.g. 2026-11-22.")
]
Until = Annotated[str, Field(default_factory=str, description="Opened then or earlier.")]
Limit = Annotated[
    int,
    Field(
        default_factory=lambda: DEFAULT_LIMIT,
        ge=1,
        le=MAX_LIMIT,
        description=f"Default {DEFAULT_LIMIT}.",
    ),
]
What = Annotated[
    str,
    Field(description='"correct", "wrong", or what proved right: an option, "yes" or "no".'),
]
Note = Annotated[str, Field(default_factory=str, description="How that is known.")]


async def get_dossier(
    *,
    arrived: Arrived,
    dossier_id: Reference,
    wait_s: WaitS,
    detail: Detail,
    cursor: Cursor,
    ask_id: AskId,
    ctx: Ctx,
) -> CallToolResult:
    """A dossier at its end, or as far as it has come by then.

    That its council failed is no failure to find it. Whoever asks for a further page is not kept
    waiting: it is one of what there was, and what comes of waiting is another record.
    """
    council = ctx.request_context.lifespan_context
    wait_s, lowered = patience(wait_s, council.provisions.max_wait_s)
    hearing = await council.hearing(dossier_id)
    if not cursor:
        await attend(hearing, ctx, arrived + wait_s)
    return reading_of(
        hearing,
        council.clock.now(),
        detail=detail,
        cursor=cursor,
        ask_id=ask_id.strip(),
        notes=lowered,
    )


async def search_dossiers(
    *,
    query: Query,
    kind: OfKind,
    outcome: OfOutcome,
    since: Since,
    until: Until,
    limit: Limit,
    cursor: Cursor,
    ctx: Ctx,
) -> CallToolResult:
    """Short entries, best first, each with a link to its report."""
    council = ctx.request_context.lifespan_context
    wanted = search_for(query, kind=kind, outcome=outcome, since=since, until=until)
    page = await council.search(wanted, limit, cursor or None)
    content: list[ContentBlock] = [TextContent(text=announce_finds(page.finds, page.cursor))]
    content += [
        ResourceLink(
            uri=dossier_uri(find.head.dossier_id),
            name=f"dossier {short_id(find.head.dossier_id)}",
            mime_type="text/markdown",
        )
        for find in page.finds
    ]
    return CallToolResult(
        content=content,
        structured_content={
            "schema_version": "1",
            "dossiers": [entry(find) for find in page.finds],
            "next_step": next_step(page.finds, page.cursor),
            "next_cursor": page.cursor,
        },
    )


async def record_outcome(
    *, dossier_id: Reference, actual: What, note: Note, ctx: Ctx
) -> CallToolResult:
    """Add what really happened to a dossier; of several words the newest counts."""
    council = ctx.request_context.lifespan_context
    dossier = await council.record_outcome(dossier_id, actual, note)
    result = result_of(dossier)
    assert result.actual is not None, "it was just recorded"
    told = f"RECORDED. {how_it_fared(result.actual)}\n{dossier.uri}"
    return CallToolResult(
        content=[TextContent(text=told), link_to(dossier)],
        structured_content=as_json(result, "brief") | {"next_step": None},
    )


def archive_tools() -> list[Tool]:
    """The tools of this module, in the order in which they are listed."""
    reads = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    writes = ToolAnnotations(
        read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    reading = CouncilTool.from_function(
        get_dossier, title="Read a dossier", description=GET_DOSSIER, annotations=reads
    )
    searching = CouncilTool.from_function(
        search_dossiers, title="Search dossiers", description=SEARCH_DOSSIERS, annotations=reads
    )
    recording = CouncilTool.from_function(
        record_outcome,
        title="Record what really happened",
        description=RECORD_OUTCOME,
        annotations=writes,
    )
    return [
        published(reading, envelope_schema),
        published(searching, finds_schema),
        published(recording, None),
    ]
