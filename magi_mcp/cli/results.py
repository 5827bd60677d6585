"""CLI: results that are no ruling by votes: estimates, rankings, accounts, the arbiter. Pure."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.plain import plain_line
from magi_mcp.cli.typeset import FAINT, bullet, indented, passage, section
from magi_mcp.cli.votes import served_by
from magi_mcp.core.headline import likelihood, places
from magi_mcp.core.verdict import RankedDraft, Verdict
from magi_mcp.core.words import model_title, seat_title, sentence_case

_STEPS = 20
"""Into how many steps the line from 0 to 1 is divided on which estimates are drawn."""

_BEST_DRAFT, _OTHER_DRAFT = 2000, 240
"""Characters of a draft that are shown: the dossier has every draft in full."""


def answered(verdict: Verdict) -> Iterator[RenderableType]:
    """The result in words, under a heading that says what the words are."""
    if verdict.answer and verdict.answer != verdict.ruling:
        yield section(_title_of_answer(verdict), passage(verdict.answer))


def _title_of_answer(verdict: Verdict) -> str:
    match verdict.method:
        case "consensus":
            return "Draft of the common ground, not ratified"
        case "synthesis" if verdict.status == "decided":
            return "The account"
        case "minority" if verdict.status == "decided":
            return "Overlooked"
        case "compose" if verdict.status == "decided":
            return f"Why draft {verdict.ruling}"
        case "compose":
            return "The only draft"
        case "probability" if verdict.status == "decided":
            return "Reasoning at the median"
        case _:
            return "Why" if verdict.status == "decided" else "The remaining voice"


def arbitrated(verdict: Verdict) -> Iterator[RenderableType]:
    """What the arbiter chose, and whether that changed anything."""
    arbiter = verdict.arbiter
    if arbiter is None:
        return
    model = plain_line(model_title(arbiter.model)) if arbiter.model else "The arbiter"
    effect = (
        "This changed the result: the votes alone had not given it."
        if arbiter.changed
        else "This is what the votes had given, too."
    )
    yield section(
        "Arbiter",
        Text.assemble((model, "bold"), " chose ", (plain_line(arbiter.position), "bold"), "."),
        Text(effect, style=FAINT),
    )


def estimated(verdict: Verdict) -> Iterator[RenderableType]:
    """Each seat's probability as a dot on a line from 0 to 1, and the mean below them."""
    estimate = verdict.estimate
    if estimate is None:
        return
    models = {ballot.seat: served_by(ballot) for ballot in verdict.ballots}
    stated = [(float(entry.position), seat) for entry in verdict.tally for seat in entry.seats]
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, width=_STEPS + 1)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for value, seat in sorted(stated):
        who = Text.assemble(seat_title(plain_line(seat)), (f"  {models[seat]}", FAINT))
        table.add_row(likelihood(value), _line(value, "●"), who)
    if verdict.probability is not None:
        mean = Text(likelihood(verdict.probability), style="bold")
        table.add_row(mean, _line(verdict.probability, "◆"), Text("mean", style="bold"))
    yield section(
        "Estimates",
        table,
        Text(f"standard deviation {estimate.spread:.2f}", style=FAINT),
    )


def _line(value: float, mark: str) -> Text:
    place = round(value * _STEPS)
    return Text.assemble(("·" * place, FAINT), (mark, "bold"), ("·" * (_STEPS - place), FAINT))


def ranked(verdict: Verdict) -> Iterator[RenderableType]:
    """The drafts in their places: the best as far as it fits, of the others the beginning."""
    if not verdict.ranking:
        return
    drafts: list[RenderableType] = []
    for place, draft in zip(places(verdict.ranking), verdict.ranking, strict=True):
        best = place == 1
        shown = passage(draft.text, _BEST_DRAFT if best else _OTHER_DRAFT)
        drafts += [_draft_line(place, draft, verdict), indented(shown), Text()]
    yield section("The drafts", *drafts[:-1])


def _draft_line(place: int, draft: RankedDraft, verdict: Verdict) -> Text:
    first = next((e.votes for e in verdict.tally if e.position == str(draft.draft)), 0)
    scores = [
        *([f"{draft.adjusted:.1f} adjusted"] if draft.adjusted is not None else []),
        f"{draft.mean:.1f} mean" if draft.mean is not None else "not rated",
        *([f"first for {first}"] if first else []),
    ]
    return Text.assemble(
        (f"{place}. Draft {draft.draft}, by {seat_title(plain_line(draft.seat))}", "bold"),
        (f"  {', '.join(scores)}", FAINT),
    )


def accounted(verdict: Verdict) -> Iterator[RenderableType]:
    """The points of an account, kind by kind."""
    if verdict.synthesis is None:
        return
    kinds = [(kind, points) for kind, points in verdict.synthesis if points]
    for kind, points in kinds:
        yield section(sentence_case(kind.replace("_", " ")), *map(bullet, points))
