"""CLI: dissent and doubt: the other sides, what moved whom, how firm a result is. Pure."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from magi_mcp.cli.plain import plain, plain_line
from magi_mcp.cli.typeset import FAINT, Margin, bullet, labelled, passage, section
from magi_mcp.core.verdict import MindChange, MinorityReport, Verdict
from magi_mcp.core.words import seat_title, seat_titles, sentence

_DISSENT = "magenta"


def sides(verdict: Verdict) -> Iterator[RenderableType]:
    """What lost, argued; without a ruling, every side."""
    if not verdict.minority_report:
        if verdict.status == "decided":
            yield section("Minority report", Text("None: no seat dissented.", style=FAINT))
        return
    reports: list[RenderableType] = []
    for report in verdict.minority_report:
        reports += [Margin("┃ ", *_dissent(report, verdict), style=_DISSENT), Text()]
    yield section(_title(verdict), *reports[:-1], style=f"bold {_DISSENT}")


def _title(verdict: Verdict) -> str:
    if verdict.method == "consensus":
        return "Objections"
    return "Minority report" if verdict.status == "decided" else "The sides"


def _dissent(report: MinorityReport, verdict: Verdict) -> Iterator[RenderableType]:
    seats = seat_titles([plain_line(seat) for seat in report.seats])
    if verdict.method == "consensus":
        yield Text(seats, style="bold")
    else:
        yield Text.assemble((plain_line(report.position), "bold"), (f"  {seats}", FAINT))
    if report.argument:
        yield passage(report.argument)
    if report.would_flip:
        whom = "the ruling" if verdict.ruling is not None else "this side"
        label = "Would win acceptance:" if verdict.method == "consensus" else f"Would flip {whom}:"
        yield Text()
        yield labelled(label, sentence(plain(report.would_flip)))
    if report.base_rate is not None:
        yield Text(
            f"A lone dissenter is right about {100 * report.base_rate:.0f}% of the time.",
            style=FAINT,
        )


def minds(verdict: Verdict) -> Iterator[RenderableType]:
    """Who changed position, and what made them."""
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


def standing(verdict: Verdict) -> Iterator[RenderableType]:
    """How firmly the result stands: whose ballot it hangs on, and what such splits are worth."""
    if verdict.ruling is not None:
        yield section("How firm it is", *_hanging_on(verdict), *_worth(verdict))


def _hanging_on(verdict: Verdict) -> Iterator[Text]:
    if verdict.outcome == "forced":
        return  # what the votes did not give cannot hang on one of them
    if not verdict.pivotal_seats:
        yield labelled("Robust:", "no single ballot decided it.")
        return
    seats = seat_titles([plain_line(seat) for seat in verdict.pivotal_seats])
    each = "either" if len(verdict.pivotal_seats) == 2 else "any one"
    without = "this ballot" if len(verdict.pivotal_seats) == 1 else f"{each} of these ballots"
    yield labelled("Pivotal:", f"{seats}. Without {without} the ruling would differ.")


def _worth(verdict: Verdict) -> Iterator[Text]:
    confidence = verdict.confidence
    if confidence is not None:
        value = "" if confidence.value is None else f"{confidence.value:.2f}; "
        yield labelled("Confidence:", f"{value}{sentence(plain(confidence.basis))}")


def needs(verdict: Verdict) -> Iterator[RenderableType]:
    """What the seats said they would have to know."""
    if verdict.open_questions:
        yield section("Would need to know", *map(bullet, verdict.open_questions))
