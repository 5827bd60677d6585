"""CLI: ``dossiers`` and ``outcome``. Lists, finds and shows what deliberations left."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_never

from pydantic import JsonValue
from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.desk import Desk
from magi_mcp.cli.faults import DONE
from magi_mcp.cli.plain import plain_line
from magi_mcp.cli.typeset import FAINT, indented
from magi_mcp.core.dossier import short_id
from magi_mcp.core.fate import how_it_fared
from magi_mcp.core.heads import Head
from magi_mcp.core.playing import open_asks
from magi_mcp.core.searching import Search
from magi_mcp.results import as_json, markdown, result_of
from magi_mcp.runtime.hearing import Hearing
from magi_mcp.service import Council

_TABLE_FROM = 72
"""Columns from which a table is readable; below, each dossier takes lines of its own."""


def list_dossiers(limit: int, desk: Desk) -> int:
    """The newest dossiers, newest first: a table, tab-separated lines in a pipe, or JSON."""
    heads = desk.with_council(lambda council: council.heads(limit))
    _show(heads, desk)
    if not heads:
        desk.screen.note("No dossiers yet: no question was put to a council that uses this store.")
    return DONE


def _show(heads: Sequence[Head], desk: Desk) -> None:
    screen = desk.screen
    if desk.as_json:
        entries: list[JsonValue] = [head.model_dump(mode="json") for head in heads]
        screen.write_json(entries)
    elif not screen.out.is_terminal:
        for head in heads:
            screen.write("\t".join(_fields(head)))
    elif heads:
        screen.out.print(_table(heads) if screen.out.width >= _TABLE_FROM else _stack(heads))


def search_dossiers(wanted: Search, limit: int, desk: Desk) -> int:
    """Dossiers that hold some words, best first, as ``list`` shows them."""
    heads = desk.with_council(lambda council: _found(council, wanted, limit))
    _show(heads, desk)
    if not heads:
        desk.screen.note("Nothing found. Try fewer or other words.")
    return DONE


def record_outcome(reference: str, actual: str, note: str, desk: Desk) -> int:
    """Keep what really happened; say how the ruling fared."""
    dossier = desk.with_council(lambda council: council.record_outcome(reference, actual, note))
    result = result_of(dossier)
    assert result.actual is not None, "it was just recorded"
    if desk.as_json:
        desk.screen.write_json(as_json(result, "full"))
    else:
        desk.screen.write(f"{plain_line(how_it_fared(result.actual))} {dossier.dossier_id}")
    return DONE


async def _found(council: Council, wanted: Search, limit: int) -> Sequence[Head]:
    return [find.head for find in (await council.search(wanted, limit)).finds]


def show_dossier(reference: str, desk: Desk) -> int:
    """One dossier: the report on a terminal, its Markdown in a pipe, or the verdict in JSON."""
    hearing, now = desk.with_council(lambda council: _read(council, reference))
    if desk.as_json:
        asks = open_asks(hearing.entries)
        desk.screen.write_json(as_json(result_of(hearing.dossier, now=now, asks=asks), "full"))
        return DONE
    report = markdown(hearing.dossier, now=now)
    if desk.screen.out.is_terminal:
        desk.screen.show(Markdown(report, hyperlinks=False))
    else:
        desk.screen.write(report)
    return DONE


async def _read(council: Council, reference: str) -> tuple[Hearing, float]:
    return await council.hearing(reference), council.clock.now()


def _fields(head: Head) -> Sequence[str]:
    """What a program may want of a line: nothing is cut, and nothing holds a tab."""
    opened = datetime.fromtimestamp(head.opened_at, UTC).isoformat(timespec="seconds")
    words = (head.outcome or "", head.ruling or "", head.question)
    return (head.dossier_id, opened, head.status, *map(plain_line, words))


def _table(heads: Sequence[Head]) -> Table:
    table = Table(
        box=None, expand=True, pad_edge=False, header_style="bold cyan", padding=(0, 2, 0, 0)
    )
    table.add_column("Dossier", no_wrap=True)
    table.add_column("When", no_wrap=True, style=FAINT)
    table.add_column("Question", no_wrap=True, overflow="ellipsis", ratio=3)
    table.add_column("Result", no_wrap=True)
    table.add_column("Ruling", no_wrap=True, overflow="ellipsis", ratio=2)
    for head in heads:
        table.add_row(
            short_id(head.dossier_id),
            _when(head),
            plain_line(head.question),
            _result(head),
            _ruling(head),
        )
    return table


def _stack(heads: Sequence[Head]) -> Group:
    blocks: list[RenderableType] = []
    for head in heads:
        blocks += [
            Text.assemble((short_id(head.dossier_id), "bold cyan"), (f"  {_when(head)}", FAINT)),
            indented(
                Text(plain_line(head.question)), Text.assemble(_result(head), "  ", _ruling(head))
            ),
        ]
    return Group(*blocks)


def _when(head: Head) -> str:
    """The moment of opening, on the clock of whoever reads."""
    return f"{datetime.fromtimestamp(head.opened_at, UTC).astimezone():%Y-%m-%d %H:%M}"


def _result(head: Head) -> Text:
    """The outcome of a deliberation that has one, else its state."""
    outcome = plain_line((head.outcome or head.status).replace("_", " "))
    if head.provisional:
        return Text(f"{outcome}, provisional", style="yellow")
    match head.status:
        case "decided":
            return Text(outcome, style="green")
        case "undecided" | "running" | "awaiting_replies" | "cancelled":
            return Text(outcome, style="yellow")
        case "failed" | "interrupted":
            return Text(outcome, style="red")
        case _:
            assert_never(head.status)


def _ruling(head: Head) -> Text:
    if head.ruling is None:
        return Text("–", FAINT)
    ruled = f"Draft {head.ruling}" if head.outcome == "ranking" else plain_line(head.ruling)
    return Text(ruled, style="bold")
