"""Core: rendering of prompts. The templates are the case's; text of others is only data.

A template is a :class:`string.Template`: ``$name`` is filled in one pass, so braces, dollars
and template marks in what a user or a model wrote pass through untouched.
"""

from collections.abc import Mapping
from string import Template

from magi_mcp.core.errors import ProcedureError

PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "system": frozenset({"lens"}),
    "yes_no": frozenset({"question", "context", "reply_form"}),
    "options": frozenset({"question", "context", "options", "reply_form"}),
    "majority": frozenset({"question", "context", "reply_form"}),
    "rebuttal": frozenset({"task", "own", "peers", "reply_form"}),
    "grouping_system": frozenset(),
    "grouping": frozenset({"statements", "apart", "reply_form"}),
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
