"""One question to one council, through each surface, every time in real processes.

What a surface told is brought into one form, in which two that say the same are equal.
"""

import json
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextResourceContents

from magi_mcp.seats.scripts import Sample
from tests.cli.commands import PROJECT
from tests.examples import strangers_environment
from tests.server.meeting import Era

PATIENCE_S = 90
"""After so long a test fails instead of hanging; everything takes a fraction of it."""

AT_ONCE = 4
"""Processes at a time; more only wait for one another."""

OF_ONE_CALL = frozenset({"dossier_id", "dossier_uri", "elapsed_s", "next_step", "omitted"})
"""What differs between two deliberations, or in how much of a result is shown."""

Verdict = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What one surface told: a whole result, and how the process or the call ended.

    ``failed`` is an exit code of 1, or the mark that a call's result is an error.
    """

    verdict: Verdict
    failed: bool
    stderr: str
    exit_code: int | None = None

    @property
    def essence(self) -> dict[str, Any]:
        """The verdict without what is of this one call."""
        shown = {key: value for key, value in self.verdict.items() if key not in OF_ONE_CALL}
        shown["warnings"] = [_without_time(warning) for warning in self.verdict["warnings"]]
        shown["ballots"] = [
            {key: value for key, value in ballot.items() if key != "summary"}
            for ballot in self.verdict["ballots"]
        ]
        return shown


def _without_time(warning: str) -> str:
    """A paused model is passed over for a time that goes by."""
    return re.sub(r"passed over for \d+ s", "passed over for # s", warning)


class House:
    """Where processes run: each with a home of its own, and only so many at once."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self._folder = folder
        self._environ = environ
        self._numbers = count(1)
        self._places = anyio.CapacityLimiter(AT_ONCE)

    async def ask(self, sample: Sample, seats: str) -> Told:
        """``magi-mcp ask --json``."""
        options = [word for option in sample.options for word in ("--option", option)]
        given = ["--context", "-"] if sample.context else []
        words = ["ask", sample.question, "--method", sample.method, *options, *given]
        words += ["--protocol", sample.protocol]
        return await self._command(words, stdin=sample.context, MAGI_SEATS=seats)

    async def demo(self, *flags: str) -> Told:
        """``magi-mcp demo --json``."""
        return await self._command(["demo", *flags])

    async def serve(self, sample: Sample, seats: str, era: Era) -> Told:
        """The server on stdio, called by a client that speaks this era of the protocol."""
        async with self._places:
            home = self._home()
            log = home / "stderr"
            parameters = StdioServerParameters(
                command=sys.executable,
                args=["-m", "magi_mcp", "serve"],
                env=self._surroundings(home, MAGI_SEATS=seats),
                cwd=home,
            )
            with anyio.fail_after(PATIENCE_S), log.open("w", encoding="utf-8") as errlog:
                async with Client(stdio_client(parameters, errlog=errlog), mode=era) as client:
                    arguments = sample.model_dump(mode="json")
                    result = await client.call_tool("deliberate", arguments)
                    assert isinstance(result, CallToolResult)
                    assert result.structured_content is not None, result.content
                    # A standard result cuts what is long; the resource holds all of it.
                    uri = f"{result.structured_content['dossier_uri']}/verdict"
                    [whole] = (await client.read_resource(uri)).contents
        assert isinstance(whole, TextResourceContents)
        stderr = log.read_text(encoding="utf-8")
        return Told(json.loads(whole.text), bool(result.is_error), stderr)

    async def _command(self, words: list[str], stdin: str = "", **environ: str) -> Told:
        async with self._places:
            home = self._home()
            with anyio.fail_after(PATIENCE_S):
                ran = await anyio.run_process(
                    [sys.executable, "-m", "magi_mcp", *words, "--json"],
                    **({"input": stdin.encode()} if stdin else {"stdin": DEVNULL}),
                    stdout=PIPE,
                    stderr=PIPE,
                    check=False,
                    cwd=home,
                    env=self._surroundings(home, **environ),
                )
        code, stderr = ran.returncode, ran.stderr.decode()
        assert code != 2, stderr
        return Told(json.loads(ran.stdout), code == 1, stderr, code)

    def _home(self) -> Path:
        home = self._folder / f"home-{next(self._numbers)}"
        home.mkdir()
        return home

    def _surroundings(self, home: Path, **environ: str) -> dict[str, str]:
        project = {"PYTHONPATH": str(PROJECT)}
        return strangers_environment(home, **project, **self._environ, **environ)


def all_at_once(errands: Mapping[Any, Callable[[], Awaitable[Told]]]) -> dict[Any, Told]:
    """What comes of all errands, by their keys."""
    told: dict[Any, Told] = {}

    async def run(key: object, errand: Callable[[], Awaitable[Told]]) -> None:
        told[key] = await errand()

    async def run_all() -> None:
        async with anyio.create_task_group() as tasks:
            for key, errand in errands.items():
                tasks.start_soon(run, key, errand)

    anyio.run(run_all)
    return told
