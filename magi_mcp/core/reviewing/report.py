"""Core: a review as Markdown, for a person who was not there.

Whatever models or callers wrote is data: it is escaped, and code stands in fences that it cannot
close.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from magi_mcp.core.anonymity import mask_of
from magi_mcp.core.costs import council_and_costs, own_prompts
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.fate import what_happened
from magi_mcp.core.incidents import failed_calls
from magi_mcp.core.markup import cell, escaped, inline
from magi_mcp.core.replies import Answered
from magi_mcp.core.reviewing.decision import FindingRecord
from magi_mcp.core.reviewing.headline import found, how, where
from magi_mcp.core.reviewing.result import Review, records_of
from magi_mcp.core.setting import lenses_worn
from magi_mcp.core.words import failure_in_words, seat_title, seat_titles, sentence, sentence_case

_FENCE = re.compile(r"`{3,}")


def markdown(dossier: Dossier, review: Review) -> str:
    """The report: what the review comes to, every finding with its history, the bill."""
    mask = mask_of(dossier)
    served = {
        response.seat: response.reply.served_by
        for response in dossier.responses
        if isinstance(response.reply, Answered)
    }
    sections = (
        _title(dossier, review),
        _assessment(review),
        _findings(dossier),
        what_happened(review.actual),
        _files(review),
        _warnings(review),
        lenses_worn(dossier, mask),
        council_and_costs(dossier, review, served, mask),
        failed_calls(dossier, mask),
        own_prompts(dossier),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def minority_page(dossier: Dossier, review: Review) -> str:
    """The dissent alone: who holds what against the standing of a finding, and why."""
    lines = [f"# Minority report: {cell(dossier.case.question, 200)}", ""]
    if review.status != "decided":
        lines.append(f"The review is {review.status}: there is nothing to dissent from.")
    elif not review.minority_report:
        lines.append(f"Nobody dissents from: {found(review)} ({how(review)}).")
    else:
        lines.append(f"Against: {found(review)} ({how(review)}).")
    for each in review.minority_report:
        lines += ["", f"## {cell(each.position, 160)} ({escaped(seat_titles(each.seats))})"]
        lines += ["", escaped(each.argument)] if each.argument else []
    return "\n".join(lines) + "\n"


def _title(dossier: Dossier, review: Review) -> Iterator[str]:
    opened = datetime.fromtimestamp(dossier.opened_at, UTC)
    yield f"# Review of {cell(review.scope, 200)}"
    yield ""
    yield f"{opened:%Y-%m-%d %H:%M} UTC"


def _assessment(review: Review) -> Iterator[str]:
    mark = "Provisional: " if review.provisional else ""
    yield "## Assessment"
    yield ""
    match review.status:
        case "decided" | "undecided":
            yield f"**{mark}{sentence_case(found(review))}** ({how(review)})"
        case "running":
            yield "**Running.** There is no assessment yet."
        case other:
            yield f"**{sentence_case(other)}.** What had arrived until then is below."


def _findings(dossier: Dossier) -> Iterator[str]:
    records = records_of(dossier)
    if records:
        yield "## Findings"
    for record in records:
        yield ""
        yield from _finding(record)


def _finding(record: FindingRecord) -> Iterator[str]:
    finding = record.finding
    yield f"### {finding.id}: {cell(finding.title, 200)}"
    yield ""
    yield (
        f"**{sentence_case(finding.standing)}** · {finding.severity} · "
        f"{inline(finding.category)} · {inline(where(finding))}"
    )
    yield ""
    yield escaped(finding.explanation)
    yield ""
    yield from _code(finding.quote)
    if finding.suggestion:
        yield ""
        yield "Suggested, and not applied:"
        yield ""
        yield from _code(finding.suggestion, "diff" if record.replacement else "")
    yield ""
    yield f"- Raised by {escaped(seat_titles(finding.raised_by))}"
    for each in record.examined:
        what = {"confirm": "confirms", "refute": "refutes", "unsure": "is unsure"}[each.opinion]
        reason = f": {escaped(sentence(each.reason))}" if each.reason else "."
        yield f"- {escaped(seat_title(each.seat))} {what}{reason}"
    others = [each for each in record.members if each.claim.title != finding.title]
    for member in others:
        yield (
            f"- {escaped(seat_title(member.seat))} put it so: {cell(member.claim.title, 200)} "
            f"({member.claim.severity})"
        )


def _code(text: str, language: str = "") -> Iterator[str]:
    """Code between fences longer than any that stand in it.

    What a terminal would obey, or hides, is shown by its number.
    """
    longest = max((len(found[0]) for found in _FENCE.finditer(text)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}{language}"
    bare = text.replace("\r\n", "\n")
    yield "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in bare)
    yield fence


def _files(review: Review) -> Iterator[str]:
    yield "## Files"
    yield ""
    yield from (f"- {inline(path)}" for path in review.files_reviewed)
    for each in review.files_skipped:
        yield f"- *not read:* {inline(each.file)} ({inline(each.why)})"


def _warnings(review: Review) -> Iterator[str]:
    if review.warnings:
        yield "## Warnings"
        yield ""
        yield from (f"- {inline(failure_in_words(each))}" for each in review.warnings)
