"""CLI: the two streams. Results go to stdout and nothing else does; all the rest to stderr."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import JsonValue
from rich.console import Console, RenderableType
from rich.text import Text

from magi_mcp.cli.faults import OutputLost
from magi_mcp.cli.plain import plain, without_commands, without_commands_in_json
from magi_mcp.cli.typeset import MEASURE

_IN_JOBS = ("GITHUB_ACTIONS", "TF_BUILD")
"""What runners that look for commands in the output set: GitHub's and its like, and Azure's."""


def _console(*, stderr: bool) -> Console:
    # Nothing is guessed from words: no markup, no emoji codes, no coloured numbers.
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


@contextmanager
def _room() -> Iterator[None]:
    """Raises ``OutputLost`` where what is written finds no room."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read it has read enough: that is no fault
    except OSError as lost:
        raise OutputLost(lost) from lost


@dataclass(frozen=True)
class Screen:
    """Where one command writes."""

    out: Console = field(default_factory=lambda: _console(stderr=False))
    err: Console = field(default_factory=lambda: _console(stderr=True))

    is_in_job: bool = field(default_factory=lambda: any(map(os.environ.get, _IN_JOBS)))
    """Whether a runner of CI jobs reads both streams, and would obey commands in them."""

    @property
    def is_watched(self) -> bool:
        """Whether a person sees stderr on a terminal that can redraw its lines."""
        return self.err.is_terminal and not self.err.is_dumb_terminal

    def show(self, view: RenderableType) -> None:
        """A result for people, no wider than is good to read. Raises ``OutputLost``."""
        width = min(self.out.width, MEASURE)
        if self.out.is_terminal:
            with _room():
                self.out.print(view, width=width)
            return
        with _room(), self.out.capture() as printed:
            self.out.print(view, width=width)
        # In a file, the blanks that fill a line up to the margin are only noise.
        self.write("\n".join(line.rstrip() for line in printed.get().splitlines()))

    def write(self, text: str) -> None:
        """A result as it is. Raises ``OutputLost`` where there is no room for it."""
        self._write(without_commands(text) if self.is_in_job else text)

    def write_json(self, value: JsonValue) -> None:
        """A result for programs: one JSON document."""
        encoding = self.out.encoding.replace("-", "").lower()
        text = json.dumps(value, indent=2, ensure_ascii=not encoding.startswith("utf"))
        # JSON leaves characters bare that a terminal may obey; escaped, they mean the same.
        bare = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
        self._write(without_commands_in_json(bare))

    def _write(self, text: str) -> None:
        with _room():
            self.out.file.write(text if text.endswith("\n") else f"{text}\n")
            self.out.file.flush()

    def note(self, words: str, style: str = "dim") -> None:
        """A line about the work itself, on stderr."""
        said = without_commands(plain(words)) if self.is_in_job else plain(words)
        self.err.print(Text(said, style=style), soft_wrap=not self.err.is_terminal)

    def warn(self, words: str) -> None:
        self.note(f"warning: {words}", style="yellow")
