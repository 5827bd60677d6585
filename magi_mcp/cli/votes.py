"""CLI: who voted for what, with the blind count beside the final one. Pure."""

from collections.abc import Iterator
from typing import assert_never

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.plain import plain_line
from magi_mcp.cli.typeset import FAINT, indented, section
from magi_mcp.core.verdict import BallotRecord, Verdict
from magi_mcp.core.words import failure_in_words, model_title, seat_title

_TITLES = {
    "consensus": "Votes on the draft",
    "compose": "First places",
    "minority": "Views",
    "synthesis": "Views",
}


def voted(verdict: Verdict) -> Iterator[RenderableType]:
    """Every seat under what its ballot counts for, and who took no position, and why.

    Estimates are drawn elsewhere; of them only who made none is left to say.
    """
    absent = [_absence(ballot) for ballot in verdict.ballots if ballot.kind != "position"]
    if verdict.method == "probability":
        if absent:
            yield section("Without an estimate", *absent)
        return
    blind = {e.position: e.votes for e in verdict.blind_vote.tally} if verdict.blind_vote else {}
    final = {entry.position: entry.votes for entry in verdict.tally}
    both = bool(blind) and verdict.rounds > 1
    table = Table(box=None, show_header=both, pad_edge=False, expand=True, header_style=FAINT)
    table.add_column(ratio=1, overflow="fold")
    if both:
        table.add_column("blind", justify="right", width=5)
    table.add_column("final", justify="right", width=5)

    def row(words: RenderableType, *counts: int | None) -> None:
        cells = [Text("" if n is None else str(n), style="bold") for n in counts]
        table.add_row(words, *(cells if both else cells[1:]))

    ballots = {ballot.seat: ballot for ballot in verdict.ballots}
    holders = {entry.position: entry.seats for entry in verdict.tally}
    for position in dict.fromkeys((*final, *blind)):
        style = "bold" if position == verdict.ruling else ""
        words = Text(_named(position, verdict), style=style)
        row(words, blind.get(position, 0), final.get(position, 0))
        for seat in holders.get(position, ()):
            row(indented(_voice(verdict, ballots[seat])), None, None)
    counted = (table,) if table.row_count else ()
    if counted or absent:
        title = _TITLES.get(verdict.method, "Votes")
        yield section(title, *counted, *absent, *_reversal(verdict))


def _named(position: str, verdict: Verdict) -> str:
    return f"Draft {position}" if verdict.method == "compose" else plain_line(position)


def _voice(verdict: Verdict, ballot: BallotRecord) -> Text:
    longest = max(cell_len(plain_line(each.seat)) for each in verdict.ballots)
    seat = seat_title(plain_line(ballot.seat))
    gap = " " * (longest - cell_len(seat) + 2)
    told = Text.assemble(seat, (gap + served_by(ballot), FAINT))
    if ballot.persona and ballot.persona.casefold() != ballot.seat.casefold():
        told.append(f"  as {plain_line(ballot.persona)}", style=FAINT)
    if ballot.round < verdict.rounds:
        told.append(f"  (ballot of round {ballot.round})", style=FAINT)
    return told


def served_by(ballot: BallotRecord) -> str:
    """The model that answered, and the one it stood in for; blank for an anonymous voice."""
    served = ballot.served_by or ballot.model
    if served is None:
        return ""
    title = plain_line(model_title(served))
    if ballot.model is None or served == ballot.model:
        return title
    return f"{title} (for {plain_line(ballot.model)})"


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
    said = failure_in_words(ballot.summary) if ballot.kind == "failed" else ballot.summary
    reason = f": {plain_line(said)}" if said else ""
    return Text.assemble((f"{title} {what}", "yellow"), (reason, FAINT))


def _reversal(verdict: Verdict) -> Iterator[Text]:
    blind = verdict.blind_vote
    if blind is None or verdict.rounds < 2 or blind.ruling == verdict.ruling:
        return
    if verdict.outcome == "forced" or (verdict.status == "decided" and verdict.ruling is None):
        return  # somebody else settled it, or there is no ruling that could have been overturned
    before = f"“{plain_line(blind.ruling)}”" if blind.ruling is not None else "no ruling"
    yield Text()
    yield Text(f"Arguing changed the result: the blind vote gave {before}.", style="italic")
