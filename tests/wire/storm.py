"""A process in which 200 deliberations run at once while a fifth of all calls fails.

The provider is a process of its own, so that what is counted here (tasks, descriptors, memory)
is the council's alone. What each seat will come to is worked out beforehand from what the
provider was told, by the rules of the retries. Run by `test_storm.py`; the result goes to
stderr as JSON.
"""

import asyncio
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import anyio
from pydantic import JsonValue

from magi_mcp.convening import Request
from magi_mcp.core.result import verdict_of
from magi_mcp.core.verdict import Verdict
from magi_mcp.service import Council
from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council

DELIBERATIONS = 200
WAVES = 3
SHARE_OF_FAULTS = 0.2
SEATS = ("melchior", "balthasar", "casper")
PATIENCE_S = 120
TRIES = 3

Behaviour = dict[str, JsonValue]
YES: Behaviour = {
    "kind": "say",
    "text": json.dumps({"argument": "It was rehearsed.", "position": "yes", "would_flip": "No."}),
}
HANG: Behaviour = {"kind": "hang"}
PASSING: tuple[Behaviour, ...] = (
    HANG,
    {"kind": "status", "code": 500},
    {"kind": "status", "code": 503},
    {"kind": "status", "code": 429, "retry_after": 1},
    {"kind": "error_body"},
    {"kind": "broken_json"},
    {"kind": "drop_before"},
    {"kind": "drop_mid_body"},
)
LASTING: tuple[Behaviour, ...] = (
    {"kind": "status", "code": 401},
    {"kind": "status", "code": 404},
    {"kind": "refusal"},
)
MALFORMED: tuple[Behaviour, ...] = (
    {"kind": "say", "text": "Well, that depends."},
    {"kind": "empty"},
)


def behaviours(chance: random.Random) -> list[Behaviour]:
    """What one model does, call after call: each fails with the same probability."""
    calls: list[Behaviour] = []
    while chance.random() < SHARE_OF_FAULTS:
        calls.append(chance.choice((*PASSING, *LASTING, *MALFORMED)))
    return [*calls, YES]


def voice(calls: list[Behaviour], *, relieved: bool) -> str:
    """What a model's calls come to: "yes", "unreadable" or "failed".

    Three tries for what may pass, none for what lasts, and for a time-out none where a fallback
    waits; words that cannot be read get one repair, which shares the second tries with what went
    before, and are kept where the repair fails.
    """
    following = iter([*calls, *[calls[-1]] * 2 * TRIES])
    second_tries = iter(range(TRIES - 1))
    first = _tried(following, second_tries, relieved=relieved)
    if first is not None and first in MALFORMED:
        second = _tried(following, second_tries, relieved=relieved)
        return "yes" if second == YES else "unreadable"
    return "yes" if first == YES else "failed"


def _tried(
    calls: Iterator[Behaviour], second_tries: Iterator[int], *, relieved: bool
) -> Behaviour | None:
    while True:
        call = next(calls)
        if call in LASTING or (call == HANG and relieved):
            return None
        if call not in PASSING:
            return call
        if next(second_tries, None) is None:
            return None


@dataclass(frozen=True)
class Seat:
    model: str
    calls: list[Behaviour]
    fallback: list[Behaviour] | None

    @property
    def written(self) -> str:
        behind = f"|openai/{self.model}-b" if self.fallback else ""
        return f"openai/{self.model}{behind}"

    @property
    def voice(self) -> str:
        own = voice(self.calls, relieved=self.fallback is not None)
        if own == "yes" or self.fallback is None:
            return own
        other = voice(self.fallback, relieved=False)
        return "unreadable" if "unreadable" in (own, other) and other != "yes" else other


@dataclass
class Wave:
    """What one wave left. `wrong` tells every verdict that is not the one to be expected."""

    outcomes: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    descriptors: int = 0
    resident_kb: int = 0


def councils(seed: int) -> list[tuple[Seat, ...]]:
    chance = random.Random(seed)  # noqa: S311  (the same storm every time)
    return [
        tuple(
            Seat(
                model=f"w{seed}-{number}-{seat}",
                calls=behaviours(chance),
                fallback=behaviours(chance) if number % 2 else None,
            )
            for seat in SEATS
        )
        for number in range(DELIBERATIONS)
    ]


