"""Core: a dossier as Markdown, for a person who was not there.

Whatever models or callers wrote is data: it is escaped, so that it can neither break a table
nor pass for a heading or a link of the report.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from magi_mcp.core.anonymity import Mask, mask_of
from magi_mcp.core.ballots import Abstention, Missing, Position, Unreadable
from magi_mcp.core.case import ARBITER
from magi_mcp.core.costs import council_and_costs, own_prompts
from magi_mcp.core.deliberated import case_of, decision_of
from magi_mcp.core.dossier import Dossier, Response, RoundRecord
from magi_mcp.core.fate import what_happened
from magi_mcp.core.grounds import account, drafts_ranked, firmness
from magi_mcp.core.headline import found, how, why_failed
from magi_mcp.core.incidents import came_late, failed_calls, how_it_closed
from magi_mcp.core.markup import cell, escaped, inline, paragraphs
from magi_mcp.core.methods.probability import DIVERGENCE
from magi_mcp.core.names import restored
from magi_mcp.core.proceedings import what_served
from magi_mcp.core.replies import Answered
from magi_mcp.core.result import verdict_of
from magi_mcp.core.setting import context_given, lenses_worn, question_asked
from magi_mcp.core.verdict import MinorityReport, Verdict
from magi_mcp.core.words import (
    failure_in_words,
    seat_title,
    seat_titles,
    sentence,
    sentence_case,
)

_UNRULED = ("estimate", "synthesis")
"""Outcomes that rule nothing."""


def markdown(dossier: Dossier, *, now: float | None = None) -> str:
    """The report: ruling, both sides, the stance of every seat in every round, the bill."""
    verdict = verdict_of(dossier, now=now)
    mask = mask_of(dossier)
    sections = (
        _title(dossier, verdict),
        _ruling(dossier, verdict, mask),
        firmness(verdict),
        account(verdict),
        drafts_ranked(verdict),
        what_happened(verdict.actual),
        _sides(verdict),
        _minds(verdict),
        context_given(dossier),
        _stances(dossier, mask),
        _groups(dossier, mask),
        _open_questions(verdict),
        _warnings(verdict),
        lenses_worn(dossier, mask),
        council_and_costs(dossier, verdict, _served(verdict), mask),
        failed_calls(dossier, mask),
        own_prompts(dossier),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def _title(dossier: Dossier, verdict: Verdict) -> Iterator[str]:
    opened = datetime.fromtimestamp(dossier.opened_at, UTC)
    yield f"# {cell(dossier.case.question, 200)}"
    yield ""
    yield f"{opened:%Y-%m-%d %H:%M} UTC · method {verdict.method} · protocol {verdict.protocol}"
    yield from question_asked(dossier)


def _ruling(dossier: Dossier, verdict: Verdict, mask: Mask) -> Iterator[str]:
    mark = "Provisional: " if verdict.provisional else ""
    yield "## Ruling" if verdict.outcome not in _UNRULED else "## Result"
    yield ""
    match verdict.status:
        case "decided":
            what = "The answer is yes with a probability of " if verdict.estimate else ""
            forced = "forced " if verdict.outcome == "forced" else ""
            yield f"**{mark}{what}{inline(found(verdict))}** ({forced}{inline(how(verdict))})"
        case "undecided":
            yield f"**{mark}No ruling** ({inline(how(verdict))})"
        case "failed":
            yield f"**Failed.** {sentence_case(why_failed(verdict))}."
        case "running":
            yield "**Running.** There is no verdict yet."
        case "awaiting_replies":
            yield "**Awaiting replies** of whoever plays the seats. There is no verdict yet."
        case "interrupted":
            yield "**Interrupted.** The deliberation stopped before a verdict."
        case "cancelled":
            yield "**Cancelled.** What had arrived until then is below."
    yield from _answer(dossier, verdict, mask)
    confidence = verdict.confidence
    if confidence is not None and verdict.status == "decided" and verdict.ruling is not None:
        value = "not known" if confidence.value is None else f"{confidence.value:.2f}"
        yield ""
        yield f"Confidence: {value} ({confidence.basis})."


def _answer(dossier: Dossier, verdict: Verdict, mask: Mask) -> Iterator[str]:
    """What was found, argued; what nobody agreed on is never shown without saying so."""
    if not verdict.answer or verdict.answer == verdict.ruling:
        return
    if verdict.status == "undecided":
        yield ""
        match verdict.method:
            case "consensus":
                yield "A draft of the common ground was written, and not ratified:"
            case "compose":
                yield "The only draft, which nobody could compare with another:"
            case _:
                yield "The remaining voice:"
        yield from paragraphs(verdict.answer)
    else:
        yield ""
        if verdict.answer == _arbiters_argument(dossier, mask):
            yield f"In the arbiter's words: {escaped(verdict.answer)}"
        else:
            yield from _argued(verdict, verdict.answer)


def _arbiters_argument(dossier: Dossier, mask: Mask) -> str | None:
    """What the arbiter said, in the names of the report; None where it settled nothing."""
    for record in dossier.rounds:
        response = record.responses.get(ARBITER)
        if response is not None and isinstance(response.ballot, Position):
            return mask.said(restored(response.ballot.argument, record.pseudonyms))
    return None


def _argued(verdict: Verdict, answer: str) -> Iterator[str]:
    """The answer, told by whose words it is made of where it is taken from one voice."""
    if verdict.ranking is not None:
        yield f"Whoever rated it highest says: {escaped(answer)}"
        return
    for ballot in verdict.ballots:
        rest = answer.removeprefix(ballot.summary).strip()
        if ballot.summary and rest != answer and (not rest or rest.startswith(DIVERGENCE)):
            yield f"In {escaped(seat_title(ballot.seat))}'s words: {escaped(ballot.summary)}"
            if rest:
                yield ""
                yield escaped(rest)
            return
    yield escaped(answer)


def _sides(verdict: Verdict) -> Iterator[str]:
    if not verdict.minority_report:
        return
    yield "## Minority report" if verdict.status == "decided" else "## The sides"
    for report in verdict.minority_report:
        yield ""
        seats = escaped(seat_titles(report.seats))
        match verdict.method:
            case "consensus":
                yield f"### Objection ({seats})"
            case "compose":
                yield f"### Rated highest by {seats}: {cell(report.position, 160)}"
            case _:
                yield f"### {cell(report.position, 160)} ({seats})"
        yield from _side(verdict, report)


def _side(verdict: Verdict, report: MinorityReport) -> Iterator[str]:
    if report.argument:
        yield ""
        yield escaped(report.argument)
    if report.would_flip:
        yield ""
        what = "win acceptance" if verdict.method == "consensus" else "change it"
        yield f"*What would {what}:* {inline(report.would_flip)}"
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


def _stances(dossier: Dossier, mask: Mask) -> Iterator[str]:
    rounds = dossier.ballot_rounds
    if not rounds:
        return
    yield "## Stances, round by round"
    yield ""
    names = ["1 (blind)", *(str(record.number) for record in rounds[1:])]
    yield f"| Seat | {' | '.join(f'Round {name}' for name in names)} |"
    yield f"|---{'|---' * len(rounds)}|"
    for seat, name in mask.names.items():
        cells = " | ".join(_stance(dossier, record, seat, mask) for record in rounds)
        yield f"| {escaped(seat_title(name))} | {cells} |"
    for record in rounds:
        yield from how_it_closed(record)
    if dossier.refused:
        yield ""
        yield f"The {dossier.refused.reason} allowed no further round{dossier.refused.because}."
    for leg in dossier.legs:
        yield ""
        began = datetime.fromtimestamp(leg.began_at, UTC)
        yield f"Resumed on {began:%Y-%m-%d %H:%M} UTC by {inline(leg.by)}."
    if dossier.is_under_way:
        return  # nobody is shown half a vote
    for record in rounds:
        yield ""
        yield f"### Round {record.number}{', blind' if record.number == 1 else ''}"
        for seat in mask.names:
            if seat in record.seats:
                yield ""
                if _is_ranked(dossier, record, seat):
                    title = escaped(seat_title(mask.name(seat)))
                    yield f"**{title}**: the draft that is ranked above."
                else:
                    yield from _said(dossier, seat, record, mask)
        yield from what_served(dossier, record.number, mask)


def _is_ranked(dossier: Dossier, record: RoundRecord, seat: str) -> bool:
    """Whether what a seat wrote in a round is its draft in the ranking, shown there in full."""
    decision = decision_of(dossier)
    findings = decision.findings if decision else None
    if findings is None or findings.ranking is None:
        return False
    drafted = {b.seat: b.round for b in findings.ballots if b.kind == "position"}
    return drafted.get(seat) == record.number


def _stance(dossier: Dossier, record: RoundRecord, seat: str, mask: Mask) -> str:
    if seat not in record.seats:
        return "–"
    response = record.responses.get(seat)
    if response is None and (seat in record.late or record.closed == "settled"):
        return "*late*" if seat in record.late else "*not waited for*"
    if response is None:
        over = record.closed is not None or not dossier.is_under_way
        return "*no reply*" if over else "*no reply yet*"
    if dossier.is_under_way:
        return "*answered*"
    match response.ballot:
        case Position(position=position):
            return cell(mask.position(position))
        case Abstention():
            return "*abstained*"
        case Unreadable():
            return "*unreadable*"
        case Missing():
            return "*failed*"
        case None:
            return "–"


def _earlier(dossier: Dossier, record: RoundRecord, seat: str) -> Response | None:
    """What a seat had said when it was last heard before a round."""
    heard = [r for r in dossier.ballot_rounds if r.number < record.number and seat in r.responses]
    return heard[-1].responses[seat] if heard else None


def _repeats(said: Position, earlier: Response | None) -> bool:
    """Whether a position stands as before, argument and all: said once is enough."""
    before = earlier.ballot if earlier else None
    return isinstance(before, Position) and (before.position, before.argument) == (
        said.position,
        said.argument,
    )


def _said(dossier: Dossier, seat: str, record: RoundRecord, mask: Mask) -> Iterator[str]:
    response = record.responses.get(seat)
    name = f"**{escaped(seat_title(mask.name(seat)))}**"
    names = {mask.name(peer): pseudonym for peer, pseudonym in record.pseudonyms.items()}
    match response.ballot if response else None:
        case Position() as said:
            position = cell(mask.position(said.position), 300)
            if case_of(dossier).method == "compose":
                # A draft's position is no more than how it begins.
                position = f"draft {mask.place(seat) + 1}"
            if _repeats(said, _earlier(dossier, record, seat)):
                yield f"{name}: {position}, unchanged."
                return
            sure = "" if said.confidence is None else f", says it is {said.confidence:.0%} sure"
            yield f"{name}: {position}{sure}"
            yield from paragraphs(mask.said(restored(said.argument, names)))
            if said.would_flip:
                flip = inline(mask.said(restored(said.would_flip, names)))
                yield ""
                yield f"*What would change it:* {flip}"
        case Abstention(reason=reason):
            yield f"{name} abstained."
            yield from paragraphs(mask.said(restored(reason, names)))
        case Unreadable(reason=reason):
            yield f"{name}: no ballot could be read, because {inline(reason)}"
            if response and isinstance(response.reply, Answered):
                yield from paragraphs(mask.said(restored(response.reply.text, names)))
        case Missing(reason=reason):
            yield f"{name} failed: {inline(mask.told(failure_in_words(reason)))}"
        case None if seat in record.late:
            late = record.late[seat].reply
            yield f"{name} {came_late(late, mask)}"
            if isinstance(late, Answered):
                yield from paragraphs(mask.said(restored(late.text, names)))
        case None:
            yield f"{name}: no reply."


def _groups(dossier: Dossier, mask: Mask) -> Iterator[str]:
    decision = decision_of(dossier)
    labels = decision.labels if decision else {}
    renamed = {position: label for position, label in labels.items() if position != label}
    if not renamed:
        return
    yield "## Positions counted together"
    yield ""
    for position, label in renamed.items():
        yield f"- {cell(mask.position(position), 200)} → {cell(mask.position(label), 200)}"


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
        yield f"- {inline(failure_in_words(warning))}"


def _served(verdict: Verdict) -> dict[str, str | None]:
    """Which model answered for whom."""
    served = {ballot.seat: ballot.served_by for ballot in verdict.ballots}
    return {**served, **({ARBITER: verdict.arbiter.model} if verdict.arbiter else {})}
