"""Core: what a journal may begin and end with: the cases and decisions of every kind."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from magi_mcp.core.case import Case
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.findings import JudgementDecision
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.decision import ReviewDecision
from magi_mcp.core.verdict import Decision


def _kind(value: Any) -> str | None:  # noqa: ANN401  (whatever a journal holds)
    """The kind of a case or decision; what was journaled before there were kinds deliberated."""
    if isinstance(value, dict):
        return str(value.get("kind", "deliberation"))
    return getattr(value, "kind", None)


JournaledCase = Annotated[
    Annotated[Case, Tag("deliberation")]
    | Annotated[JudgementCase, Tag("judgement")]
    | Annotated[ReviewCase, Tag("review")],
    Discriminator(_kind),
]
"""The cases that a journal may begin with."""

JournaledDecision = Annotated[
    Annotated[Decision, Tag("deliberation")]
    | Annotated[JudgementDecision, Tag("judgement")]
    | Annotated[ReviewDecision, Tag("review")],
    Discriminator(_kind),
]
"""The decisions that a journal may end with."""
