"""CLI: what a command works at: where it writes, in which form, and whom it asks."""

import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio

from magi_mcp.cli.faults import Interrupted
from magi_mcp.cli.office import CouncilOpener, Flags
from magi_mcp.cli.screen import Screen
from magi_mcp.core.dossier import short_id
from magi_mcp.service import Council

PROGRAM = "magi-mcp"

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """One command's surroundings. ``as_json`` asks for one JSON document on stdout."""

    flags: Flags
    as_json: bool
    opener: CouncilOpener
    screen: Screen = field(default_factory=Screen)

    def with_council(self, work: Callable[[Council], Awaitable[T]]) -> T:
        """What ``work`` gives, done while the council is in office.

        Results are shown after that, so that nothing which keeps a terminal waiting keeps
        the council's store open. Raises ``Interrupted`` for a Ctrl-C that nobody handled.
        """

        async def in_office() -> T:
            async with self.opener(self.flags) as council:
                for warning in council.bylaws.warnings:
                    self.screen.warn(warning)
                return await work(council)

        try:
            return anyio.run(in_office)
        except KeyboardInterrupt:
            # Typer would turn it into an exit code without a word.
            raise Interrupted from None

    def reread(self, dossier_id: str) -> str:
        """The command that shows a dossier again, as it is typed."""
        words = [PROGRAM, "dossiers", "show", short_id(dossier_id), *self.flags.arguments()]
        return shlex.join(words)
