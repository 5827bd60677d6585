"""Core: all that was asked and said, round by round, as Markdown; and the dissent alone.

The report tells what a council found; this tells how it went, with every ask under the name by
which it can be looked up. Words of others are escaped.
"""

from collections.abc import Callable, Iterator

from magi_mcp.core.activity import activity, how_closed
from magi_mcp.core.anonymity import Mask, mask_of
from magi_mcp.core.asked import WITHHELD, shown_id
from magi_mcp.core.ballots import Abstention, Ballot, Missing, Position, Unreadable
from magi_mcp.core.dossier import Dossier, Response, RoundRecord
from magi_mcp.core.events import AskIssued
from magi_mcp.core.headline import found, how
from magi_mcp.core.markup import cell, escaped, inline, paragraphs
from magi_mcp.core.names import restored
from magi_mcp.core.replies import Answered
from magi_mcp.core.result import verdict_of
from magi_mcp.core.verdict import MinorityReport, Verdict
from magi_mcp.core.words import (
    model_title,
    plural,
    seat_title,
    seat_titles,
    seconds,
    sentence,
    sentence_case,
)


def transcript(dossier: Dossier) -> str:
    """Every round with every reply in it. While a council sits, nobody is shown half a vote."""
    mask = mask_of(dossier)
    lines = [f"# Transcript: {cell(dossier.case.question, 200)}", ""]
    lines.append(
        f"{sentence_case(dossier.status.replace('_', ' '))}. Dossier `{dossier.dossier_id}`."
    )
    for record in dossier.rounds:
        lines += ["", *_round(dossier, record, mask)]
    if not dossier.rounds:
        lines += ["", "Nobody was asked."]
    if dossier.refused is not None:
        lines += ["", f"The {dossier.refused.reason} allowed no further round."]
    return "\n".join(lines) + "\n"


def minority_page(dossier: Dossier) -> str:
    """The dissent alone: who holds what against the ruling, why, and what would change it."""
    verdict = verdict_of(dossier)
    lines = [f"# Minority report: {cell(dossier.case.question, 200)}", "", _against(verdict)]
    for report in verdict.minority_report:
        lines += ["", *_dissent(report)]
    return "\n".join(lines) + "\n"


def _against(verdict: Verdict) -> str:
    match verdict.status:
        case "decided" if not verdict.minority_report:
            return f"Nobody dissents from: {inline(found(verdict))} ({inline(how(verdict))})."
        case "decided":
            return f"Against: {inline(found(verdict))} ({inline(how(verdict))})."
        case "undecided":
            return f"There is no ruling ({inline(how(verdict))}); each side is told below."
        case other:
            status = other.replace("_", " ")
            return f"The deliberation is {status}: there is no verdict to dissent from."


def _dissent(report: MinorityReport) -> Iterator[str]:
    yield f"## {cell(report.position, 160)} ({escaped(seat_titles(report.seats))})"
    yield from paragraphs(report.argument)
    if report.would_flip:
        yield ""
        yield f"*What would change it:* {inline(report.would_flip)}"
    if report.base_rate is not None:
        yield ""
        yield (
            f"On recorded examinations a lone dissenter was right {100 * report.base_rate:.0f}% "
            "of the time."
        )


def _round(dossier: Dossier, record: RoundRecord, mask: Mask) -> Iterator[str]:
    yield f"## {sentence_case(activity(record.purpose, record.number))}"
    yield ""
    closed = f"; {how_closed(record.closed)}" if record.closed else ""
    yield f"{plural(len(record.asks), 'ask')}, {len(record.heard)} answered in time{closed}."
    for issued in record.asks:
        yield ""
        yield from _exchange(dossier, record, issued, mask)


def _exchange(
    dossier: Dossier, record: RoundRecord, issued: AskIssued, mask: Mask
) -> Iterator[str]:
    late_reply = record.overdue.get(issued.ask_id)
    response = record.heard.get(issued.ask_id) or late_reply
    yield f"### {escaped(seat_title(mask.name(issued.seat)))} (`{shown_id(issued, mask)}`)"
    yield ""
    if response is None:
        yield "No reply yet." if dossier.is_under_way else "No reply."
        return
    if dossier.is_under_way:
        yield f"Replied; {WITHHELD}."
        return
    late = ", too late to count" if late_reply else ""
    yield f"{sentence_case(_served(response, mask))}{late}."
    yield from _said(response, record, mask)


def _served(response: Response, mask: Mask) -> str:
    reply = response.reply
    by = ""
    if isinstance(reply, Answered) and not mask.case.anonymous:
        by = f" by {inline(model_title(reply.served_by))}"
    return f"{reply.kind}{by} in {seconds(reply.elapsed_s)}"


def _said(response: Response, record: RoundRecord, mask: Mask) -> Iterator[str]:
    def words(text: str) -> str:
        return mask.said(restored(text, record.pseudonyms))

    if response.ballot is None:
        if isinstance(response.reply, Answered):
            yield from paragraphs(words(response.reply.text))
        elif response.reply.kind == "failed":
            yield ""
            yield inline(mask.told(f"{response.reply.failure}: {response.reply.detail}"))
        return
    yield ""
    yield from _ballot(response.ballot, mask, words)
    if isinstance(response.ballot, Unreadable) and isinstance(response.reply, Answered):
        yield from paragraphs(words(response.reply.text))


def _ballot(ballot: Ballot, mask: Mask, words: Callable[[str], str]) -> Iterator[str]:
    match ballot:
        case Position():
            sure = (
                "" if ballot.confidence is None else f" (says it is {ballot.confidence:.0%} sure)"
            )
            yield f"**{cell(mask.position(ballot.position), 300)}**{sure}"
            yield from paragraphs(words(ballot.argument))
            notes = {
                "What made it change": ballot.because or "",
                "What would change it": ballot.would_flip or "",
                "What it would need to know": "; ".join(ballot.needs),
            }
            for label, note in notes.items():
                if note:
                    yield ""
                    yield f"*{label}:* {inline(sentence(words(note)))}"
        case Abstention(reason=reason):
            yield "**Abstains.**"
            yield from paragraphs(words(reason))
        case Unreadable(reason=reason):
            yield f"No ballot could be read: {inline(mask.told(reason))}"
        case Missing(reason=reason):
            yield inline(mask.told(reason))
