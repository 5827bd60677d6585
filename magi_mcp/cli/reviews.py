"""CLI: a review as a person likes to read it, in whatever state it is. Pure."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from magi_mcp.cli.plain import plain, plain_code, plain_line
from magi_mcp.cli.typeset import FAINT, bullet, indented, joined, labelled, passage, section
from magi_mcp.core.dossier import short_id
from magi_mcp.core.reviewing.decision import Finding
from magi_mcp.core.reviewing.headline import behind, found, how, state, where
from magi_mcp.core.reviewing.result import Review
from magi_mcp.core.reviewing.standing import Standing
from magi_mcp.core.words import (
    MEND,
    dollars,
    failure_in_words,
    plural,
    seat_titles,
    seconds,
    sentence_case,
)

_GOOD, _DOUBTFUL, _BAD = "green", "yellow", "red"
_PROVISIONAL = "Provisional: "
_STYLES: Mapping[Standing, str] = {
    "confirmed": _BAD,
    "disputed": _DOUBTFUL,
    "unanchored": FAINT,
    "refuted": FAINT,
}
_SEVERITY_STYLES = {"high": "bold red", "medium": "bold yellow", "low": "bold"}
_CODE_LINES, _SKIPPED = 8, 20


def review_view(review: Review, *, reread: str) -> RenderableType:
    """The whole review. ``reread`` is the command that shows its dossier again."""
    return Group(
        Text(plain(f"Review of {review.scope}"), style="bold"),
        Text(),
        _panel(review),
        Text(),
        *map(_finding, review.findings),
        *_dissents(review),
        *_skipped(review),
        *_warnings(review),
        joined(_bill(review)),
        Text.assemble(
            (f"Dossier {short_id(review.dossier_id)} · read it again: ", FAINT), (reread, "bold")
        ),
    )


def _panel(review: Review) -> Panel:
    title, words, style = _headline(review)
    return Panel(
        Group(Text(words, style=f"bold {style}"), *_qualified(review)),
        title=Text(f" {title} ", style=f"bold {style}"),
        title_align="left",
        border_style=style,
        box=box.HEAVY,
        padding=(1, 2),
    )


def _headline(review: Review) -> tuple[str, str, str]:
    """The panel's title, what stands in it largest, and its colour."""
    mark = "PROVISIONAL " if review.provisional else ""
    match review.status:
        case "decided" | "undecided":
            style = {"approve": _GOOD, "request_changes": _BAD}.get(
                review.assessment or "", _DOUBTFUL
            )
            doubtful = review.provisional or review.degraded
            style = _DOUBTFUL if doubtful and style == _GOOD else style
            return f"{mark}REVIEW", f"{sentence_case(found(review))}.", style
        case "failed":
            return "FAILED", "No seat answered.", _BAD
        case "cancelled" | "interrupted" | "running" | "awaiting_replies":
            return state(review), "There is no review; what had arrived is kept.", _DOUBTFUL


def _qualified(review: Review) -> Iterator[Text]:
    if review.status == "decided":
        yield Text(f"{sentence_case(how(review))}.")
    flags = [
        _flag("PROVISIONAL", cause.removeprefix(_PROVISIONAL))
        for cause in review.warnings
        if cause.startswith(_PROVISIONAL)
    ]
    if review.degraded and review.status != "failed":
        flags.append(_flag("DEGRADED", "not every seat was heard on everything; see below."))
    if flags:
        yield Text()
        yield from flags


def _flag(word: str, cause: str) -> Text:
    return Text.assemble((f" {word} ", f"bold reverse {_DOUBTFUL}"), " ", plain_line(cause))


def _finding(finding: Finding) -> RenderableType:
    standing = _STYLES[finding.standing]
    heading = Text.assemble(
        (f"{finding.id} ", "bold"),
        (finding.severity, _SEVERITY_STYLES[finding.severity]),
        " ",
        (finding.standing, f"bold {standing}"),
        (f" · {behind(finding)}", FAINT),
    )
    lines: list[RenderableType] = [
        Text(plain_line(where(finding)), style="cyan"),
        Text(plain_line(finding.title), style="bold"),
        indented(*_code(finding.quote)),
        passage(finding.explanation),
    ]
    if finding.suggestion is not None and finding.standing in ("confirmed", "disputed"):
        lines.append(Text("Suggested, and not applied:", style=FAINT))
        lines.append(indented(*_patch(finding.suggestion)))
    raised = plain_line(seat_titles(finding.raised_by))
    lines.append(Text(f"Raised by {raised}.", style=FAINT))
    return Group(heading, indented(*lines), Text())


def _code(quote: str) -> Iterator[Text]:
    lines = quote.splitlines()
    for line in lines[:_CODE_LINES]:
        yield Text.assemble(("│ ", FAINT), plain_code(line))
    if lines[_CODE_LINES:]:
        yield Text(f"│ … {len(lines) - _CODE_LINES} more lines", style=FAINT)


def _patch(patch: str) -> Iterator[Text]:
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in patch.splitlines():
        yield Text(plain_code(line), style=styles.get(line[:1], ""))


def _dissents(review: Review) -> Iterator[RenderableType]:
    told = [
        labelled(
            f"{plain_line(each.position)} ({plain_line(seat_titles(each.seats))}):",
            plain(each.argument) or "no reason given.",
        )
        for each in review.minority_report
    ]
    if told:
        yield section("Minority report", *told)


def _skipped(review: Review) -> Iterator[RenderableType]:
    skipped = review.files_skipped
    if skipped:
        told = [bullet(plain_line(f"{each.file}: {each.why}")) for each in skipped[:_SKIPPED]]
        if skipped[_SKIPPED:]:
            told.append(bullet(f"and {len(skipped) - _SKIPPED} more"))
        yield section("Not read", *told)


def _warnings(review: Review) -> Iterator[RenderableType]:
    rest = [each for each in review.cautions if not each.startswith(_PROVISIONAL)]
    for title, lines in (("Causes", review.causes), ("Warnings", rest)):
        if lines:
            told = map(bullet, map(failure_in_words, lines))
            yield section(title, *told, style=f"bold {_DOUBTFUL}")
    if review.status == "failed" and review.rounds:
        again = f"magi-mcp resume {short_id(review.dossier_id)}"
        yield section("What to do", Text(f"{MEND}, then {again}: it asks those again who failed."))


def _bill(review: Review) -> Iterator[str]:
    yield plural(review.rounds, "round")
    yield plural(review.calls, "call")
    yield dollars(review.cost_usd)
    if review.elapsed_s is not None:
        yield seconds(review.elapsed_s)
    if review.calls and review.tokens_in is not None and review.tokens_out is not None:
        yield f"{review.tokens_in:,} tokens in, {review.tokens_out:,} out"
