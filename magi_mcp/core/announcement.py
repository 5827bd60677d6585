"""Core: a result in about two hundred tokens, for whoever reads text and not JSON.

The first word is the state, then what the caller must know, the dossier's address and the
next step. The shape is the contract's ("content").
"""

from collections.abc import Iterable, Iterator, Sequence

from magi_mcp.core.details import SHARES, STANDARD_ITEMS, Detail, with_shorter_texts
from magi_mcp.core.fate import how_it_fared
from magi_mcp.core.headline import found, how, state, why_failed, why_not
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.verdict import BallotRecord, MinorityReport, Verdict
from magi_mcp.core.words import (
    dollars,
    model_title,
    plural,
    seat_title,
    seat_titles,
    seconds,
    sentence,
    sentence_case,
    shortened,
)

_PASSAGE = 400
"""Characters of an argument that are shown; the whole of it stands in the dossier."""

_WHOLE = 600
"""Characters of a text that is itself the result: a draft, the common ground."""

_HEADLINE = 300
_NOTE = 240
_DISSENT = 160

ANNOUNCEMENT_CHARS = 1_800
"""Characters of a text at most. With its object a standard answer is below 1,500 tokens."""

_VOTES = {
    "probability": "Estimates",
    "compose": "First places by draft",
    "synthesis": "Views",
    "minority": "Views",
}
_UNRULED = ("probability", "minority", "synthesis")
"""Methods without a ruling: nobody is pivotal, and no blind vote was overturned."""


def announce(verdict: Verdict, detail: Detail = "standard", notes: Sequence[str] = ()) -> str:
    """The text form of a result, whatever state it is in; ``full`` has none of its own.

    ``notes`` are for this reader alone.
    """
    if detail == "brief":
        return "\n".join(_brief(verdict, notes))
    text = "\n".join(_lines(verdict, notes))
    for share in SHARES:
        if len(text) <= ANNOUNCEMENT_CHARS:
            break
        text = "\n".join(_lines(with_shorter_texts(verdict, share), notes))
    return text


def headline(verdict: Verdict) -> str:
    """The first line alone: the state, and what must be known at once."""
    return _headline(verdict)


def noted(notes: Iterable[str]) -> Iterator[str]:
    """What a reader is to know besides the result, in lines of a text."""
    return (f"Note: {shortened(note, _NOTE)}" for note in notes)


def _brief(verdict: Verdict, notes: Sequence[str]) -> Iterator[str]:
    """The headline, and the strongest dissent in one line."""
    yield _headline(verdict)
    sides = verdict.minority_report
    if sides:
        more = f" And {len(sides) - 1} more." if sides[1:] else ""
        side = f"{seat_titles(sides[0].seats)}: {sides[0].argument or sides[0].position}"
        yield f"Dissent, {sentence(shortened(side, _DISSENT))}{more}"
    yield from noted(notes)
    yield verdict.dossier_uri
    if verdict.next_step:
        yield f"Next: {verdict.next_step}"


def _lines(verdict: Verdict, notes: Sequence[str]) -> list[str]:
    lines = [_headline(verdict), f"Question: {shortened(verdict.question, 300)}"]
    match verdict.status:
        case "decided":
            lines += _decided(verdict)
        case "undecided":
            lines += _undecided(verdict)
        case "running" | "awaiting_replies":
            lines += [_bill(verdict)] if verdict.calls else []
            lines += _warnings(verdict)
        case "failed" | "cancelled" | "interrupted":
            lines += [f"- {shortened(cause, _PASSAGE)}" for cause in verdict.causes]
            lines += [_bill(verdict)] if verdict.calls else []
            lines += _warnings(verdict)
    lines += noted(notes)
    lines.append(verdict.dossier_uri)
    if verdict.next_step:
        lines.append(f"Next: {verdict.next_step}")
    return lines


def _headline(verdict: Verdict) -> str:
    word = f"PROVISIONAL {state(verdict)}" if verdict.provisional else state(verdict)
    match verdict.status:
        case "decided":
            rests_on = f"{how(verdict)}{_confidence(verdict)}"
            return f"{word}: {shortened(found(verdict), _HEADLINE)} ({rests_on})."
        case "undecided":
            return f"{word}: {why_not(verdict)}."
        case "running":
            return f"{word}: {_progress(verdict)}"
        case "awaiting_replies":
            return f"{word}: {_awaited(verdict)}"
        case "failed":
            return f"{word}: {why_failed(verdict)}."
        case "interrupted":
            return f"{word}: the deliberation stopped in round {verdict.rounds}."
        case "cancelled":
            return f"{word} in round {verdict.rounds}; what had arrived is kept."


