"""The TypeScript SDKs, old and new, whose calls end after 60 s unless told otherwise.

The long run keeps that default before a council that takes 70 s; the short ones are a
twentieth of it.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients.node_tools import HERE, NodeTools
from tests.clients.processes import (
    DEMO,
    DEMO_RULING,
    LONGEST_REPLY,
    SPLIT,
    SPLIT_CALLS,
    Patience,
    Server,
    all_answered,
    patience,
    scripted,
    split,
    with_models,
)
from tests.provider import running_provider

DEFAULT_TIMEOUT_S = 60
DELIBERATION_S = 70
SHORT = 1 / 20


class Sdk(NamedTuple):
    """Which package, and how it chooses the era."""

    sdk: str
    mode: str | None = None


SDKS = {
    "v1": Sdk("v1"),
    "v2-as-it-comes": Sdk("v2"),
    "v2-in-the-newer-era": Sdk("v2", "auto"),
}
every_sdk = pytest.mark.parametrize("sdk", SDKS.values(), ids=SDKS)
an_sdk_of_each_era = pytest.mark.parametrize(
    "sdk", [SDKS["v1"], SDKS["v2-in-the-newer-era"]], ids=["legacy", "modern"]
)


class Caller:
    """A Node process that has called `deliberate`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def outcome(self) -> dict[str, Any]:
        """What the call gave or threw."""
        return self._told()

    def looked_up(self) -> dict[str, Any]:
        """What the newest dossier holds once it is no longer running."""
        found: dict[str, Any] = self.waited_for()["result"]
        return found

    def waited_for(self) -> dict[str, Any]:
        """The same, beside how many ``calls`` that took."""
        assert self._process.stdin is not None
        self._process.stdin.write("go on\n")
        self._process.stdin.flush()
        return self._told()

    def _told(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the client ended: {self._process.wait()}"
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def deliberate(
    tools: NodeTools,
    sdk: Sdk,
    server: Server,
    arguments: Mapping[str, object],
    timeout_s: float | None = None,
) -> Iterator[Caller]:
    """A client that has called `deliberate`, on stdio; ``timeout_s`` None is its own default."""
    program, *rest = server.command
    given = {
        "modules": str(tools.folder),
        **sdk._asdict(),
        "command": program,
        "args": rest,
        "env": server.environment,
        "arguments": arguments,
        "timeout_ms": timeout_s and round(1000 * timeout_s),
    }
    with subprocess.Popen(
        [tools.node, str(HERE / "call.cjs"), json.dumps(given)],
        cwd=server.home,
        env=dict(tools.environment(server.home)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Caller(process)
            process.communicate(timeout=20)
        finally:
            process.kill()


@every_sdk
def test_it_asks_the_council_and_reads_the_dossier(
    node_tools: NodeTools, sdk: Sdk, tmp_path: Path
) -> None:
    with deliberate(node_tools, sdk, scripted(tmp_path), DEMO) as caller:
        result = caller.outcome()["result"]
        again = caller.looked_up()
    assert result["structuredContent"]["ruling"] == DEMO_RULING
    assert again["structuredContent"] == result["structuredContent"]
    assert again["content"] == result["content"]


@an_sdk_of_each_era
def test_its_timeout_does_not_end_the_deliberation_and_nothing_is_paid_twice(
    node_tools: NodeTools, sdk: Sdk, tmp_path: Path
) -> None:
    _outlast(node_tools, sdk, tmp_path, DELIBERATION_S * SHORT, DEFAULT_TIMEOUT_S * SHORT)


@pytest.mark.soak
@every_sdk
def test_its_own_timeout_of_a_minute_does_not_end_a_longer_deliberation(
    node_tools: NodeTools, sdk: Sdk, tmp_path: Path
) -> None:
    _outlast(node_tools, sdk, tmp_path, DELIBERATION_S, None)


def _outlast(
    tools: NodeTools, sdk: Sdk, home: Path, deliberation_s: float, timeout_s: float | None
) -> None:
    """Ask and wait for longer than the client does, and look up what came of it."""
    longest = 2 * DELIBERATION_S
    with running_provider(split(deliberation_s / 2)) as provider:
        server = with_models(home, provider, MAGI_MAX_WAIT_S=str(longest))
        asked = {**SPLIT, "wait_s": longest}
        with deliberate(tools, sdk, server, asked, timeout_s) as caller:
            lost = caller.outcome()
            provider.block_until(
                lambda: all_answered(provider),
                what="the second round",
                timeout_s=deliberation_s + 30,
            )
            verdict = caller.looked_up()["structuredContent"]
        paid = len(provider.requests)
    assert "timed out" in lost["error"].lower()
    assert lost["waited_ms"] == pytest.approx(1000 * (timeout_s or DEFAULT_TIMEOUT_S), rel=0.2)
    _decided_once(verdict, paid)


@an_sdk_of_each_era
@patience
def test_a_deliberation_of_three_times_its_patience_ends_in_a_verdict_and_is_paid_once(
    node_tools: NodeTools, sdk: Sdk, patience: Patience, tmp_path: Path
) -> None:
    """It never times out: the server answers in time that it still runs, and how to go on."""
    default = patience.timeout_s == DEFAULT_TIMEOUT_S
    with running_provider(split(patience.deliberation_s / 2)) as provider:
        server = with_models(tmp_path, provider, **LONGEST_REPLY)
        asked = {**SPLIT, **patience.arguments}
        timeout_s = None if default else patience.timeout_s
        with deliberate(node_tools, sdk, server, asked, timeout_s) as caller:
            first = caller.outcome()["result"]["structuredContent"]
            last = caller.waited_for()
        paid = len(provider.requests)
    assert first["status"] == "running"
    assert "get_dossier(" in first["next_step"]
    assert last["calls"] > 1
    _decided_once(last["result"]["structuredContent"], paid)


def _decided_once(verdict: dict[str, Any], paid: int) -> None:
    assert verdict["status"] == "decided"
    assert verdict["ruling"] == "yes"
    assert verdict["route"] == ["vote", "critique"]
    assert verdict["calls"] == paid == SPLIT_CALLS
