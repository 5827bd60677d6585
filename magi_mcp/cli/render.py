"""CLI: a verdict as a person likes to read it, in whatever state it is. Pure.

One rendering for every command. It knows the core's verdict and nothing of where it comes
from; it adds no judgement of its own, and hides none: what makes a verdict provisional or
degraded stands at the top of it.
"""

from collections.abc import Iterator
from typing import assert_never

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.plain import plain, plain_line
from magi_mcp.cli.typeset import FAINT, Margin, indented, joined, labelled, section
from magi_mcp.core.dossier import short_id
from magi_mcp.core.verdict import BallotRecord, MindChange, MinorityReport, Verdict
from magi_mcp.core.words import (
    dollars,
    model_title,
    plural,
    seat_title,
    seat_titles,
    seconds,
    sentence,
)

_GOOD, _DOUBTFUL, _BAD = "green", "yellow", "red"
_DISSENT = "magenta"
_PROVISIONAL = "Provisional: "
_PASSAGE = 2000
"""Characters of an argument that are shown: seats are asked for five sentences at most."""


def verdict_view(verdict: Verdict, *, reread: str) -> RenderableType:
    """The whole verdict. ``reread`` is the command that shows its dossier again."""
    return Group(
        Text(plain(verdict.question), style="bold"),
        Text(),
        _ruling(verdict),
        Text(),
        *_body(verdict),
        *_warnings(verdict),
        joined(_bill(verdict)),
        Text.assemble(
            (f"Dossier {short_id(verdict.dossier_id)} · read it again: ", FAINT), (reread, "bold")
        ),
    )


def _body(verdict: Verdict) -> Iterator[RenderableType]:
    match verdict.status:
        case "decided" | "undecided":
            yield from _why(verdict)
            yield from _votes(verdict)
            yield from _sides(verdict)
            yield from _minds(verdict)
            yield from _standing(verdict)
            yield from _needs(verdict)
        case "failed" | "cancelled" | "interrupted" | "running":
            pass
        case _:
            assert_never(verdict.status)


# The ruling


def _ruling(verdict: Verdict) -> Panel:
    title, words, style = _headline(verdict)
    return Panel(
        Group(Text(words, style=f"bold {style}"), *_qualified(verdict)),
        title=Text(f" {title} ", style=f"bold {style}"),
        title_align="left",
        border_style=style,
        box=box.HEAVY,
        padding=(1, 2),
    )


def _headline(verdict: Verdict) -> tuple[str, str, str]:
    """The panel's title, what stands in it largest, and its colour."""
    match verdict.status:
        case "decided":
            sound = not (verdict.provisional or verdict.degraded)
            title = "PROVISIONAL RULING" if verdict.provisional else "RULING"
            return title, plain_line(verdict.ruling or ""), _GOOD if sound else _DOUBTFUL
        case "undecided":
            return "NO RULING", _split(verdict), _DOUBTFUL
        case "failed":
            return "FAILED", "No seat answered.", _BAD
        case "cancelled":
            return "CANCELLED", "Stopped before a verdict; what had arrived is kept.", _DOUBTFUL
        case "interrupted":
            return "INTERRUPTED", "Broken off before a verdict; what had arrived is kept.", _BAD
        case "running":
            return "RUNNING", "There is no verdict yet.", _DOUBTFUL
        case _:
            assert_never(verdict.status)


def _split(verdict: Verdict) -> str:
    votes = verdict.tally[0].votes if verdict.tally else 0
    counted = sum(entry.votes for entry in verdict.tally)
    match verdict.outcome:
        case "tie":
            return f"A tie at {plural(votes, 'vote')} each."
        case "below_threshold":
            return f"The leading position has {votes} of {plural(counted, 'vote')}: too few."
        case _:
            seats = plural(len(verdict.ballots), "seat")
            return f"{counted or 'None'} of {seats} took a position: too few."


def _qualified(verdict: Verdict) -> Iterator[Text]:
    """How the ruling came about, and whatever takes authority from it."""
    if verdict.status == "decided":
        yield Text(_majority(verdict))
    if verdict.status == "undecided" and verdict.tally:
        yield Text("No side speaks for the council.")
    flags = [
        _flag("PROVISIONAL", cause.removeprefix(_PROVISIONAL))
        for cause in verdict.warnings
        if cause.startswith(_PROVISIONAL)
    ]
    if verdict.degraded and verdict.status != "failed":
        flags.append(_flag("DEGRADED", "not every seat was heard in every round; see below."))
    if flags:
        yield Text()
        yield from flags