def _confidence(verdict: Verdict) -> str:
    confidence = verdict.confidence
    if confidence is None or confidence.value is None:
        return ""
    return f"; confidence {confidence.value:.2f}: {confidence.basis}"


def _decided(verdict: Verdict) -> Iterator[str]:
    yield from _answer(verdict)
    yield from _account(verdict)
    yield _votes(verdict)
    for report in verdict.minority_report[:STANDARD_ITEMS]:
        rate = (
            f" A lone dissenter is right about {100 * report.base_rate:.0f}% of the time."
            if report.base_rate is not None
            else ""
        )
        side = f"Minority, {shortened(report.position, 120)}"
        if verdict.method == "consensus":
            side = "Objection"
        elif verdict.method == "compose":
            side = f"Minority, for {shortened(report.position, 120)}"
        yield (
            f"{side} ({seat_titles(report.seats)}): "
            f"{sentence(shortened(report.argument, _PASSAGE))}{_flip(verdict, report)}{rate}"
        )
    yield from _further_sides(verdict)
    yield from _aside(verdict)
    yield from _changes(verdict)
    yield from _fate(verdict)
    yield " ".join(filter(None, (_blind(verdict), _pivotal(verdict), _bill(verdict))))
    yield from _warnings(verdict)


def _undecided(verdict: Verdict) -> Iterator[str]:
    if verdict.method == "consensus" and verdict.answer:
        yield f"Draft, not ratified: {sentence(shortened(verdict.answer, _WHOLE))}"
    yield _votes(verdict)
    if verdict.answer and not verdict.minority_report and verdict.method != "consensus":
        what = "The only draft" if verdict.method == "compose" else "The remaining voice"
        yield f"{what}: {sentence(shortened(verdict.answer, _PASSAGE))}"
    for report in verdict.minority_report[:STANDARD_ITEMS]:
        side = f" for {shortened(report.position, 120)}"
        if verdict.method == "consensus":
            side = " objects"
        yield (
            f"{seat_titles(report.seats)}{side}: "
            f"{sentence(shortened(report.argument, _PASSAGE))}{_flip(verdict, report)}"
        )
    yield from _further_sides(verdict)
    yield from _aside(verdict)
    yield from _changes(verdict)
    yield from _fate(verdict)
    yield f"{_blind(verdict)} {_bill(verdict)}".strip()
    yield from _warnings(verdict)


def _answer(verdict: Verdict) -> Iterator[str]:
    """The result argued, or the whole of a result that is itself a text."""
    if verdict.answer and verdict.method == "consensus":
        # The headline has shown as much of the common ground as fits there.
        if shortened(verdict.answer, _HEADLINE) != one_line(verdict.answer):
            yield f"In full: {sentence(shortened(verdict.answer, 2 * _WHOLE))}"
    elif verdict.answer:
        label = "Account" if verdict.method == "synthesis" else "Why"
        if verdict.method == "minority":
            label = "Overlooked"
        yield f"{label}: {sentence(shortened(verdict.answer, _PASSAGE))}"
    if verdict.ranking and verdict.outcome == "ranking":
        best = verdict.ranking[0]
        yield f"Draft {best.draft}: {shortened(best.text, _WHOLE)}"


def _account(verdict: Verdict) -> Iterator[str]:
    """The points of a synthesis, a line for each kind of point that there is."""
    if verdict.synthesis is None:
        return
    for kind, points in verdict.synthesis:
        if points:
            listed = "; ".join(shortened(point, 160).rstrip(".") for point in points[:4])
            yield f"{kind.replace('_', ' ').capitalize()}: {listed}"


def _further_sides(verdict: Verdict) -> Iterator[str]:
    further = verdict.minority_report[STANDARD_ITEMS:]
    if further:
        seats = seat_titles([seat for report in further for seat in report.seats])
        yield f"{plural(len(further), 'further side')} (get_dossier, detail full): {seats}"


def _fate(verdict: Verdict) -> Iterator[str]:
    if verdict.actual is not None:
        yield f"What really happened: {how_it_fared(verdict.actual)}"


