"""How much a deliberation adds to its models' own time: `python -m benchmarks.deliberation`.

A warm ``vote`` over three seats that take 200 ms each, and a ``critique`` with one further
round, whose slowest chain of calls takes 400 ms. The seats are scripted ones, or models that
litellm reaches over HTTP on loopback; every run is journaled in SQLite.
"""

import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import anyio
import httpx
import typer

from benchmarks.figures import Figure, report
from benchmarks.models import BALLOT, MODELS, environment_of, loopback_models
from benchmarks.startup import OURS
from benchmarks.wire import ServerProcess, clean_environment
from magi_mcp.convening import Bylaws, Request, convene
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits, Seat
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.replies import Reply
from magi_mcp.identity import SystemClock, new_dossier_id, new_owner
from magi_mcp.journal import SqliteJournal
from magi_mcp.personas import load_presets
from magi_mcp.prompt_files import prompts_in
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.seats.scripted import FreeSeating, ScriptedSeat
from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council

LATENCY_S = 0.2
TARGET = 1.15
WARM_UP = 3

Put = Callable[[Request], Awaitable[Dossier]]
"""Puts a request and waits for the end."""

_numbers = count(1)


class PatientSeat:
    """A scripted seat that thinks for as long as the models over HTTP do."""

    def __init__(self, model: str) -> None:
        self._seat = ScriptedSeat(lambda _ask: BALLOT, model=model)

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        await anyio.sleep(LATENCY_S)
        return await self._seat.ask(ask, deadline_s)


def vote() -> Request:
    """One blind round. No two questions are equal, so that none is answered by an earlier one."""
    return Request(f"Should we ship build {next(_numbers)}?", method="yes_no", protocol="vote")


def critique() -> Request:
    """A blind round and one of critique."""
    question = f"Should we ship build {next(_numbers)}?"
    return Request(question, method="yes_no", protocol="critique", min_rounds=1, max_rounds=1)


ROUNDS = {vote: 1, critique: 2}


@asynccontextmanager
async def scripted_seats(folder: Path) -> AsyncIterator[Put]:
    """The live runtime and an SQLite journal, with seats that ask nobody."""
    clock = SystemClock()
    journal = await SqliteJournal.open(folder / "scripted.sqlite3", clock)
    seats = tuple(Seat(name=model, model=f"scripted/{model}") for model in MODELS)
    bylaws = Bylaws(
        seats_for=lambda _request: seats,
        prompts_for=lambda _request: prompts_in(None),
        limits=Limits(),
        protocol="vote",
        presets=load_presets(),
    )

    seating = FreeSeating(lambda seat: PatientSeat(seat.model))
    async with open_chamber(journal, seating, new_owner()) as chamber:

        async def put(request: Request) -> Dossier:
            case = convene(request, bylaws, dossier_id=new_dossier_id(clock.now()))
            return await (await chamber.open(case)).wait()

        yield put
    await journal.aclose()


@asynccontextmanager
async def http_seats(folder: Path) -> AsyncIterator[Put]:
    """The whole council as it is configured, its models reached through litellm."""
    environ = {**os.environ, "MAGI_STORE": f"sqlite:///{folder / 'http.sqlite3'}"}
    settings = load_settings(environ=environ, cwd=folder, user_dir=folder)
    async with open_council(settings, environ) as council:
        await council.models.load()

        async def put(request: Request) -> Dossier:
            return await (await council.put(request)).wait()

        yield put


async def times(put: Put, request: Callable[[], Request], runs: int) -> list[float]:
    """Seconds from putting each of ``runs`` questions to its verdict, after a warm-up."""
    seconds: list[float] = []
    for _ in range(WARM_UP + runs):
        asked = request()
        began = time.perf_counter()
        dossier = await put(asked)
        seconds.append(time.perf_counter() - began)
        if dossier.status != "decided" or len(dossier.ballot_rounds) != ROUNDS[request]:
            raise RuntimeError(f"{dossier.status} after {len(dossier.ballot_rounds)} rounds")
    return seconds[WARM_UP:]


async def bare_calls(address: str, runs: int) -> list[float]:
    """Seconds for three bare HTTP calls at once to the same models: what no council can beat."""
    seconds: list[float] = []
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:

        async def call(model: str) -> None:
            said = [{"role": "user", "content": "Should we ship?"}]
            body = {"model": model, "messages": said}
            (await client.post("/chat/completions", json=body)).raise_for_status()

        for _ in range(WARM_UP + runs):
            began = time.perf_counter()
            async with anyio.create_task_group() as tasks:
                for model in MODELS:
                    tasks.start_soon(call, model)
            seconds.append(time.perf_counter() - began)
    return seconds[WARM_UP:]


def times_over_mcp(folder: Path, address: str, runs: int) -> list[float]:
    """Seconds from calling the tool to its result, in a server on stdio that is warm."""
    environment = clean_environment(folder, **environment_of(address))
    seconds: list[float] = []
    with ServerProcess(OURS, environment, "2026-07-28", folder) as server:
        server.greet()
        for _ in range(WARM_UP + runs):
            question = vote().question
            began = time.perf_counter()
            server.call_tool("deliberate", {"question": question, "method": "yes_no"})
            seconds.append(time.perf_counter() - began)
    return seconds[WARM_UP:]


async def in_process(folder: Path, runs: int) -> list[Figure]:
    figures: list[Figure] = []
    for kind, seats in (("scripted", scripted_seats), ("HTTP", http_seats)):
        async with seats(folder) as put:
            for request, rounds in ROUNDS.items():
                name = f"{request.__name__}, {rounds} x 200 ms, {kind} seats"
                samples = await times(put, request, runs)
                figures.append(Figure(name, "s", samples, rounds * LATENCY_S, TARGET))
    return figures


def main(runs: int = 20) -> None:
    """Print the figures. RUNS are deliberations of each kind."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with loopback_models(folder, LATENCY_S) as address:
            os.environ.update(environment_of(address))
            bare = anyio.run(bare_calls, address, runs)
            figures = anyio.run(in_process, folder, runs)
            over_mcp = times_over_mcp(folder, address, runs)
    figures.append(Figure("three bare HTTP calls, 1 x 200 ms", "s", bare, LATENCY_S))
    figures.append(Figure("vote, 1 x 200 ms, HTTP seats, over MCP", "s", over_mcp, LATENCY_S))
    report("deliberation", figures)


if __name__ == "__main__":
    typer.run(main)