def _majority(verdict: Verdict) -> str:
    outcome = (verdict.outcome or "").replace("_", " ").capitalize()
    counted = sum(entry.votes for entry in verdict.tally)
    council = plural(len(verdict.ballots), "seat")
    of = council if counted == len(verdict.ballots) else f"{counted} counted, {council} in all"
    argued = f", after {plural(verdict.rounds, 'round')}" if verdict.rounds > 1 else ""
    return f"{outcome}, {verdict.tally[0].votes} of {of}{argued}"


def _flag(word: str, cause: str) -> Text:
    return Text.assemble((f" {word} ", f"bold reverse {_DOUBTFUL}"), " ", plain_line(cause))


# Why, and who


def _why(verdict: Verdict) -> Iterator[RenderableType]:
    if verdict.answer:
        title = "Why" if verdict.ruling is not None else "The remaining voice"
        yield section(title, _passage(verdict.answer))


def _votes(verdict: Verdict) -> Iterator[RenderableType]:
    """Every seat under its position, with the blind count beside the final one."""
    blind = {e.position: e.votes for e in verdict.blind_vote.tally} if verdict.blind_vote else {}
    final = {entry.position: entry.votes for entry in verdict.tally}
    both = verdict.rounds > 1
    table = Table(box=None, show_header=both, pad_edge=False, expand=True, header_style=FAINT)
    table.add_column(ratio=1, overflow="fold")
    if both:
        table.add_column("blind", justify="right", width=5)
    table.add_column("final", justify="right", width=5)

    def row(words: RenderableType, *counts: int | None) -> None:
        cells = [Text("" if n is None else str(n), style="bold") for n in counts]
        table.add_row(words, *(cells if both else cells[1:]))

    for position in dict.fromkeys((*final, *blind)):
        ruled = position == verdict.ruling
        style = "bold" if ruled else ""
        row(Text(plain_line(position), style=style), blind.get(position, 0), final.get(position, 0))
        for ballot in verdict.ballots:
            if ballot.kind == "position" and ballot.position == position:
                row(indented(_voice(verdict, ballot)), None, None)
    for ballot in verdict.ballots:
        if ballot.kind != "position":
            row(_absence(ballot), None, None)
    yield section("Votes", table, *_reversal(verdict))


def _voice(verdict: Verdict, ballot: BallotRecord) -> Text:
    longest = max(cell_len(plain_line(each.seat)) for each in verdict.ballots)
    seat = seat_title(plain_line(ballot.seat))
    gap = " " * (longest - cell_len(seat) + 2)
    told = Text.assemble(seat, (gap + _model(ballot), FAINT))
    if ballot.persona and ballot.persona.casefold() != ballot.seat.casefold():
        told.append(f"  as {plain_line(ballot.persona)}", style=FAINT)
    if ballot.round < verdict.rounds:
        told.append(f"  (ballot of round {ballot.round})", style=FAINT)
    return told


def _model(ballot: BallotRecord) -> str:
    served = ballot.served_by or ballot.model
    title = plain_line(model_title(served))
    return title if served == ballot.model else f"{title} (for {plain_line(ballot.model)})"


def _absence(ballot: BallotRecord) -> Text:
    title = seat_title(plain_line(ballot.seat))
    match ballot.kind:
        case "abstained":
            what = "abstained"
        case "unreadable":
            what = "was unreadable"
        case "failed" | "position":
            what = "failed"
        case _:
            assert_never(ballot.kind)
    reason = f": {plain_line(ballot.summary)}" if ballot.summary else ""
    return Text.assemble((f"{title} {what}", _DOUBTFUL), (reason, FAINT))


def _reversal(verdict: Verdict) -> Iterator[Text]:
    blind = verdict.blind_vote
    if blind is None or verdict.rounds < 2 or blind.ruling == verdict.ruling:
        return
    before = f"“{plain_line(blind.ruling)}”" if blind.ruling is not None else "no ruling"
    yield Text()
    yield Text(f"Arguing changed the result: the blind vote gave {before}.", style="italic")


# Dissent, and what moved whom


