"""Core: rendering of prompts. The templates are the case's; text of others is only data.

A template is a :class:`string.Template`: ``$name`` is filled in one pass, so braces, dollars
and template marks in what a user or a model wrote pass through untouched.
"""

from collections.abc import Mapping
from string import Template

from magi_mcp.core.case import AnyCase, Lens
from magi_mcp.core.errors import ProcedureError

_TASK = frozenset({"question", "context", "reply_form"})
_SYSTEM = frozenset({"lens", "instructions", "language"})
_RULING = _TASK | {"views", "rapporteur_prompt"}

PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "system": _SYSTEM,
    "yes_no": _TASK,
    "options": _TASK | {"options"},
    "probability": _TASK,
    "majority": _TASK,
    "consensus": _TASK,
    "minority": _TASK,
    "synthesis": _TASK,
    "compose": _TASK,
    "rebuttal": frozenset({"task", "own", "peers", "reply_form"}),
    "revision": frozenset({"task", "own", "peers", "reply_form"}),
    "grouping_system": frozenset(),
    "grouping": frozenset({"statements", "apart", "reply_form"}),
    "arbitration": frozenset({"task", "views", "reply_form"}),
    "common_ground": _RULING,
    "ratification": frozenset({"task", "own", "draft", "reply_form"}),
    "rating": frozenset({"question", "context", "drafts", "reply_form"}),
    "ruling": _RULING | {"ruling"},
    "ruling_minority": _RULING | {"ruling"},
    "ruling_synthesis": _RULING,
    "judge_system": frozenset({"instructions", "language"}),
    "scoring": frozenset({"question", "reference", "answer", "criterion", "anchors", "reply_form"}),
    "comparison": frozenset({"question", "reference", "answers", "criteria", "reply_form"}),
    "review_system": _SYSTEM,
    "review": frozenset(
        {"scope", "overview", "context", "focus", "severity", "code", "reply_form"}
    ),
    "same_defect_system": frozenset(),
    "same_defect": frozenset({"findings", "reply_form"}),
    "examination": frozenset({"code", "findings", "reply_form"}),
}
"""The templates a case needs, and the placeholders each of them must name."""


def render(template: str, **values: str) -> str:
    """Fill a template. A paragraph that comes out blank is left out.

    Raises ``ProcedureError`` where the template names what it is not given.
    """
    paragraphs = (_filled(paragraph, values) for paragraph in template.strip().split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip())


def _filled(paragraph: str, values: Mapping[str, str]) -> str:
    try:
        return Template(paragraph).substitute(values)
    except (KeyError, ValueError) as fault:
        raise ProcedureError(f"a prompt template cannot be filled: {fault}") from fault


def fenced(kind: str, text: str, nonce: str) -> str:
    """``text`` as quoted material between markers that it cannot close (semantics R11)."""
    return f"[begin {kind} {nonce}]\n{text}\n[end {kind} {nonce}]"


def system_prompt(case: AnyCase, lens: Lens | None, template: str = "system") -> str:
    """Who the reader is, through which lens it looks, in which language it writes."""
    language = ""
    if case.language.casefold() != "english":
        language = (
            f"Write every text in {case.language}. The keys of JSON objects, and positions "
            "that are given to you as fixed words, stay as they are."
        )
    return render(
        case.prompts[template],
        lens=f"Your lens: {lens.text}" if lens else "",
        instructions=case.instructions,
        language=language,
    )
