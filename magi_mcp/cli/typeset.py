"""CLI: the few shapes that everything on the terminal is set in. Pure.

They interpret no markup. Where nothing else is said they take words as they are, and whoever
calls cleans the words first.
"""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.plain import plain

MEASURE = 88
"""The widest that prose is set, in columns; longer lines are hard to read."""

PASSAGE = 2000
"""Characters of an argument that are shown: seats are asked for five sentences at most."""

HEADING = "bold cyan"
FAINT = "dim"

_NARROWEST = 8


def heading(words: str, style: str = HEADING) -> Text:
    return Text(words.upper(), style=style)


def section(title: str, *body: RenderableType, style: str = HEADING) -> Group:
    """A heading, its body indented below it, and the blank line that sets it off."""
    return Group(heading(title, style), indented(*body), Text())


def indented(*body: RenderableType) -> "Margin":
    return Margin("  ", *body)


def labelled(label: str, words: str, style: str = "bold") -> Text:
    """``Label: words``, with the label set apart."""
    return Text.assemble((f"{label} ", style), words)


def joined(parts: Iterable[str]) -> Text:
    """Facts on one line, a middle dot between them."""
    return Text(" · ".join(part for part in parts if part), style=FAINT)


def bullet(words: str) -> Table:
    """One point of a list; the words are cleaned."""
    line = Table.grid(padding=(0, 1))
    line.add_row("-", Text(plain(words)))
    return line


def passage(words: str, characters: int = PASSAGE) -> Text:
    """A text, cleaned; of one that runs on and on, the beginning."""
    said = plain(words)
    if len(said) <= characters:
        return Text(said)
    beginning = said[:characters].rsplit(None, 1)[0]
    return Text.assemble(f"{beginning} … ", ("(cut; the dossier has the rest)", FAINT))


class Margin:
    """A body with the same mark before each of its lines, and nothing after them."""

    def __init__(self, mark: str, *body: RenderableType, style: str = "") -> None:
        self._mark = mark
        self._body = Group(*body)
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        mark = Segment(self._mark, Style.parse(self._style))
        width = max(options.max_width - mark.cell_length, _NARROWEST)
        for line in console.render_lines(self._body, options.update(width=width), pad=False):
            yield from _trimmed([mark, *line])
            yield Segment.line()


def _trimmed(line: list[Segment]) -> list[Segment]:
    """A line without the blanks at its end: they would be copied along, and fill files."""
    kept = list(line)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        text, style, control = kept[-1]
        kept[-1] = Segment(text.rstrip(), style, control)
    return kept