def _sides(verdict: Verdict) -> Iterator[RenderableType]:
    if not verdict.minority_report:
        if verdict.status == "decided":
            yield section("Minority report", Text("None: no seat dissented.", style=FAINT))
        return
    title = "Minority report" if verdict.ruling is not None else "The sides"
    reports: list[RenderableType] = []
    for report in verdict.minority_report:
        reports += [Margin("┃ ", *_dissent(report, verdict), style=_DISSENT), Text()]
    yield section(title, *reports[:-1], style=f"bold {_DISSENT}")


def _dissent(report: MinorityReport, verdict: Verdict) -> Iterator[RenderableType]:
    seats = seat_titles([plain_line(seat) for seat in report.seats])
    yield Text.assemble((plain_line(report.position), "bold"), (f"  {seats}", FAINT))
    if report.argument:
        yield _passage(report.argument)
    if report.would_flip:
        whom = "the ruling" if verdict.ruling is not None else "this side"
        yield Text()
        yield labelled(f"Would flip {whom}:", sentence(plain(report.would_flip)))
    if report.base_rate is not None:
        yield Text(
            f"A lone dissenter is right about {100 * report.base_rate:.0f}% of the time.",
            style=FAINT,
        )


def _minds(verdict: Verdict) -> Iterator[RenderableType]:
    if verdict.mind_changes:
        yield section("Changed minds", *map(_change, verdict.mind_changes))


def _change(change: MindChange) -> Group:
    left = plain_line(change.from_) if change.from_ is not None else "abstained"
    now = plain_line(change.to) if change.to is not None else "abstains"
    because = (
        labelled("Because:", sentence(plain(change.because)))
        if change.because
        else Text("No cause was named.", style=FAINT)
    )
    return Group(
        Text.assemble(
            (seat_title(plain_line(change.seat)), "bold"),
            (f", round {change.round}: ", FAINT),
            f"{left} → ",
            (now, "bold"),
        ),
        because,
    )


def _standing(verdict: Verdict) -> Iterator[RenderableType]:
    """How firmly the result stands: whose ballot it hangs on, and what such splits are worth."""
    if verdict.status != "decided":
        return
    lines: list[RenderableType] = []
    if verdict.pivotal_seats:
        seats = seat_titles([plain_line(seat) for seat in verdict.pivotal_seats])
        each = "either" if len(verdict.pivotal_seats) == 2 else "any one"
        without = "this ballot" if len(verdict.pivotal_seats) == 1 else f"{each} of these ballots"
        lines.append(labelled("Pivotal:", f"{seats}. Without {without} the ruling would differ."))
    else:
        lines.append(labelled("Robust:", "no single ballot decided it."))
    confidence = verdict.confidence
    if confidence is not None:
        value = "" if confidence.value is None else f"{confidence.value:.2f}; "
        lines.append(labelled("Confidence:", f"{value}{sentence(plain(confidence.basis))}"))
    yield section("How firm it is", *lines)


def _needs(verdict: Verdict) -> Iterator[RenderableType]:
    if verdict.open_questions:
        yield section("Would need to know", *map(_bullet, verdict.open_questions))


def _warnings(verdict: Verdict) -> Iterator[RenderableType]:
    rest = [w for w in verdict.warnings if not w.startswith(_PROVISIONAL)]
    if rest:
        title = "Causes" if verdict.status == "failed" else "Warnings"
        yield section(title, *map(_bullet, rest), style=f"bold {_DOUBTFUL}")


def _passage(words: str) -> Text:
    """An argument; of one that runs on and on, the beginning."""
    said = plain(words)
    if len(said) <= _PASSAGE:
        return Text(said)
    beginning = said[:_PASSAGE].rsplit(None, 1)[0]
    return Text.assemble(f"{beginning} … ", ("(cut; the dossier has the rest)", FAINT))


def _bullet(words: str) -> Table:
    line = Table.grid(padding=(0, 1))
    line.add_row("-", Text(plain(words)))
    return line


def _bill(verdict: Verdict) -> Iterator[str]:
    yield " > ".join(verdict.route)
    yield plural(verdict.rounds, "round")
    yield plural(verdict.calls, "call")
    yield dollars(verdict.cost_usd)
    if verdict.elapsed_s is not None:
        yield seconds(verdict.elapsed_s)
    if verdict.calls and verdict.tokens_in is not None and verdict.tokens_out is not None:
        yield f"{verdict.tokens_in:,} tokens in, {verdict.tokens_out:,} out"
