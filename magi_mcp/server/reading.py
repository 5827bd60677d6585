"""Server: a dossier as a tool's result, in the detail and on the page that was asked for."""

from typing import Literal, assert_never

from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent

from magi_mcp.core.announcement import announce, headline
from magi_mcp.core.anonymity import mask_of
from magi_mcp.core.asked import ask_and_reply
from magi_mcp.core.cursors import cursor_of, cursor_values, outdated
from magi_mcp.core.details import ENVELOPE, Json
from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.core.errors import CallerError
from magi_mcp.core.pages import envelope_of, outline, pages_of, texts_of
from magi_mcp.core.result import as_json, verdict_of
from magi_mcp.core.transcript import transcript
from magi_mcp.service import Record

Reading = Literal["brief", "standard", "full", "transcript"]
READINGS: tuple[Reading, ...] = ("brief", "standard", "full", "transcript")


def reading_of(
    record: Record,
    now: float,
    *,
    detail: Reading = "standard",
    cursor: str = "",
    ask_id: str = "",
) -> CallToolResult:
    """What ``get_dossier`` answers. Raises ``CallerError`` for a page or an ask there is not."""
    dossier = record.dossier
    if ask_id:
        mask = mask_of(dossier)
        told = ask_and_reply(dossier, record.entries, ask_id, mask)
        return _paged(dossier, now, told, f"ask_id={_quoted(ask_id)}", cursor)
    match detail:
        case "brief" | "standard":
            if cursor:
                raise CallerError(
                    "cursor", f"the detail {detail} has one page; leave it out, or take full."
                )
            return summary_of(dossier, now, detail=detail)
        case "full":
            whole = as_json(verdict_of(dossier, now=now), "full")
            rest = {key: value for key, value in whole.items() if key not in ENVELOPE}
            return _paged(dossier, now, rest, 'detail="full"', cursor)
        case "transcript":
            return _transcript(dossier, now, cursor)
        case _:
            assert_never(detail)


def summary_of(
    dossier: Dossier,
    now: float,
    *,
    detail: Literal["brief", "standard"] = "standard",
    is_error: bool = False,
) -> CallToolResult:
    """A dossier in one answer: in words, as an object, and as a link to the whole of it."""
    verdict = verdict_of(dossier, now=now)
    return CallToolResult(
        content=[TextContent(text=announce(verdict, detail)), link_to(dossier)],
        structured_content=as_json(verdict, detail),
        is_error=is_error,
    )


def link_to(dossier: Dossier) -> ContentBlock:
    """A link to the report of a dossier."""
    return ResourceLink(
        uri=dossier.uri,
        name=f"dossier {short_id(dossier.dossier_id)}",
        mime_type="text/markdown",
    )


def _paged(dossier: Dossier, now: float, whole: Json, what: str, cursor: str) -> CallToolResult:
    """One page of a record that belongs to a dossier."""
    pages = pages_of(whole)
    number = _page_number(dossier, what, cursor, len(pages))
    page = pages[number - 1]
    return _page(dossier, now, what, number, len(pages), page.part, page.omitted)


def _transcript(dossier: Dossier, now: float, cursor: str) -> CallToolResult:
    texts = texts_of(transcript(dossier))
    what = 'detail="transcript"'
    number = _page_number(dossier, what, cursor, len(texts))
    text = texts[number - 1]
    omitted = () if len(texts) == 1 else (f"transcript, all pages but {number} of {len(texts)}",)
    return _page(dossier, now, what, number, len(texts), {"transcript": text}, omitted, words=text)


def _page(
    dossier: Dossier,
    now: float,
    what: str,
    number: int,
    of: int,
    part: Json,
    omitted: tuple[str, ...],
    words: str | None = None,
) -> CallToolResult:
    verdict = verdict_of(dossier, now=now)
    onward = cursor_of(_purpose(dossier, what), dossier.last_seq, number + 1)
    more = number < of
    step = verdict.next_step
    if more:
        name = short_id(dossier.dossier_id)
        step = f'For page {number + 1}: get_dossier("{name}", {what}, cursor="{onward}").'
    shown = envelope_of(as_json(verdict, "full"))
    shown |= {"next_step": step, "omitted": list(omitted), **part}
    shown["next_cursor"] = onward if more else None
    told = [
        headline(verdict),
        f"Page {number} of {of}.",
        words if words is not None else "\n".join(outline(part)),
        dossier.uri,
        *([f"Next: {step}"] if step else []),
    ]
    return CallToolResult(
        content=[TextContent(text="\n".join(told)), link_to(dossier)], structured_content=shown
    )


def _page_number(dossier: Dossier, what: str, cursor: str, pages: int) -> int:
    if not cursor:
        return 1
    seq, number = cursor_values(_purpose(dossier, what), cursor)
    if seq != dossier.last_seq or not isinstance(number, int) or number > pages:
        raise outdated()
    return number


def _purpose(dossier: Dossier, what: str) -> str:
    return f"{dossier.dossier_id} {what}"


def _quoted(ask_id: str) -> str:
    return f'"{ask_id}"'
