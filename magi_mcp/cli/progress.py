"""CLI: shows on stderr how far a deliberation has come, while somebody waits for it.

On a terminal, a board that redraws itself and leaves no trace; elsewhere, one plain line for
each event. Neither says how anybody voted.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.board import Board, Place, SeatState
from magi_mcp.cli.plain import plain_line
from magi_mcp.cli.screen import Screen
from magi_mcp.cli.typeset import FAINT
from magi_mcp.core.dossier import short_id
from magi_mcp.core.events import Entry
from magi_mcp.core.words import model_title, seat_title, seconds

LOADING = "Loading models"
_FRAMES_PER_S = 8
_MARKS: dict[SeatState, tuple[str, str]] = {
    "on call": ("·", FAINT),
    "waiting": ("·", FAINT),
    "thinking": (" ", "cyan"),
    "answered": ("✓", "green"),
    "abstained": ("–", "yellow"),
    "unreadable": ("?", "yellow"),
    "failed": ("✗", "red"),
    "not awaited": ("·", FAINT),
}

Watcher = Callable[[Entry], None]
"""Is given every entry of the journal as it becomes known."""


@contextmanager
def watching(board: Board, screen: Screen, loading: Callable[[], bool]) -> Iterator[Watcher]:
    """Show progress while the block lasts.

    ``loading`` says whether the first calls still wait for the models' library.
    """
    if not screen.is_watched:
        yield _LineByLine(board, screen, loading).record
        return
    drawn = LiveBoard(board, loading)
    with Live(
        get_renderable=drawn.view,
        console=screen.err,
        refresh_per_second=_FRAMES_PER_S,
        transient=True,
        redirect_stdout=False,
    ):
        yield drawn.record


@dataclass
class _LineByLine:
    """Tells every event in a line of its own, for logs and pipes."""

    board: Board
    screen: Screen
    loading: Callable[[], bool]
    _told_of_loading: bool = False

    def record(self, entry: Entry) -> None:
        told = self.board.record(entry)
        if told is None:
            return
        self.screen.note(told)
        if self.loading() and not self._told_of_loading:
            self._told_of_loading = True
            self.screen.note(f"{LOADING} ...")


@dataclass
class LiveBoard:
    """The board as it is drawn; ``now`` is its clock, in seconds since the epoch."""

    board: Board
    loading: Callable[[], bool]
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self._spinner = Spinner("dots", style="cyan")

    def record(self, entry: Entry) -> None:
        self.board.record(entry)

    def view(self) -> RenderableType:
        """The board at this moment."""
        kept = short_id(self.board.case.dossier_id)
        hint = Text(f"Ctrl-C cancels; the dossier {kept} keeps what has arrived.", style=FAINT)
        return Group(self._title(), self._seats(), hint)

    def _title(self) -> Table:
        stage = LOADING if self.loading() else self.board.stage
        passed = seconds(max(0.0, self.now() - self.board.opened_at))
        title = Table.grid(padding=(0, 2, 0, 0))
        title.add_row(self._spinner, Text(stage, style="bold"), Text(passed, style=FAINT))
        return title

    def _seats(self) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=1)
        table.add_column(no_wrap=True, overflow="ellipsis")
        table.add_column(no_wrap=True, overflow="ellipsis", style=FAINT)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, justify="right", style=FAINT)
        for place in self.board.places.values():
            table.add_row(*self._seat(place))
        return table

    def _seat(self, place: Place) -> tuple[RenderableType, ...]:
        mark, style = _MARKS[place.state]
        thinking = place.state == "thinking"
        took = place.seconds(self.now())
        return (
            self._spinner if thinking else Text(mark, style=style),
            Text(seat_title(plain_line(place.name))),
            Text(plain_line(model_title(place.model))),
            Text("loading" if thinking and self.loading() else place.state, style=style),
            Text("" if took is None else seconds(took)),
        )
