"""How long a client waits for the server after starting it: `python -m benchmarks.startup`.

From the start of the process to the answered handshake, against a bare server with one tool;
the memory at that moment; and to the first verdict, with scripted seats and with models that
answer over HTTP without delay.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from benchmarks.figures import Figure, report
from benchmarks.models import environment_of, loopback_models
from benchmarks.wire import ERAS, Era, Memory, ServerProcess, clean_environment
from magi_mcp.seats.scripts import playbook

HERE = Path(__file__).parent
ROOT = HERE.parent
BARE = [sys.executable, str(HERE / "bare_server.py")]
OURS = [str(Path(sys.executable).with_name("magi-mcp"))]
QUESTION: dict[str, Any] = {
    "question": "Should we ship on Friday?",
    "method": "yes_no",
    "protocol": "vote",
}
SCRIPTED_QUESTION = {**playbook("demo").sample.model_dump(mode="json"), "protocol": "vote"}

TIME_TARGET = 1.15
MEMORY_TARGET = 1.3


def greeting(
    command: Sequence[str], environment: dict[str, str], era: Era, cwd: Path
) -> tuple[float, Memory | None]:
    """Seconds from the start of a process to its answered handshake, and its memory then."""
    with ServerProcess(command, environment, era, cwd) as server:
        server.greet()
        seconds = time.perf_counter() - server.started_at
        return seconds, server.memory()


def first_verdict(asked: dict[str, Any], environment: dict[str, str], cwd: Path) -> float:
    """Seconds from the start of a process to the verdict of the first question put to it."""
    with ServerProcess(OURS, environment, "2026-07-28", cwd) as server:
        server.greet()
        result = server.call_tool("deliberate", {**asked, "fresh": True})
        seconds = time.perf_counter() - server.started_at
    status = result["structuredContent"]["status"]
    if status != "decided":
        raise RuntimeError(f"the council ended {status}: {result['content']}")
    return seconds


def handshakes(environment: dict[str, str], cwd: Path, runs: int) -> Iterator[Figure]:
    """Both servers in turn, so that whatever else the machine does hits both alike."""
    commands = {"bare server": BARE, "magi-mcp": OURS}
    for era in ERAS:
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        memory: dict[str, list[Memory]] = {name: [] for name in commands}
        for run in range(runs + 1):
            for name, command in commands.items():
                elapsed_s, used = greeting(command, environment, era, cwd)
                if run == 0:
                    continue  # the first start compiles
                seconds[name].append(elapsed_s)
                if used is not None:
                    memory[name].append(used)
        yield from _against_bare(f"handshake {era}", "s", TIME_TARGET, seconds)
        if all(memory.values()):
            pss = {name: [used.pss_mb for used in memory[name]] for name in commands}
            rss = {name: [used.rss_mb for used in memory[name]] for name in commands}
            yield from _against_bare(f"PSS then, {era}", "MB", MEMORY_TARGET, pss)
            yield from _against_bare(f"RSS then, {era}", "MB", MEMORY_TARGET, rss)


def _against_bare(
    what: str, unit: str, target: float, samples: dict[str, list[float]]
) -> Iterator[Figure]:
    (bare, bare_samples), (ours, our_samples) = samples.items()
    yield Figure(f"{what}: {bare}", unit, bare_samples)
    reference = statistics.median(bare_samples)
    yield Figure(f"{what}: {ours}", unit, our_samples, reference, target)


def verdicts(
    name: str, asked: dict[str, Any], environment: dict[str, str], cwd: Path, runs: int
) -> Figure:
    """Seconds to the first verdict of a blind round."""
    first_verdict(asked, environment, cwd)  # the first start compiles
    samples = [first_verdict(asked, environment, cwd) for _ in range(runs)]
    return Figure(f"start to first verdict, {name}", "s", samples)


def main(runs: int = 15, verdict_runs: int = 5) -> None:
    """Print the figures. RUNS are starts of each server in each era."""
    with tempfile.TemporaryDirectory() as name, loopback_models(Path(name), delay_s=0) as address:
        folder = Path(name)
        scripted = clean_environment(folder, MAGI_SEATS="scripted/demo,scripted/demo,scripted/demo")
        models = clean_environment(folder, **environment_of(address))
        # Real models are configured, so that the loading of litellm is what must not be felt.
        figures = [
            *handshakes(models, folder, runs),
            verdicts("scripted seats", SCRIPTED_QUESTION, scripted, folder, verdict_runs),
            verdicts("HTTP seats", QUESTION, models, folder, verdict_runs),
        ]
    report("startup", figures)


if __name__ == "__main__":
    typer.run(main)
