"""Server: puts all that can be read on an MCP server, and says how long it stays true."""

from collections.abc import Awaitable, Callable, Mapping

from mcp.server import CacheHint, MCPServer
from mcp.server.caching import CacheableMethod
from mcp.server.mcpserver.resources import FunctionResource

from magi_mcp.server import addresses, resources
from magi_mcp.service import Council

MARKDOWN, JSON, JSON_LINES = "text/markdown", "application/json", "application/jsonl"

_HOUR_MS = 3_600_000
CACHE_HINTS: Mapping[CacheableMethod, CacheHint] = {
    # What a server offers changes with its version alone; whose tools these are, with who asks.
    method: CacheHint(ttl_ms=_HOUR_MS, scope="private")
    for method in ("tools/list", "prompts/list", "resources/templates/list", "server/discover")
} | {
    # Dossiers change whenever somebody asks, replies, or tells what really happened.
    method: CacheHint(ttl_ms=0, scope="private")
    for method in ("resources/list", "resources/read")
}

FixedPage = tuple[str, str, str, str, Callable[[Council], Awaitable[str]]]
FIXED: tuple[FixedPage, ...] = (
    (addresses.INDEX, "dossiers", "Dossiers", "The newest deliberations.", resources.index),
    (
        addresses.COUNCIL,
        "council",
        "Council",
        "Seats and their health, limits, where the configuration comes from.",
        resources.council,
    ),
    (
        addresses.PERSONAS,
        "personas",
        "Personas",
        "The presets of lenses that seats can look through.",
        resources.personas,
    ),
)
Templated = tuple[str, str, str, str, str, Callable[..., Awaitable[str]]]
TEMPLATES: tuple[Templated, ...] = (
    (
        addresses.REPORT,
        "dossier",
        "Dossier",
        "Ruling, minority report and every seat's stance, round by round.",
        MARKDOWN,
        resources.report,
    ),
    (
        addresses.VERDICT,
        "verdict",
        "Verdict",
        "The result of a deliberation, with nothing left out.",
        JSON,
        resources.verdict,
    ),
    (
        addresses.MINORITY,
        "minority",
        "Minority report",
        "The dissent alone, and what would change the ruling.",
        MARKDOWN,
        resources.minority,
    ),
    (
        addresses.TRANSCRIPT,
        "transcript",
        "Transcript",
        "Every ask and reply, round by round.",
        MARKDOWN,
        resources.transcript,
    ),
    (
        addresses.EVENTS,
        "events",
        "Journal",
        "The events of a deliberation, one in each line.",
        JSON_LINES,
        resources.events,
    ),
    (
        addresses.PRESET,
        "preset",
        "Preset",
        "The lenses of one preset.",
        MARKDOWN,
        resources.preset,
    ),
)


def add_pages(server: MCPServer[Council], council_of: Callable[[], Council]) -> None:
    """Put every resource on a server; ``council_of`` gives the council while it is served."""
    for uri, name, title, description, page in FIXED:
        server.add_resource(
            FunctionResource(
                uri=uri,
                name=name,
                title=title,
                description=description,
                mime_type=MARKDOWN,
                fn=_bound(page, council_of),
            )
        )
    for uri, name, title, description, mime_type, read in TEMPLATES:
        added = server.resource(
            uri, name=name, title=title, description=description, mime_type=mime_type
        )
        added(read)


def _bound(
    page: Callable[[Council], Awaitable[str]], council_of: Callable[[], Council]
) -> Callable[[], Awaitable[str]]:
    async def read() -> str:
        return await page(council_of())

    return read
