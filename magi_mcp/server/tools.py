"""Server: the tools, and the results they give. Descriptions are written for models."""

from typing import Annotated, cast

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent, ToolAnnotations
from pydantic import Field, JsonValue

from magi_mcp.convening import Request
from magi_mcp.core.announcement import announce
from magi_mcp.core.case import METHODS, PROTOCOLS
from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.core.planned import announce_plan
from magi_mcp.core.result import as_json, verdict_of
from magi_mcp.core.verdict import Planned
from magi_mcp.server.arguments import CouncilTool, Ctx
from magi_mcp.server.clients import follows_tasks
from magi_mcp.server.schemas import envelope_schema, input_schema, verdict_schema
from magi_mcp.server.waiting import until_the_end

OPENING = frozenset({"deliberate"})
"""The tools that open a dossier."""

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

GET_DOSSIER = """\
What a council decided, or how far it has come. Call it after deliberate timed out, or to \
return to an earlier ruling. While status is running there is no verdict yet: do next_step \
before answering."""


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
Reference = Annotated[str, Field(description='Its id, the last 8 characters of it, or "latest".')]


async def deliberate(
    *,
    question: Question,
    context: Context,
    method: Method,
    options: Options,
    protocol: Protocol,
    personas: Personas,
    dry_run: DryRun,
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
    await ctx.notify_resources_changed()
    if follows_tasks(ctx.session):
        return result_of(sitting.dossier, council.clock.now())
    dossier = await until_the_end(sitting, ctx)
    return result_of(dossier, council.clock.now(), is_error=dossier.status == "failed")


async def get_dossier(*, dossier_id: Reference, ctx: Ctx) -> CallToolResult:
    """The state of a dossier as it is now. That its council failed is no failure to find it."""
    council = ctx.request_context.lifespan_context
    return result_of(await council.dossier(dossier_id), council.clock.now())


def result_of(dossier: Dossier, now: float, *, is_error: bool = False) -> CallToolResult:
    """A dossier as a result: in words, as an object, and as a link to the whole of it."""
    verdict = verdict_of(dossier, now=now)
    link = ResourceLink(
        uri=dossier.uri,
        name=f"dossier {short_id(dossier.dossier_id)}",
        mime_type="text/markdown",
    )
    content: list[ContentBlock] = [TextContent(text=announce(verdict)), link]
    return CallToolResult(
        content=content, structured_content=as_json(verdict, "standard"), is_error=is_error
    )


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
    reading = CouncilTool.from_function(
        get_dossier,
        title="Read a dossier",
        description=GET_DOSSIER,
        annotations=ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
    return [_published(asking, verdict_schema()), _published(reading, envelope_schema())]


def _published(tool: Tool, output_schema: dict[str, JsonValue]) -> Tool:
    tool.parameters = input_schema(cast(dict[str, JsonValue], tool.parameters))
    tool.fn_metadata.output_schema = output_schema
    return tool
