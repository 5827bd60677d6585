"""CLI: a judgement as a person likes to read it, in whatever state it is. Pure."""

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.plain import plain, plain_line
from magi_mcp.cli.typeset import FAINT, bullet, joined, labelled, passage, section
from magi_mcp.core.dossier import short_id
from magi_mcp.core.judging.announcement import agreement
from magi_mcp.core.judging.findings import JudgeRecord, PairBallot
from magi_mcp.core.judging.headline import found, how, state, why_not
from magi_mcp.core.judging.result import Judgement
from magi_mcp.core.words import (
    MEND,
    dollars,
    failure_in_words,
    model_title,
    plural,
    seat_title,
    seat_titles,
    seconds,
    sentence_case,
)

_GOOD, _DOUBTFUL, _BAD = "green", "yellow", "red"
_PROVISIONAL = "Provisional: "
_MARKS = {"level": "neither", "preference": ""}
_MOST_PAIRS = 12
"""Pairs that a terminal shows; a tournament's are in the dossier."""


def judgement_view(judgement: Judgement, *, reread: str) -> RenderableType:
    """The whole judgement. ``reread`` is the command that shows its dossier again."""
    return Group(
        Text(plain(judgement.question), style="bold"),
        Text(),
        _panel(judgement),
        Text(),
        *_body(judgement),
        *_warnings(judgement),
        joined(_bill(judgement)),
        Text.assemble(
            (f"Dossier {short_id(judgement.dossier_id)} · read it again: ", FAINT),
            (reread, "bold"),
        ),
    )


def _panel(judgement: Judgement) -> Panel:
    title, words, style = _headline(judgement)
    return Panel(
        Group(Text(words, style=f"bold {style}"), *_qualified(judgement)),
        title=Text(f" {title} ", style=f"bold {style}"),
        title_align="left",
        border_style=style,
        box=box.HEAVY,
        padding=(1, 2),
    )


def _headline(judgement: Judgement) -> tuple[str, str, str]:
    """The panel's title, what stands in it largest, and its colour."""
    match judgement.status:
        case "decided":
            firm = not (judgement.provisional or judgement.degraded)
            mark = "PROVISIONAL " if judgement.provisional else ""
            style = _GOOD if firm and judgement.passed is not False else _DOUBTFUL
            return f"{mark}JUDGEMENT", f"{sentence_case(found(judgement))}.", style
        case "undecided":
            cause, _, _ = why_not(judgement).partition("; ")
            return "NO JUDGEMENT", f"{sentence_case(cause)}.", _DOUBTFUL
        case "failed":
            return "FAILED", "No judge answered.", _BAD
        case "cancelled" | "interrupted" | "running" | "awaiting_replies":
            said = "There is no judgement; what had arrived is kept."
            return state(judgement), said, _DOUBTFUL


def _qualified(judgement: Judgement) -> Iterator[Text]:
    if judgement.status == "decided":
        yield Text(f"{sentence_case(how(judgement))}.")
    if judgement.status == "undecided":
        _, _, caution = why_not(judgement).partition("; ")
        yield Text(f"{sentence_case(caution)}.")
    yield from map(Text, agreement(judgement))
    flags = [
        _flag("PROVISIONAL", cause.removeprefix(_PROVISIONAL))
        for cause in judgement.warnings
        if cause.startswith(_PROVISIONAL)
    ]
    if judgement.degraded and judgement.status != "failed":
        flags.append(_flag("DEGRADED", "not every judge was heard on everything; see below."))
    if flags:
        yield Text()
        yield from flags


def _flag(word: str, cause: str) -> Text:
    return Text.assemble((f" {word} ", f"bold reverse {_DOUBTFUL}"), " ", plain_line(cause))


