"""Server: the answer that all tools give that open a dossier."""

from collections.abc import Awaitable

from mcp_types import CallToolResult

from magi_mcp.runtime.hearing import Hearing
from magi_mcp.server.arguments import Ctx
from magi_mcp.server.clients import follows_tasks
from magi_mcp.server.reading import Reading, reading_of
from magi_mcp.server.waiting import Company, patience

OPENING = frozenset({"deliberate", "judge_answer", "review_code"})
"""The tools that open a dossier."""


async def answer_when_heard(
    opening: Awaitable[Hearing], ctx: Ctx, *, arrived: float, wait_s: float, detail: Reading
) -> CallToolResult:
    """Wait for what is opened or joined, and tell what it came to, or how far it has come.

    ``arrived`` is when the call came, on the event loop's clock; ``wait_s`` counts from then.
    """
    council = ctx.request_context.lifespan_context
    company = Company(ctx)
    hearing = await company.until_heard(opening)
    wait_s, lowered = patience(wait_s, council.provisions.max_wait_s)
    if follows_tasks(ctx.session):
        await hearing.promise()  # the client comes back by asking for its task
        return answer_of(hearing, council.clock.now(), detail, hearing.notes)
    await company.attend(hearing, arrived + wait_s)
    return answer_of(hearing, council.clock.now(), detail, (*hearing.notes, *lowered))


def answer_of(
    hearing: Hearing, now: float, detail: Reading = "standard", notes: tuple[str, ...] = ()
) -> CallToolResult:
    """What a question came to, for whoever put it: that nobody could answer it is an error."""
    answer = reading_of(hearing, now, detail=detail, notes=notes)
    return answer.model_copy(update={"is_error": hearing.dossier.status == "failed"})
