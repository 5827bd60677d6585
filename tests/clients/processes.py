"""The real server as its clients start it: a process, with scripted seats or with models."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from mcp import StdioServerParameters

from magi_mcp.seats.scripts import playbook
from tests.examples import strangers_environment
from tests.provider import MisbehavingProvider, Replies, Say, Slow, json_ballot

ROOT = Path(__file__).resolve().parents[2]

SAMPLE = playbook("demo").sample
DEMO = {
    "question": SAMPLE.question,
    "context": SAMPLE.context,
    "method": SAMPLE.method,
    "options": list(SAMPLE.options),
    "protocol": SAMPLE.protocol,
}
"""The question that scripted seats answer, as arguments of `deliberate`."""

DEMO_RULING = "Warn everyone today"

SPLIT = {"question": "Should we ship on Friday?", "method": "yes_no"}
"""The question that the models answer: two for it and one against it, twice over."""

SPLIT_CALLS = 6
"""Three seats in two rounds; whatever is beyond that was paid for twice."""


@dataclass(frozen=True)
class Server:
    """The server with an empty home of its own; each client starts its process."""

    environment: Mapping[str, str]
    home: Path

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "magi_mcp"]

    def on_stdio(self) -> StdioServerParameters:
        """How the Python SDK starts it."""
        program, *arguments = self.command
        return StdioServerParameters(
            command=program, args=arguments, env=dict(self.environment), cwd=self.home
        )

    @contextmanager
    def on_http(self) -> Iterator[str]:
        """Serve on a free port of loopback; the address of its MCP endpoint."""
        command = [*self.command, "serve", "--transport", "http", "--port", "0"]
        with address_told(command, self.environment, self.home) as address:
            yield address


def scripted(home: Path) -> Server:
    """A server whose seats answer `DEMO` from a script."""
    return Server(strangers_environment(home, MAGI_SEATS=",".join(["scripted/demo"] * 3)), home)


def with_models(home: Path, provider: MisbehavingProvider, **more: str) -> Server:
    """A server whose seats are the three models of a provider on loopback; ``more`` is set too."""
    variables = {
        **more,
        "MAGI_SEATS": "openai/first,openai/second,openai/third",
        "OPENAI_API_KEY": "none-is-needed",
        "OPENAI_API_BASE": provider.base_url,
    }
    return Server(strangers_environment(home, **variables), home)


def split(delay_s: float) -> dict[str, Replies]:
    """Models that answer `SPLIT` two to one, each after ``delay_s``, and stay with it."""

    def says(position: str) -> Slow:
        said: Say = json_ballot(position=position, argument=f"{position}, on the whole.")
        return Slow(delay_s, said)

    return {"first": says("yes"), "second": says("yes"), "third": says("no")}


class Patience(NamedTuple):
    """How long a deliberation takes, how long one call of its client may wait, and does wait.

    None is what client and server do by default.
    """

    deliberation_s: float
    timeout_s: float | None
    wait_s: float | None

    @property
    def arguments(self) -> dict[str, float]:
        """How long to wait, as an argument of a tool."""
        return {} if self.wait_s is None else {"wait_s": self.wait_s}


THREE_MINUTES = Patience(180, 60, None)
THIRTY_TIMES_FASTER = Patience(6, 2, 0.5)
LONGEST_REPLY = {"MAGI_TIMEOUT_S": "120"}
"""What lets a model take the minute and a half that each of two rounds lasts then."""

patience = pytest.mark.parametrize(
    "patience",
    [
        pytest.param(THIRTY_TIMES_FASTER, id="thirty times faster"),
        pytest.param(THREE_MINUTES, id="three minutes", marks=pytest.mark.soak),
    ],
)


def all_answered(provider: MisbehavingProvider) -> bool:
    """Whether the models have answered every call that `SPLIT` takes."""
    return sum(exchange.outcome == "answered" for exchange in provider.exchanges) >= SPLIT_CALLS


@contextmanager
def address_told(command: list[str], environment: Mapping[str, str], home: Path) -> Iterator[str]:
    """Run a server until the block ends; the address that it tells of itself on stderr."""
    with subprocess.Popen(
        command,
        cwd=home,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            yield _address(process.stderr)
        finally:
            process.terminate()
            process.communicate(timeout=10)


def _address(lines: Iterator[str]) -> str:
    told: list[str] = []
    for line in lines:
        told.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+[\w/]*", line):
            return found[0]
    raise AssertionError(f"the server tells no address:\n{os.linesep.join(told)}")
