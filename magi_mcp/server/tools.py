"""Server: the tool that asks a council, and the list of all. Descriptions are for models."""

from typing import Annotated, assert_never

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from magi_mcp.convening import Request
from magi_mcp.core.case import METHODS, PROTOCOLS
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.planned import announce_plan
from magi_mcp.core.result import as_json
from magi_mcp.core.verdict import Planned
from magi_mcp.server.archive_tools import Detail, archive_tools
from magi_mcp.server.arguments import CouncilTool, Ctx, published
from magi_mcp.server.reading import Reading, reading_of, summary_of
from magi_mcp.server.schemas import verdict_schema
from magi_mcp.server.waiting import until_the_end
from magi_mcp.service import Council

DELIBERATE = """\
Put a question to a council of language models that answer without seeing each other, vote, \
and argue where they split. Returns the ruling (or estimate, account, ranked drafts), votes, \
minority report and what would change it.
Use it when the user asks for a council or for second opinions, or before a choice that is \
costly to undo and on which informed people differ. Not for what can be looked up, computed \
or tested; never twice for one question.
The council sees only question and context, not this chat. It may take minutes and costs money. \
After a time-out it goes on by itself: call get_dossier("latest") instead of asking \
again. When the result has a next_step, do that before answering."""

Question = Annotated[str, Field(description="What the council decides; understandable by itself.")]
Context = Annotated[
    str,
    Field(
        default_factory=str,
        description="Every fact, constraint and text it needs, in full.",
    ),
]
Method = Annotated[
    str,
    Field(
        default_factory=str,
        description="How it is answered: yes_no; options; probability (of yes); majority (open, "
        "the prevailing view); consensus (common ground that seats ratify); minority (what most "
        "overlook); synthesis (one account of all views); compose (a text: drafts, ranked blind). "
        "Default: options if any are given, else as configured.",
        json_schema_extra={"enum": list(METHODS)},
    ),
]
Options = Annotated[
    list[str],
    Field(default_factory=list, description="The choices, at least two, all different."),
]
Protocol = Annotated[
    str,
    Field(
        default_factory=str,
        description="vote: one blind round. critique: argued until positions rest. escalate: one "
        "argument, then arbiter or trusted seat. adaptive: as much as the split is worth. "
        "Default: as configured.",
        json_schema_extra={"enum": list(PROTOCOLS)},
    ),
]
Personas = Annotated[
    list[str],
    Field(
        default_factory=list,
        description='["none"] for factual questions, one preset\'s name, or one lens per seat. '
        "Default: as configured.",
    ),
]
DryRun = Annotated[
    bool,
    Field(
        default_factory=bool,
        description="Only reckon calls, tokens and price; send nothing.",
    ),
]


async def deliberate(
    *,
    question: Question,
    context: Context,
    method: Method,
    options: Options,
    protocol: Protocol,
    personas: Personas,
    dry_run: DryRun,
    detail: Detail,
    ctx: Ctx,
) -> CallToolResult:
    """Put a question and wait for the verdict; the deliberation outlives a lost call."""
    council = ctx.request_context.lifespan_context
    request = Request(
        question=question,
        context=context,
        method=method or None,
        options=tuple(options),
        protocol=protocol or None,
        personas=tuple(personas),
    )
    if dry_run:
        return result_of_plan(await council.plan(request))
    sitting = await council.put(request)
    dossier = await until_the_end(sitting, ctx)
    return await result_of(dossier, council, detail)


async def result_of(dossier: Dossier, council: Council, detail: Reading) -> CallToolResult:
    """What a deliberation came to, in any detail. That nobody could answer is an error."""
    now = council.clock.now()
    match detail:
        case "brief" | "standard":
            failed = dossier.status == "failed"
            return summary_of(dossier, now, detail=detail, is_error=failed)
        case "full" | "transcript":
            return reading_of(await council.record(dossier.dossier_id), now, detail=detail)
        case _:
            assert_never(detail)


def result_of_plan(result: Planned) -> CallToolResult:
    """A plan as a result: in words and as an object. It has no dossier to link to."""
    return CallToolResult(
        content=[TextContent(text=announce_plan(result))],
        structured_content=as_json(result, "standard"),
    )


def council_tools() -> list[Tool]:
    """Every tool of the server, in the order in which they are listed."""
    asking = CouncilTool.from_function(
        deliberate,
        title="Ask the council",
        description=DELIBERATE,
        annotations=ToolAnnotations(
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=True,
        ),
    )
    return [published(asking, verdict_schema()), *archive_tools()]
