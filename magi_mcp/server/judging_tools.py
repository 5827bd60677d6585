"""Server: the tool that has answers judged. Its description is for models."""

from collections.abc import Mapping
from typing import Annotated, Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from magi_mcp.convening import Request
from magi_mcp.core.errors import CallerError
from magi_mcp.core.judging.criteria import criteria_from
from magi_mcp.judgements import JudgementRequest
from magi_mcp.server.advanced import AdvancedArgument, with_advanced
from magi_mcp.server.archive_tools import Detail, WaitS
from magi_mcp.server.arguments import CouncilTool, Ctx, published
from magi_mcp.server.opening import answer_when_heard
from magi_mcp.server.waiting import Arrived

JUDGE_ANSWER = """\
Have texts that exist judged by models that work alone: one is scored, several are compared \
pair by pair in both orders. To choose between plans use deliberate with options. While status \
is running do next_step. It costs money."""

Question = Annotated[str, Field(description="What they answer.")]
Answers = Annotated[list[str], Field(description="The texts, whole.")]
Reference = Annotated[str, Field(default_factory=str, description="A right answer.")]
Criteria = Annotated[
    list[str],
    Field(
        default_factory=list,
        description='Each "name: what earns a 10".',
    ),
]


def _number(schema: dict[str, Any]) -> None:
    """Null stands for what is not given, here as with every argument, and is not shown."""
    del schema["anyOf"]
    schema["type"] = "number"


Threshold = Annotated[
    float | None,
    Field(
        default_factory=lambda: None,
        description="Median from which one answer passes, 1 to 10.",
        json_schema_extra=_number,
    ),
]
Authors = Annotated[
    list[str],
    Field(
        default_factory=list,
        description="Models that wrote them; their families do not judge.",
    ),
]


_WITHOUT_EFFECT = frozenset(
    {
        "arbiter",
        "trust",
        "max_rounds",
        "min_rounds",
        "vote_threshold",
        "rapporteur",
        "rapporteur_prompt",
    }
)
"""Keys of ``advanced`` that are about arguing, which judges never do."""


async def judge_answer(
    *,
    arrived: Arrived,
    question: Question,
    answers: Answers,
    reference: Reference,
    criteria: Criteria,
    pass_threshold: Threshold,
    authors: Authors,
    wait_s: WaitS,
    detail: Detail,
    advanced: AdvancedArgument,
    ctx: Ctx,
) -> CallToolResult:
    """Put answers to the panel and wait for the judgement, which outlives a lost call."""
    _check_effect(advanced)
    request = JudgementRequest(
        terms=with_advanced(Request(question=question), advanced),
        answers=tuple(answers),
        reference=reference,
        criteria=criteria_from(criteria),
        pass_threshold=pass_threshold,
        authors=tuple(authors),
    )
    council = ctx.request_context.lifespan_context
    return await answer_when_heard(
        council.judge(request), ctx, arrived=arrived, wait_s=wait_s, detail=detail
    )


def _check_effect(advanced: Mapping[str, object]) -> None:
    for key in sorted(_WITHOUT_EFFECT & set(advanced)):
        if advanced[key] is not None:
            raise CallerError(
                f"advanced.{key}",
                "has no effect on a judgement, whose judges never argue; leave it out.",
            )


def judging_tool() -> Tool:
    """The tool as it is listed."""
    judging = CouncilTool.from_function(
        judge_answer,
        title="Have answers judged",
        description=JUDGE_ANSWER,
        annotations=ToolAnnotations(
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=True,
        ),
    )
    return published(judging, None)
