"""Core: a dossier as Markdown, for a person who was not there.

Whatever models or callers wrote is data: it is escaped, so that it can neither break a table
nor pass for a heading or a link of the report.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from magi_mcp.core.ballots import Abstention, Missing, Position, Unreadable
from magi_mcp.core.dossier import Dossier, Response, RoundRecord
from magi_mcp.core.headline import found, how
from magi_mcp.core.markup import cell, escaped, inline, paragraphs, quoted
from magi_mcp.core.names import restored
from magi_mcp.core.replies import Answered
from magi_mcp.core.result import verdict_of
from magi_mcp.core.verdict import MinorityReport, Verdict
from magi_mcp.core.words import (
    dollars,
    plural,
    seat_title,
    seat_titles,
    seconds,
    sentence,
)


def markdown(dossier: Dossier, *, now: float | None = None) -> str:
    """The report: ruling, both sides, the stance of every seat in every round, the bill."""
    verdict = verdict_of(dossier, now=now)
    sections = (
        _title(dossier, verdict),
        _ruling(verdict),
        _account(verdict),
        _ranking(verdict),
        _sides(verdict),
        _minds(verdict),
        _stances(dossier),
        _groups(dossier),
        _open_questions(verdict),
        _warnings(verdict),
        _council(dossier, verdict),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def _title(dossier: Dossier, verdict: Verdict) -> Iterator[str]:
    opened = datetime.fromtimestamp(dossier.opened_at, UTC)
    yield f"# {cell(dossier.case.question, 200)}"
    yield ""
    yield f"{opened:%Y-%m-%d %H:%M} UTC · method {verdict.method} · protocol {verdict.protocol}"
    if len(dossier.case.question) > 200 or "\n" in dossier.case.question:
        yield ""
        yield quoted(dossier.case.question)


def _ruling(verdict: Verdict) -> Iterator[str]:
    mark = "Provisional: " if verdict.provisional else ""
    yield "## Ruling"
    yield ""
    match verdict.status:
        case "decided":
            yield f"**{mark}{inline(found(verdict))}** ({inline(how(verdict))})"
        case "undecided":
            yield f"**{mark}No ruling** ({inline(how(verdict))})"
        case "failed":
            yield "**Failed.** No seat answered."
        case "running":
            yield "**Running.** There is no verdict yet."
        case "interrupted":
            yield "**Interrupted.** The deliberation stopped before a verdict."
        case "cancelled":
            yield "**Cancelled.** What had arrived until then is below."
    if verdict.answer:
        yield ""
        yield escaped(verdict.answer)
    confidence = verdict.confidence
    if confidence is not None and verdict.status == "decided":
        value = "not known" if confidence.value is None else f"{confidence.value:.2f}"
        yield ""
        yield f"Confidence: {value} ({confidence.basis})."


def _account(verdict: Verdict) -> Iterator[str]:
    if verdict.synthesis is None:
        return
    yield "## The account"
    for kind, points in verdict.synthesis:
        if points:
            yield ""
            yield f"**{kind.replace('_', ' ').capitalize()}**"
            yield ""
            yield from (f"- {inline(point)}" for point in points)


def _ranking(verdict: Verdict) -> Iterator[str]:
    if verdict.ranking is None:
        return
    yield "## The drafts, ranked"
    for place, draft in enumerate(verdict.ranking, start=1):
        yield ""
        yield f"### {place}. Draft {draft.draft}, by {escaped(seat_title(draft.seat))}"
        yield ""
        yield (
            f"{_points(draft.adjusted)} adjusted for the raters' levels, mean "
            f"{_points(draft.mean)}."
        )
        yield ""
        yield quoted(draft.text)


def _points(score: float | None) -> str:
    return "unknown" if score is None else f"{score:.2f}"


def _sides(verdict: Verdict) -> Iterator[str]:
    if not verdict.minority_report:
        return
    yield "## Minority report" if verdict.ruling is not None else "## The sides"
    for report in verdict.minority_report:
        yield ""
        yield f"### {cell(report.position, 160)} ({escaped(seat_titles(report.seats))})"
        yield from _side(report)


def _side(report: MinorityReport) -> Iterator[str]:
    if report.argument:
        yield ""
        yield escaped(report.argument)
    if report.would_flip:
        yield ""
        yield f"*What would change it:* {inline(report.would_flip)}"
    if report.base_rate is not None:
        yield ""
        yield (
            f"On recorded examinations a lone dissenter was right {100 * report.base_rate:.0f}% "
            "of the time."
        )


def _minds(verdict: Verdict) -> Iterator[str]:
    if not verdict.mind_changes:
        return
    yield "## Changed minds"
    yield ""
    for change in verdict.mind_changes:
        cause = escaped(sentence(change.because)) if change.because else "No cause was named."
        yield (
            f"- {escaped(seat_title(change.seat))}, round {change.round}: "
            f"{cell(change.from_ or 'abstained')} → {cell(change.to or 'abstains')}. {cause}"
        )


def _stances(dossier: Dossier) -> Iterator[str]:
    rounds = dossier.ballot_rounds
    if not rounds:
        return
    yield "## Stances, round by round"
    yield ""
    names = ["1 (blind)", *(str(record.number) for record in rounds[1:])]
    yield f"| Seat | {' | '.join(f'Round {name}' for name in names)} |"
    yield f"|---{'|---' * len(rounds)}|"
    for seat in dossier.case.seats:
        cells = " | ".join(_stance(dossier, record, seat.name) for record in rounds)
        yield f"| {escaped(seat_title(seat.name))} | {cells} |"
    for record in rounds:
        if record.closed:
            yield ""
            yield f"Round {record.number} was closed by the {record.closed}."
    if dossier.refused:
        yield ""
        yield f"The {dossier.refused} allowed no further round."
    for record in rounds:
        yield ""
        yield f"### Round {record.number}{', blind' if record.number == 1 else ''}"
        for seat_name in record.seats:
            yield ""
            response = record.responses.get(seat_name)
            blinded = {} if dossier.case.anonymous else record.pseudonyms
            yield from _said(seat_name, response, blinded)


def _stance(dossier: Dossier, record: RoundRecord, seat: str) -> str:
    if seat not in record.seats:
        return "–"
    response = record.responses.get(seat)
    if response is None:
        over = record.closed is not None or dossier.status != "running"
        return "*no reply*" if over else "*no reply yet*"
    match response.ballot:
        case Position(position=position):
            return cell(position)
        case Abstention():
            return "*abstained*"
        case Unreadable():
            return "*unreadable*"
        case Missing():
            return "*failed*"
        case None:
            return "–"


def _said(seat: str, response: Response | None, names: Mapping[str, str]) -> Iterator[str]:
    name = f"**{escaped(seat_title(seat))}**"
    match response.ballot if response else None:
        case Position() as said:
            sure = "" if said.confidence is None else f", says it is {said.confidence:.0%} sure"
            yield f"{name}: {cell(said.position, 300)}{sure}"
            yield from paragraphs(restored(said.argument, names))
        case Abstention(reason=reason):
            yield f"{name} abstained."
            yield from paragraphs(reason)
        case Unreadable(reason=reason):
            yield f"{name}: no ballot could be read, because {inline(reason)}"
            if response and isinstance(response.reply, Answered):
                yield from paragraphs(response.reply.text)
        case Missing(reason=reason):
            yield f"{name} failed: {inline(reason)}"
        case None:
            yield f"{name}: no reply."


def _groups(dossier: Dossier) -> Iterator[str]:
    labels = dossier.decision.labels if dossier.decision else {}
    renamed = {position: label for position, label in labels.items() if position != label}
    if not renamed:
        return
    yield "## Positions counted together"
    yield ""
    for position, label in renamed.items():
        yield f"- {cell(position, 200)} → {cell(label, 200)}"


def _open_questions(verdict: Verdict) -> Iterator[str]:
    if not verdict.open_questions:
        return
    yield "## What the seats would need to know"
    yield ""
    for need in verdict.open_questions:
        yield f"- {escaped(need)}"


def _warnings(verdict: Verdict) -> Iterator[str]:
    if not verdict.warnings:
        return
    yield "## Warnings"
    yield ""
    for warning in verdict.warnings:
        yield f"- {inline(warning)}"


def _council(dossier: Dossier, verdict: Verdict) -> Iterator[str]:
    served = {ballot.seat: ballot.served_by for ballot in verdict.ballots}
    yield "## Council and costs"
    yield ""
    yield "| Seat | Lens | Model | Calls | Tokens in / out | Cost |"
    yield "|---|---|---|---|---|---|"
    for seat in dossier.case.seats:
        usage = dossier.usage_of([seat.name])
        model = served.get(seat.name) or seat.model
        cells = (
            seat_title(seat.name),
            seat.lens.name if seat.lens else "–",
            model,
            str(usage.calls),
            f"{_count(usage.tokens_in)} / {_count(usage.tokens_out)}" if usage.calls else "–",
            dollars(usage.cost_usd) if usage.calls else "–",
        )
        yield f"| {' | '.join(cell(each) for each in cells)} |"
    yield ""
    yield (
        f"{plural(verdict.calls, 'call')}, {_count(verdict.tokens_in)} tokens in and "
        f"{_count(verdict.tokens_out)} out, {dollars(verdict.cost_usd)}, "
        f"{seconds(verdict.elapsed_s or 0)}. Dossier `{dossier.dossier_id}`."
    )


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"
