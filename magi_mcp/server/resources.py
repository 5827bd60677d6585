"""Server: dossiers, and the council itself, as resources.

A reader's address is the dossier's uri, in any of its names.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from mcp import MCPError
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, Resource

from magi_mcp.core.dossier import Dossier, dossier_uri, short_id
from magi_mcp.core.errors import CallerError, StoreError
from magi_mcp.core.heads import Head
from magi_mcp.core.inquiry import gist
from magi_mcp.core.journal_lines import journal_lines
from magi_mcp.core.markup import escaped
from magi_mcp.core.playing import open_asks
from magi_mcp.core.transcript import transcript as transcript_page
from magi_mcp.core.words import shortened
from magi_mcp.personas import PersonasError
from magi_mcp.results import as_json, markdown, minority_page, result_of
from magi_mcp.server.addresses import INDEX, PERSONAS
from magi_mcp.server.arguments import Ctx
from magi_mcp.server.council_page import page
from magi_mcp.server.persona_pages import all_presets, one_preset
from magi_mcp.service import Council

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
    with _told_to_readers():
        hearing = await council.hearing(dossier_id)
    asks = open_asks(hearing.entries)
    result = result_of(hearing.dossier, now=council.clock.now(), asks=asks)
    return json.dumps(as_json(result, "full"), ensure_ascii=False, indent=2)


async def minority(dossier_id: str, ctx: Ctx) -> str:
    """The dissent of one dossier, in Markdown."""
    return minority_page(await _found(dossier_id, ctx.request_context.lifespan_context))


async def transcript(dossier_id: str, ctx: Ctx) -> str:
    """All that was said in one dossier, round by round, in Markdown."""
    return transcript_page(await _found(dossier_id, ctx.request_context.lifespan_context))


async def events(dossier_id: str, ctx: Ctx) -> str:
    """The journal of one dossier, in JSON Lines."""
    council = ctx.request_context.lifespan_context
    with _told_to_readers():
        hearing = await council.hearing(dossier_id)
    dossier = hearing.dossier
    if dossier.case.anonymous:
        raise MCPError(
            INVALID_PARAMS,
            "the journal of an anonymous deliberation holds the names of its seats, so it is not "
            f"shown; {dossier.uri}/transcript tells all that was said.",
            {"uri": f"{dossier.uri}/events"},
        )
    return journal_lines(hearing.entries, running=dossier.is_under_way)


async def personas(council: Council) -> str:
    """Every preset of personas, in Markdown."""
    return all_presets(council.bylaws.presets)


async def preset(preset: str, ctx: Ctx) -> str:
    """The lenses of one preset, in Markdown."""
    library = ctx.request_context.lifespan_context.bylaws.presets
    try:
        return one_preset(library.get(preset))
    except PersonasError as unknown:
        raise ResourceNotFoundError(f"{unknown}. {PERSONAS} lists them.") from unknown


async def _found(reference: str, council: Council) -> Dossier:
    with _told_to_readers():
        return await council.dossier(reference)


@contextmanager
def _told_to_readers() -> Iterator[None]:
    """Tell a reader why there is nothing to read."""
    try:
        yield
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
    return f"| {opened:%Y-%m-%d %H:%M} | {question} | {escaped(gist(head))} | {link} |"
