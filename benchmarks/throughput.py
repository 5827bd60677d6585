"""What many deliberations at once cost: `python -m benchmarks.throughput`.

A hundred ``vote`` deliberations of three seats that take 200 ms each, put at the same moment to
a whole council: litellm, SQLite journal, concurrency limits that do not bind. Wall time, and the
CPU of this process for each call; the models are a process of their own. As many bare HTTP calls
in the same run are what no council can beat: with httpx and its usual pool of 100 connections,
and with aiohttp without a bound, which is the client that litellm uses.

Then what our own layers add to a call that goes well: chain, retries, breaker, budget and free
places around models that answer from a list, one call after another and 300 at once for 16
places.
"""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import anyio
import httpx
import typer

from benchmarks.deliberation import LATENCY_S, Put, http_seats, vote
from benchmarks.figures import Figure, report
from benchmarks.models import MODELS, environment_of, loopback_models
from magi_mcp.core.budget import Pool, Purse
from magi_mcp.core.case import Candidate
from magi_mcp.identity import SystemClock
from magi_mcp.ports import SeatPort
from magi_mcp.seats.completions import Call, Completions, Message, Prompt
from magi_mcp.seats.office import Office
from magi_mcp.seats.places import Places
from magi_mcp.seats.secrecy import Redactor
from tests.seats.asks import BALLOT, ask
from tests.seats.offices import case_of
from tests.seats.scripted_completions import ScriptedCompletions

WARM_UP = 5
"""Deliberations before those that are counted: they open connections and load what is late."""

OVERHEAD_TARGET_MS = 1.0
PATIENCE_S = 60.0

AtOnce = Callable[[int], Awaitable[None]]
"""Does something so many times at once."""


@dataclass
class Load:
    """Samples of one kind of load: seconds for all of it, and CPU milliseconds for each call."""

    wall_s: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    async def measure(self, calls: int, work: Awaitable[None]) -> None:
        cpu_s, began = _cpu_s(), time.perf_counter()
        await work
        self.wall_s.append(time.perf_counter() - began)
        self.cpu_ms.append(1000 * (_cpu_s() - cpu_s) / calls)


async def deliberations(put: Put, number: int) -> None:
    """Put ``number`` questions at once and wait for all verdicts."""

    async def one() -> None:
        dossier = await put(vote())
        if dossier.status != "decided" or dossier.usage.calls != len(MODELS):
            raise RuntimeError(f"{dossier.status} after {dossier.usage.calls} calls")

    async with anyio.create_task_group() as tasks:
        for _ in range(number):
            tasks.start_soon(one)


async def calls_by_httpx(client: httpx.AsyncClient, number: int) -> None:
    async def one(model: str) -> None:
        (await client.post("chat/completions", json=_body(model))).raise_for_status()

    async with anyio.create_task_group() as tasks:
        for place in range(number):
            tasks.start_soon(one, MODELS[place % len(MODELS)])


async def calls_by_aiohttp(session: aiohttp.ClientSession, address: str, number: int) -> None:
    async def one(model: str) -> None:
        async with session.post(f"{address}/chat/completions", json=_body(model)) as response:
            response.raise_for_status()
            await response.read()

    async with anyio.create_task_group() as tasks:
        for place in range(number):
            tasks.start_soon(one, MODELS[place % len(MODELS)])


def _body(model: str) -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": "Should we ship?"}]}


async def loads(folder: Path, address: str, number: int, runs: int) -> Mapping[str, Load]:
    """A council's load and the bare ones, measured in turn."""
    calls = number * len(MODELS)
    unbound = aiohttp.TCPConnector(limit=0)
    async with (
        http_seats(folder) as put,
        httpx.AsyncClient(base_url=f"{address}/", trust_env=False, timeout=PATIENCE_S) as client,
        aiohttp.ClientSession(connector=unbound) as session,
    ):
        kinds: dict[str, AtOnce] = {
            "aiohttp": partial(calls_by_aiohttp, session, address),
            "httpx": partial(calls_by_httpx, client),
        }
        await deliberations(put, WARM_UP)
        for at_once in kinds.values():
            await at_once(WARM_UP)
        measured = {kind: Load() for kind in ("council", *kinds)}
        for _ in range(runs):
            await measured["council"].measure(calls, deliberations(put, number))
            for kind, at_once in kinds.items():
                await measured[kind].measure(calls, at_once(calls))
    return measured


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def load_figures(measured: Mapping[str, Load], number: int) -> list[Figure]:
    """The ratios are to aiohttp's calls."""
    calls = number * len(MODELS)
    floor = measured["aiohttp"]
    names = {
        "aiohttp": f"{calls} bare calls, aiohttp",
        "httpx": f"{calls} bare calls, httpx",
        "council": f"{number} vote deliberations",
    }
    wall = [
        Figure(f"{name}: wall", "s", measured[kind].wall_s, statistics.median(floor.wall_s))
        for kind, name in names.items()
    ]
    cpu = [
        Figure(f"{name}: CPU a call", "ms", measured[kind].cpu_ms, statistics.median(floor.cpu_ms))
        for kind, name in names.items()
    ]
    return [*wall, *cpu]


async def overhead(runs: int) -> list[Figure]:
    """Milliseconds a call spends in our layers, the model itself taking next to nothing."""
    models = ScriptedCompletions([BALLOT])
    seat, crowded = _seat(models, places=100), _seat(models, places=16)
    number = 300
    bare, ours, at_once = [], [], []
    for _ in range(runs):
        bare.append(await _each_ms(number, partial(_bare, models)))
        ours.append(await _each_ms(number, partial(_asked, seat)))
        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for _ in range(number):
                tasks.start_soon(_asked, crowded)
        at_once.append(1000 * (time.perf_counter() - began) / number)
    reference = OVERHEAD_TARGET_MS
    return [
        Figure("a scripted model, called directly", "ms", bare),
        Figure("chain, retries, breaker, budget, places", "ms", ours, reference, 1.0),
        Figure("the same, 300 at once for 16 places", "ms", at_once, reference, 1.0),
    ]


def _seat(models: Completions, places: int) -> SeatPort:
    """A seat with a fallback, a budget that binds nobody, and room for so many calls."""
    office = Office(models, redact=Redactor({}), places=Places(places), clock=SystemClock())
    case = case_of({"melchior": ("openai/a", "openai/b")}, timeout_s=PATIENCE_S)
    purse = Purse((Pool("deliberation", max_tokens=10**12),))
    return office.seats(case, purse)["melchior"]


async def _asked(seat: SeatPort) -> None:
    reply = await seat.ask(ask(), PATIENCE_S)
    if reply.kind != "answered":
        raise RuntimeError(reply.kind)


async def _bare(models: Completions) -> None:
    asked = ask()
    messages = (Message("system", asked.system), Message("user", asked.prompt))
    prompt = Prompt(messages, "schema", asked.form.name, asked.form.json_schema())
    await models.complete(Call(Candidate(model="openai/a"), prompt, PATIENCE_S, None))


async def _each_ms(number: int, call: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    for _ in range(number):
        await call()
    return 1000 * (time.perf_counter() - began) / number


def main(number: int = 100, runs: int = 5) -> None:
    """Print the figures. NUMBER is how many deliberations are put at once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with loopback_models(folder, LATENCY_S) as address:
            unbound = {"MAGI_MAX_CONCURRENT_CALLS": str(number * len(MODELS))}
            os.environ.update(environment_of(address), **unbound)
            figures = load_figures(anyio.run(loads, folder, address, number, runs), number)
    report("throughput", [*figures, *anyio.run(overhead, runs)])


if __name__ == "__main__":
    typer.run(main)
