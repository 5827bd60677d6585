"""Server: a dossier as a tool's result, in the detail and on the page that was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, assert_never

from mcp_types import CallToolResult, ContentBlock, ResourceLink, TextContent

from magi_mcp.core.announcement import noted
from magi_mcp.core.anonymity import mask_of
from magi_mcp.core.asked import ask_and_reply
from magi_mcp.core.asks import Ask
from magi_mcp.core.cursors import cursor_of, cursor_values, outdated
from magi_mcp.core.details import ENVELOPE, Json
from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.core.errors import CallerError
from magi_mcp.core.pages import Page, envelope_of, outline, pages_of, texts_of
from magi_mcp.core.playing import open_asks
from magi_mcp.core.summons import within_reach
from magi_mcp.core.transcript import transcript
from magi_mcp.core.verdict import Verdict
from magi_mcp.results import Result, announce, as_json, headline, result_of
from magi_mcp.runtime.hearing import Hearing

Reading = Literal["brief", "standard", "full", "transcript"]
READINGS: tuple[Reading, ...] = ("brief", "standard", "full", "transcript")


def reading_of(
    hearing: Hearing,
    now: float,
    *,
    detail: Reading = "standard",
    cursor: str = "",
    ask_id: str = "",
    notes: tuple[str, ...] = (),
) -> CallToolResult:
    """A dossier as it stands, in any detail, page by page, or one ask of it.

    ``notes`` are what this caller alone is told, as warnings. Raises ``CallerError`` for a page
    or an ask there is not.
    """
    reader = _Reader(hearing.dossier, now, notes, open_asks(hearing.entries))
    if ask_id:
        told = ask_and_reply(reader.dossier, hearing.entries, ask_id, mask_of(reader.dossier))
        return reader.paged(told, f"ask_id={_quoted(ask_id)}", cursor)
    match detail:
        case "brief" | "standard":
            if cursor:
                raise CallerError(
                    "cursor", f"the detail {detail} has one page; leave it out, or take full."
                )
            return _summary(reader.result, detail, notes, link_to(reader.dossier))
        case "full":
            whole = as_json(reader.result, "full")
            rest = {key: value for key, value in whole.items() if key not in ENVELOPE}
            return reader.paged(rest, 'detail="full"', cursor)
        case "transcript":
            texts = texts_of(transcript(reader.dossier))
            return reader.stretch(texts, 'detail="transcript"', cursor)
        case _:
            assert_never(detail)


def summary_of(
    dossier: Dossier,
    now: float,
    *,
    detail: Literal["brief", "standard"] = "standard",
    notes: tuple[str, ...] = (),
    is_error: bool = False,
) -> CallToolResult:
    """A dossier in one answer: in words, as an object, and as a link to the whole of it."""
    summary = _summary(result_of(dossier, now=now), detail, notes, link_to(dossier))
    return summary.model_copy(update={"is_error": is_error})


def _summary(
    result: Result,
    detail: Literal["brief", "standard"],
    notes: tuple[str, ...],
    link: ContentBlock,
) -> CallToolResult:
    text = announce(result, detail, notes)
    shown = _with_notes(result, notes)
    if isinstance(shown, Verdict) and shown.asks is not None:
        others = as_json(shown.model_copy(update={"asks": None}), detail)
        shown = within_reach(shown, others, text)
    return CallToolResult(
        content=[TextContent(text=text), link], structured_content=as_json(shown, detail)
    )


def link_to(dossier: Dossier) -> ContentBlock:
    """A link to the report of a dossier."""
    return ResourceLink(
        uri=dossier.uri,
        name=f"dossier {short_id(dossier.dossier_id)}",
        mime_type="text/markdown",
    )


@dataclass(frozen=True)
class _Reader:
    """Whoever reads a dossier in pages; ``notes`` are for this one alone.

    ``asks`` are those that whoever plays the seats has to answer.
    """

    dossier: Dossier
    now: float
    notes: tuple[str, ...]
    asks: tuple[Ask, ...]

    @cached_property
    def result(self) -> Result:
        return result_of(self.dossier, now=self.now, asks=self.asks)

    def paged(self, whole: Json, what: str, cursor: str) -> CallToolResult:
        """One page of a record that belongs to the dossier."""
        pages = pages_of(whole)
        page = pages[self._number(what, cursor, len(pages)) - 1]
        return self._page(what, page, "\n".join(outline(page.part)))

    def stretch(self, texts: Sequence[str], what: str, cursor: str) -> CallToolResult:
        """One page of a text about the dossier."""
        number, of = self._number(what, cursor, len(texts)), len(texts)
        text = texts[number - 1]
        omitted = () if of == 1 else (f"transcript, all pages but {number} of {of}",)
        return self._page(what, Page(number, of, {"transcript": text}, omitted), text)

    def _page(self, what: str, page: Page, words: str) -> CallToolResult:
        onward, step = None, self.result.next_step
        if page.number < page.of:
            onward = cursor_of(self._purpose(what), self.dossier.last_seq, page.number + 1)
            name = short_id(self.dossier.dossier_id)
            step = f'For page {page.number + 1}: get_dossier("{name}", {what}, cursor="{onward}").'
        shown = envelope_of(as_json(_with_notes(self.result, self.notes), "full"))
        cut = shown["omitted"]
        assert isinstance(cut, list), "a list of names"
        shown |= {"next_step": step, "omitted": [*cut, *page.omitted], **page.part}
        shown["next_cursor"] = onward
        told = [
            headline(self.result),
            f"Page {page.number} of {page.of}.",
            *noted(self.notes),
            words,
            self.dossier.uri,
            *([f"Next: {step}"] if step else []),
        ]
        return CallToolResult(
            content=[TextContent(text="\n".join(told)), link_to(self.dossier)],
            structured_content=shown,
        )

    def _number(self, what: str, cursor: str, pages: int) -> int:
        if not cursor:
            return 1
        seq, number = cursor_values(self._purpose(what), cursor, (int, int))
        if seq != self.dossier.last_seq or not isinstance(number, int) or number > pages:
            raise outdated()
        return number

    def _purpose(self, what: str) -> str:
        return f"{self.dossier.dossier_id} {what}"


def _with_notes(result: Result, notes: tuple[str, ...]) -> Result:
    """The notes come first: of many warnings the last are left out."""
    return result.model_copy(update={"warnings": (*notes, *result.warnings)})


def _quoted(ask_id: str) -> str:
    return f'"{ask_id}"'
