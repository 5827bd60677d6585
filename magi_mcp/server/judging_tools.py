"""Server: the tool that has answers judged. Its description is for models."""

from typing import Annotated

import anyio
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from magi_mcp.convening import Request
from magi_mcp.core.judging.criteria import criteria_from
from magi_mcp.judgements import JudgementRequest
from magi_mcp.server.archive_tools import Detail, WaitS
from magi_mcp.server.arguments import CouncilTool, Ctx, published
from magi_mcp.server.waiting import answered, patience

JUDGE_ANSWER = """\
Have texts that exist judged by a panel of models that work alone. One is scored 1 to 10 per \
criterion; several are compared in pairs and in both orders. To choose between plans use \
deliberate with options. Takes minutes and costs money; while running do next_step."""

Question = Annotated[str, Field(description="What the answers were written for.")]
Answers = Annotated[list[str], Field(description="The texts, whole; at most 20.")]
Reference = Annotated[str, Field(default_factory=str, description="An answer known to be right.")]
Criteria = Annotated[
    list[str],
    Field(
        default_factory=list,
        description='Each "name: what earns a 10". Default: correctness, completeness, clarity, '
        "overall.",
    ),
]
Threshold = Annotated[
    float | None,
    Field(default_factory=lambda: None, description="Overall median to pass; one answer only."),
]
Authors = Annotated[
    list[str],
    Field(
        default_factory=list,
        description="Models that wrote them; judges of their families are recused.",
    ),
]


async def judge_answer(
    *,
    question: Question,
    answers: Answers,
    reference: Reference,
    criteria: Criteria,
    pass_threshold: Threshold,
    authors: Authors,
    wait_s: WaitS,
    detail: Detail,
    ctx: Ctx,
) -> CallToolResult:
    """Put answers to the panel and wait for the judgement, which outlives a lost call."""
    raise AssertionError