def _body(judgement: Judgement) -> Iterator[RenderableType]:
    if judgement.status not in ("decided", "undecided"):
        return
    if judgement.criteria is not None:
        yield section("Scores", _scores(judgement))
    if judgement.ranking is not None:
        yield section("Ranking", _ranking(judgement))
        yield section("Judges", *_preferences(judgement))
    if judgement.minority_report:
        title = "Minority report" if judgement.status == "decided" else "The sides"
        yield section(title, *_dissents(judgement), style="bold magenta")


def _scores(judgement: Judgement) -> Table:
    """A row for each criterion, a column for each judge, the median at the end."""
    table = Table(box=None, pad_edge=False, header_style=FAINT, expand=False)
    table.add_column("", overflow="fold")
    for judge in judgement.judges:
        table.add_column(Text(seat_title(plain_line(judge.seat))), justify="right")
    table.add_column("median", justify="right", style="bold")
    for each in judgement.criteria or ():
        given = (_number((judge.scores or {}).get(each.name)) for judge in judgement.judges)
        table.add_row(Text(plain_line(each.name)), *given, _number(each.median))
    if not any(each.name == "overall" for each in judgement.criteria or ()):
        overall = judgement.overall
        given = (_number(judge.overall) for judge in judgement.judges)
        table.add_row("overall, by weight", *given, _number(overall.median if overall else None))
    return table


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _ranking(judgement: Judgement) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for each in judgement.ranking or ():
        share = "no counted ballot" if each.share is None else f"{each.share:.0%}"
        table.add_row(
            f"{each.place}.",
            Text(f"Answer {each.answer_no}", style="bold" if each.place == 1 else ""),
            plural(each.wins, "win"),
            Text(share, style=FAINT),
        )
    return table


def _preferences(judgement: Judgement) -> Iterator[RenderableType]:
    for judge in judgement.judges:
        yield Text.assemble((_title(judge), "bold"), f"  {_held(judge.pairs or ())}")


def _title(judge: JudgeRecord) -> str:
    model = judge.served_by or judge.model
    title = seat_title(plain_line(judge.seat))
    return f"{title} ({plain_line(model_title(model))})" if model else title


def _held(pairs: tuple[PairBallot, ...]) -> str:
    told = [
        f"{pair.prefers} over {pair.answers[0] + pair.answers[1] - pair.prefers}"
        if pair.prefers is not None
        else f"{pair.answers[0]}, {pair.answers[1]}: {_MARKS.get(pair.kind, pair.kind)}"
        for pair in pairs[:_MOST_PAIRS]
    ]
    rest = len(pairs) - _MOST_PAIRS
    return " · ".join([*told, *([f"and {rest} more"] if rest > 0 else [])])


def _dissents(judgement: Judgement) -> Iterator[RenderableType]:
    for number, each in enumerate(judgement.minority_report):
        if number:
            yield Text()
        yield labelled(f"{seat_titles([plain_line(s) for s in each.seats])}:", each.position)
        if each.argument:
            yield passage(each.argument)


def _warnings(judgement: Judgement) -> Iterator[RenderableType]:
    rest = [w for w in judgement.cautions if not w.startswith(_PROVISIONAL)]
    for title, lines in (("Causes", judgement.causes), ("Warnings", rest)):
        if lines:
            told = map(bullet, map(failure_in_words, lines))
            yield section(title, *told, style=f"bold {_DOUBTFUL}")
    if judgement.status == "failed" and judgement.rounds:
        again = f"magi-mcp resume {short_id(judgement.dossier_id)}"
        yield section("What to do", Text(f"{MEND}, then {again}: it asks those again who failed."))


def _bill(judgement: Judgement) -> Iterator[str]:
    yield plural(judgement.rounds, "round")
    yield plural(judgement.calls, "call")
    yield dollars(judgement.cost_usd)
    if judgement.elapsed_s is not None:
        yield seconds(judgement.elapsed_s)
    if judgement.calls and judgement.tokens_in is not None and judgement.tokens_out is not None:
        yield f"{judgement.tokens_in:,} tokens in, {judgement.tokens_out:,} out"
