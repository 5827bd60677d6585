"""Runs commands: in this process with a scripted council, or as a process of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from magi_mcp.cli.app import run
from magi_mcp.cli.office import CouncilOpener, Flags
from magi_mcp.core.case import Limits
from magi_mcp.ports import JournalPort, SeatPort
from magi_mcp.seats.scripted import Script
from magi_mcp.service import Council
from tests.support.councils import ballot, scripted_council

PROJECT = Path(__file__).resolve().parents[2]

SPLIT: Mapping[str, Script] = {
    "melchior": [ballot("yes", "The rehearsal took four minutes.")],
    "balthasar": [ballot("yes", "Nobody is on holiday.")],
    "casper": [ballot("no", "Rollback covers code, not rows.")],
}
TIE: Mapping[str, Script] = {"melchior": [ballot("yes")], "balthasar": [ballot("no")]}


def seating(
    scripts: Mapping[str, Script | SeatPort],
    *,
    journal: JournalPort | None = None,
    limits: Limits | None = None,
) -> CouncilOpener:
    """Gives every command a council of these seats, whatever its flags say."""

    def opener(_: Flags) -> AbstractAsyncContextManager[Council]:
        return scripted_council(scripts, journal=journal, limits=limits)

    return opener


def ask(*arguments: str, scripts: Mapping[str, Script | SeatPort] = SPLIT) -> int:
    """The exit code of ``ask`` with a yes/no question and those seats, without critique."""
    words = ["ask", "Should we ship on Friday?", "--method", "yes_no", *arguments]
    return run(words, seating(scripts, limits=Limits(max_rounds=0)))


def process(
    *arguments: str,
    module: str = "magi_mcp",
    stdin: str = "",
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """A command run to its end as a real process, in the test's home and directory."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(environ),
    )


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, in which the project can be imported from anywhere."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), **(more or {})}
