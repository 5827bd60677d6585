"""Server: dossiers, and the council itself, as resources.

A reader's address is the dossier's uri, in any of its names.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from mcp import MCPError
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp_types import INTERNAL_ERROR, Resource

from magi_mcp.core.dossier import Dossier, dossier_uri, short_id
from magi_mcp.core.errors import CallerError, StoreError
from magi_mcp.core.heads import Head
from magi_mcp.core.markup import escaped
from magi_mcp.core.report import markdown
from magi_mcp.core.result import as_json, verdict_of
from magi_mcp.core.words import shortened
from magi_mcp.server.arguments import Ctx
from magi_mcp.server.council_page import page
from magi_mcp.service import Council

COUNCIL = "magi://council"
INDEX = "magi://dossiers"
REPORT = "magi://dossiers/{dossier_id}"
VERDICT = "magi://dossiers/{dossier_id}/verdict"
NEWEST = 50
"""How many dossiers are listed, newest first; the others are reached by their ids."""


async def listed(council: Council) -> list[Resource]:
    """The newest dossiers as entries of ``resources/list``."""
    try:
        heads = await council.heads(NEWEST)
    except StoreError as fault:
        raise MCPError(INTERNAL_ERROR, str(fault)) from fault
    return [
        Resource(
            uri=dossier_uri(head.dossier_id),
            name=f"dossier {short_id(head.dossier_id)}",
            title=shortened(head.question, 100),
            mime_type="text/markdown",
        )
        for head in heads
    ]


async def index(council: Council) -> str:
    """The newest dossiers as a table in Markdown."""
    try:
        return "\n".join(_table(await council.heads(NEWEST + 1))) + "\n"
    except StoreError as fault:
        raise ResourceError(str(fault)) from fault


async def council(council: Council) -> str:
    """How the council stands, in Markdown."""
    return page(await council.standing())


async def report(dossier_id: str, ctx: Ctx) -> str:
    """One dossier for people, in Markdown."""
    council = ctx.request_context.lifespan_context
    return markdown(await _found(dossier_id, council), now=council.clock.now())


async def verdict(dossier_id: str, ctx: Ctx) -> str:
    """One dossier's result with nothing left out, in JSON."""
    council = ctx.request_context.lifespan_context
    result = verdict_of(await _found(dossier_id, council), now=council.clock.now())
    return json.dumps(as_json(result, "full"), ensure_ascii=False, indent=2)


async def _found(reference: str, council: Council) -> Dossier:
    try:
        return await council.dossier(reference)
    except CallerError as fault:
        raise ResourceNotFoundError(f"{fault} {INDEX} lists the newest.") from fault
    except StoreError as fault:
        raise ResourceError(str(fault)) from fault


def _table(heads: Sequence[Head]) -> list[str]:
    if not heads:
        return ["# Dossiers", "", "None yet: no question was put to the council."]
    lines = [
        "# Dossiers",
        "",
        "| Opened (UTC) | Question | Result | Dossier |",
        "|---|---|---|---|",
    ]
    lines += [_row(head) for head in heads[:NEWEST]]
    if len(heads) > NEWEST:
        lines += ["", f"Only the newest {NEWEST}; older ones are reached by their ids."]
    return lines


def _row(head: Head) -> str:
    opened = datetime.fromtimestamp(head.opened_at, UTC)
    question = escaped(shortened(head.question, 100))
    link = f"[{short_id(head.dossier_id)}]({dossier_uri(head.dossier_id)})"
    return f"| {opened:%Y-%m-%d %H:%M} | {question} | {_state(head)} | {link} |"


def _state(head: Head) -> str:
    outcome = (head.outcome or "").replace("_", " ")
    match head.status:
        case "decided":
            said = f"{_ruling(head)} ({outcome})" if head.ruling else outcome
        case "undecided":
            said = f"no ruling ({outcome})"
        case "running" | "awaiting_replies" | "interrupted" | "cancelled" | "failed":
            said = head.status.replace("_", " ")
    return f"provisional: {said}" if head.provisional else said


def _ruling(head: Head) -> str:
    ruling = head.ruling or ""
    return f"draft {ruling}" if head.outcome == "ranking" else escaped(shortened(ruling, 60))