def _flip(verdict: Verdict, report: MinorityReport) -> str:
    """What would move the ruling, or where there is none, whoever holds the position."""
    if not report.would_flip:
        return ""
    if verdict.method == "consensus":
        what = "Would win acceptance"
    else:
        what = f"Would flip {'the ruling' if verdict.ruling else 'them'}"
    return f" {what}: {sentence(shortened(report.would_flip, 200))}"


def _voice(verdict: Verdict, seat: str) -> str:
    for ballot in verdict.ballots:
        model = ballot.served_by or ballot.model
        if ballot.seat == seat and model:
            return f"{seat_title(seat)} ({model_title(model)})"
    return seat_title(seat)


def _votes(verdict: Verdict) -> str:
    sides = [
        f"{shortened(entry.position, 120)} - "
        + ", ".join(_voice(verdict, seat) for seat in entry.seats)
        for entry in verdict.tally
    ]
    return f"{_VOTES.get(verdict.method, 'Votes')}: {' | '.join(sides) or 'none'}"


def _aside(verdict: Verdict) -> Iterator[str]:
    """Who took no position, and why."""
    for ballot in verdict.ballots:
        if ballot.kind != "position":
            yield f"{_absence(ballot)}: {sentence(shortened(ballot.summary, 200))}".rstrip(": ")


def _absence(ballot: BallotRecord) -> str:
    title = seat_title(ballot.seat)
    match ballot.kind:
        case "abstained":
            return f"{title} abstained"
        case "unreadable":
            return f"{title}'s ballot was unreadable"
        case _:
            return f"{title} failed"


def _changes(verdict: Verdict) -> Iterator[str]:
    changes = [
        f"{seat_title(change.seat)} {shortened(change.from_ or 'abstained', 60)} -> "
        f"{shortened(change.to or 'abstains', 60)}, round {change.round}: "
        f"{shortened(change.because, 160) if change.because else 'no cause named'}"
        for change in verdict.mind_changes[:STANDARD_ITEMS]
    ]
    more = len(verdict.mind_changes) - len(changes)
    if changes:
        yield f"Changed minds: {'; '.join(changes)}{f'; and {more} more' if more else ''}"


def _blind(verdict: Verdict) -> str:
    blind = verdict.blind_vote
    if blind is None or verdict.method in _UNRULED:
        return ""
    if not blind.tally:
        return "Blind vote: none."
    if blind.ruling is None:
        split = "-".join(str(entry.votes) for entry in blind.tally)
        return f"Blind vote: no ruling, {split}."
    return (
        f"Blind vote: {shortened(blind.ruling, 60)}, {blind.tally[0].votes} of "
        f"{len(verdict.ballots)}."
    )


def _pivotal(verdict: Verdict) -> str:
    if verdict.method in _UNRULED or verdict.outcome == "forced":
        return ""
    if not verdict.pivotal_seats:
        return "Robust: no single ballot decided it."
    return f"Pivotal: {seat_titles(verdict.pivotal_seats)}."


def _bill(verdict: Verdict) -> str:
    route = " > ".join(verdict.route)
    bill = f"{plural(verdict.calls, 'call')}, {dollars(verdict.cost_usd)}"
    if verdict.elapsed_s is not None:
        bill += f", {seconds(verdict.elapsed_s)}"
    return f"{route}; {bill}." if route else f"So far {bill}."


def _warnings(verdict: Verdict) -> Iterator[str]:
    yield from noted(verdict.cautions)


def _awaited(verdict: Verdict) -> str:
    """Which asks the caller has to answer, for which seats."""
    assert verdict.progress is not None, "whoever awaits replies is under way"
    asks = verdict.asks or ()
    told = f"{verdict.progress.doing}, {plural(len(asks), 'ask')}"
    return f"{told}: {', '.join(ask.ask_id for ask in asks)}."


def _progress(verdict: Verdict) -> str:
    progress = verdict.progress
    if progress is None or progress.round == 0:
        return "the council is being convened."
    counted = f"{progress.answered} of {progress.seats} seats have answered"
    told = [f"round {progress.round} (at most {progress.of}), {counted}"]
    people = (("heard", progress.heard), ("waiting for", progress.awaited))
    named = [f"{what} {seat_titles(seats)}" for what, seats in people if seats]
    if named:
        told.append(f"{sentence_case(progress.doing)}: {'; '.join(named)}")
    times = [f"{seconds(verdict.elapsed_s)} so far"] if verdict.elapsed_s is not None else []
    if progress.seconds_left is not None:
        times.append(f"at most {seconds(progress.seconds_left)} more")
    return ". ".join((*told, *([", ".join(times)] if times else []))) + "."
