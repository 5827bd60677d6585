"""Server: the tool that asks a council, and the list of all. Descriptions are for models."""

from typing import Annotated, Literal, assert_never

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from magi_mcp.convening import Request
from magi_mcp.core.case import METHODS, PROTOCOLS
from magi_mcp.core.planned import announce_plan
from magi_mcp.core.verdict import Planned
from magi_mcp.results import as_json
from magi_mcp.server.advanced import AdvancedArgument, with_advanced
from magi_mcp.server.archive_tools import Detail, Reference, WaitS, archive_tools
from magi_mcp.server.arguments import CouncilTool, Ctx, published
from magi_mcp.server.files import ClientRoots, documents_given
from magi_mcp.server.judging_tools import judging_tool
from magi_mcp.server.opening import answer_when_heard
from magi_mcp.server.playing_tool import playing_tool
from magi_mcp.server.reading import reading_of, summary_of
from magi_mcp.server.review_tools import review_tool
from magi_mcp.server.schemas import verdict_schema
from magi_mcp.server.waiting import Arrived

DELIBERATE = """\
Put a question to a council of language models that answer without seeing each other, vote, \
and argue where they split. Returns the ruling (or estimate, account, ranked drafts), votes, \
minority report and what would change it.
Use it when the user asks for a council or for second opinions, or before a choice that is \
costly to undo and on which informed people differ. Not for what can be looked up, computed \
or tested; never twice for one question.
The council sees only question, context and files, not this chat. It may take minutes and \
costs money. After a time-out call get_dossier("latest") instead of asking again. While status \
is running or awaiting_replies there is no verdict: do next_step before answering."""

CONTROL_DOSSIER = """\
Stop a running deliberation, when the user wants that; or resume one that was interrupted, \
cancelled or failed: what had arrived is kept and not paid for again."""


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
Files = Annotated[
    list[str],
    Field(
        default_factory=list,
        description="Texts to read in the client's roots: path or path:10-80. No credentials.",
    ),
]
Follows = Annotated[
    str,
    Field(
        default_factory=str,
        description="An earlier dossier that this question builds on; its verdict is told.",
    ),
]
Fresh = Annotated[
    bool,
    Field(
        default_factory=bool,
        description="Deliberate anew a question that runs or has just been decided.",
    ),
]
Action = Annotated[Literal["cancel", "resume"], Field(description="What to do with it.")]


async def deliberate(
    *,
    arrived: Arrived,
    question: Question,
    context: Context,
    files: Files,
    method: Method,
    options: Options,
    protocol: Protocol,
    personas: Personas,
    follows: Follows,
    dry_run: DryRun,
    fresh: Fresh,
    wait_s: WaitS,
    detail: Detail,
    advanced: AdvancedArgument,
    roots: ClientRoots,
    ctx: Ctx,
) -> CallToolResult:
    """Put a question and wait for the verdict; the deliberation outlives a lost call."""
    council = ctx.request_context.lifespan_context
    request = Request(
        question=question,
        context=context,
        documents=await documents_given(files, roots, ctx),
        method=method or None,
        options=tuple(options),
        protocol=protocol or None,
        personas=tuple(personas),
        follows=follows,
        fresh=fresh,
        playable=True,
    )
    request = with_advanced(request, advanced)
    if dry_run:
        return result_of_plan(await council.plan(request))
    return await answer_when_heard(
        council.put(request), ctx, arrived=arrived, wait_s=wait_s, detail=detail
    )


async def control_dossier(*, dossier_id: Reference, action: Action, ctx: Ctx) -> CallToolResult:
    """Stop a deliberation, or go on with it; returns at once."""
    council = ctx.request_context.lifespan_context
    match action:
        case "cancel":
            dossier = await council.cancel(dossier_id, by="control_dossier")
            return summary_of(dossier, council.clock.now())
        case "resume":
            hearing = await council.resume(dossier_id, by="control_dossier")
            await hearing.promise()
            return reading_of(hearing, council.clock.now())
        case _:
            assert_never(action)


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
    controlling = CouncilTool.from_function(
        control_dossier,
        title="Stop or resume a deliberation",
        description=CONTROL_DOSSIER,
        annotations=ToolAnnotations(
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=True,
        ),
    )
    return [
        published(asking, verdict_schema),
        judging_tool(),
        review_tool(),
        *archive_tools(),
        playing_tool(),
        published(controlling, None),
    ]