def expected(seats: tuple[Seat, ...]) -> tuple[str, str | None, bool]:
    """Status, outcome and degraded, by semantics R1 to R4."""
    voices = [seat.voice for seat in seats]
    yes = voices.count("yes")
    if yes == len(seats):
        return "decided", "unanimous", False
    if voices.count("failed") == len(seats):
        return "failed", None, True
    return ("decided", "majority", True) if yes >= 2 else ("undecided", "no_quorum", True)


def difference(seats: tuple[Seat, ...], verdict: Verdict) -> str | None:
    """What is wrong with a verdict, if anything."""
    got = (verdict.status, verdict.outcome, verdict.degraded)
    if got != expected(seats):
        told = [(seat.calls, seat.fallback) for seat in seats]
        return f"{got} instead of {expected(seats)}: {told}; {verdict.warnings}"
    silent = [
        name
        for name, seat in zip(SEATS, seats, strict=True)
        if seat.voice != "yes" and name not in " ".join(verdict.warnings)
    ]
    return f"nothing is said of {silent}: {verdict.warnings}" if silent else None


async def hold(council: Council, wave: list[tuple[Seat, ...]], rest: Wave) -> None:
    outcomes: Counter[str] = Counter()

    async def put(number: int, seats: tuple[Seat, ...]) -> None:
        request = Request(
            f"Should we ship build {seats[0].model}-{number}?",
            method="yes_no",
            protocol="vote",
            seats=tuple(seat.written for seat in seats),
            max_rounds=0,
            owner=True,
        )
        verdict = verdict_of(await (await council.put(request)).wait())
        outcomes[verdict.outcome or verdict.status] += 1
        fault = difference(seats, verdict)
        if fault:
            rest.wrong.append(fault)

    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            for number, seats in enumerate(wave):
                tasks.start_soon(put, number, seats)
    rest.outcomes = dict(outcomes)


async def storm(folder: Path, wave: list[tuple[Seat, ...]], rest: Wave) -> None:
    environ = {
        "MAGI_STORE": f"sqlite:///{folder / 'dossiers.sqlite3'}",
        # So many calls at once that a time-out means that the provider hangs, and nothing else.
        "MAGI_MAX_CONCURRENT_CALLS": "32",
        "MAGI_TIMEOUT_S": "3",
        "MAGI_DEADLINE_S": "90",
    }
    settings = load_settings(environ=environ, cwd=folder, user_dir=folder)
    async with open_council(settings) as council:
        await hold(council, wave, rest)
    rest.tasks = [str(task) for task in asyncio.all_tasks() - {asyncio.current_task()}]


def _rest_of(folder: Path, wave: list[tuple[Seat, ...]]) -> Wave:
    rest = Wave()
    asyncio.run(storm(folder, wave, rest))
    gc.collect()
    rest.threads = [thread.name for thread in threading.enumerate()]
    rest.descriptors = _descriptors()
    rest.resident_kb = _resident_kb()
    return rest


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _resident_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])


@contextmanager
def provider_process(folder: Path, models: dict[str, list[Behaviour]]) -> Iterator[str]:
    """The provider, told what each model does; its base URL."""
    told = folder / "behaviours.json"
    told.write_text(json.dumps(models), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.provider", "--behaviours", str(told)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["base_url"]
    finally:
        process.communicate()


def main() -> None:
    waves = [councils(seed) for seed in range(WAVES)]
    models: dict[str, list[Behaviour]] = {}
    for seat in (seat for wave in waves for seats in wave for seat in seats):
        models[seat.model] = seat.calls
        if seat.fallback:
            models[f"{seat.model}-b"] = seat.fallback
    with tempfile.TemporaryDirectory() as name, provider_process(Path(name), models) as base_url:
        os.environ["OPENAI_API_BASE"] = base_url
        left = [_rest_of(Path(name), wave) for wave in waves]
    print(f"RESULT {json.dumps([asdict(rest) for rest in left])}", file=sys.stderr)


if __name__ == "__main__":
    main()
