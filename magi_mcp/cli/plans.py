"""CLI: a plan as a person likes to read it: what asking takes, and whether it may. Pure."""

from collections.abc import Iterator
from typing import assert_never

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.glossary import FLAG_OF_COST
from magi_mcp.cli.plain import plain, plain_line
from magi_mcp.cli.typeset import FAINT, bullet, joined, section
from magi_mcp.core.planned import course, fit, totals
from magi_mcp.core.verdict import Affordable, Plan, Planned
from magi_mcp.core.words import (
    MAKE_IT_FIT,
    dollars,
    model_title,
    seat_title,
    sentence_case,
)

_STYLES: dict[Affordable, str] = {"all": "green", "part": "yellow", "none": "red"}


def plan_view(result: Planned) -> RenderableType:
    """The whole plan; nothing was asked, so there is no dossier to read again."""
    plan = result.plan
    return Group(
        Text(plain(result.question), style="bold"),
        Text(),
        _sums(plan),
        Text(),
        section("Seats", _seats(plan)),
        *_limits(plan),
        *_warnings(result),
        joined((result.method, result.protocol, "nothing was asked")),
        _next(plan),
    )


def _sums(plan: Plan) -> Panel:
    style = _STYLES[plan.affordable]
    return Panel(
        Group(
            Text(sentence_case(totals(plan)), style=f"bold {style}"),
            Text(sentence_case(course(plan))),
            Text(fit(plan)),
        ),
        title=Text(" PLAN ", style=f"bold {style}"),
        title_align="left",
        border_style=style,
        box=box.HEAVY,
        padding=(1, 2),
    )


def _seats(plan: Plan) -> Table:
    """Who would be asked, through which models, at which price at most."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(no_wrap=True, justify="right")
    for seat in plan.seats:
        models = ", then ".join(model_title(model) for model in seat.models)
        price = dollars(seat.cost_usd)
        table.add_row(
            Text(seat_title(plain_line(seat.seat)), style="bold"),
            Text(plain_line(models), style=FAINT),
            price if seat.cost_usd is None else f"at most {price}",
        )
    return table


def _limits(plan: Plan) -> Iterator[RenderableType]:
    if plan.exceeds:
        yield section(
            "Does not fit",
            *map(bullet, plan.exceeds),
            Text(f"To make it fit, {MAKE_IT_FIT}. {FLAG_OF_COST}"),
            style=f"bold {_STYLES[plan.affordable]}",
        )


def _next(plan: Plan) -> Text:
    """How to have it deliberated; what nobody would be asked has to be made to fit first."""
    match plan.affordable:
        case "all" | "part":
            first = "To have it done, leave out "
        case "none":
            first = "First make it fit, as said above; then leave out "
        case _:
            assert_never(plan.affordable)
    return Text.assemble((first, FAINT), ("--dry-run", "bold"))


def _warnings(result: Planned) -> Iterator[RenderableType]:
    if result.warnings:
        yield section("Warnings", *map(bullet, result.warnings), style="bold yellow")
