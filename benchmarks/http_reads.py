"""What reading costs over HTTP, beside a bare server: `python -m benchmarks.http_reads`.

Fifty clients at once read one dossier as a tool's result, as a page and as a line of the list:
requests a second, the 95th percentile of their latency, CPU of the server for each. The first
`resources/list` of a process that has just started on a store of 100,000 dossiers. The memory
that a thousand idle clients take: connections that were used once and are kept, and clients
that listen for notices. The same for a server of the same SDK that does nothing.
"""

import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import anyio
import typer

from benchmarks.big_store import written
from benchmarks.figures import Figure, report
from benchmarks.http_wire import Ask, HttpServer, answer, bare, connections, listening, ours
from benchmarks.wire import Memory, clean_environment
from magi_mcp.identity import SystemClock
from magi_mcp.journal.sqlite import SqliteJournal

CLIENTS = 50
FIRST_PAGE = 50
FIRST_PAGE_TARGET_MS = 50.0

Asks = Mapping[str, Ask]
"""What is asked of a server, by what is read."""

NOTHING: Asks = {
    "a tool's result": Ask.of("tools/call", {"name": "echo", "arguments": {"text": "Nothing."}}),
    "a page": Ask.of("resources/read", {"uri": "bare://nothing"}),
    "the list": Ask.of("resources/list"),
}
DOSSIERS: Asks = {
    "a tool's result": Ask.of(
        "tools/call", {"name": "get_dossier", "arguments": {"dossier_id": "latest"}}
    ),
    "a page": Ask.of("resources/read", {"uri": "magi://dossiers/latest"}),
    "the list": Ask.of("resources/list"),
}


@dataclass
class Reads:
    """Samples of one kind of read from one server, one for each run."""

    per_s: list[float] = field(default_factory=list)
    p95_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


async def read_often(
    session: aiohttp.ClientSession, server: HttpServer, ask: Ask, each: int, into: Reads
) -> None:
    """Have all clients ask so many times, each again as soon as it was answered."""
    latencies: list[float] = []

    async def client() -> None:
        for _ in range(each):
            sent = time.perf_counter()
            await answer(session, server, ask)
            latencies.append(time.perf_counter() - sent)

    cpu_s, began = server.cpu_s(), time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(CLIENTS):
            tasks.start_soon(client)
    number = CLIENTS * each
    into.per_s.append(number / (time.perf_counter() - began))
    into.p95_ms.append(1000 * statistics.quantiles(latencies, n=20)[-1])
    into.cpu_ms.append(1000 * (server.cpu_s() - cpu_s) / number)


async def loads(
    servers: Mapping[str, tuple[HttpServer, Asks]], runs: int, each: int
) -> list[Figure]:
    """All kinds of reads from both servers in turn."""
    measured = {(name, kind): Reads() for kind in DOSSIERS for name in servers}
    async with connections() as session:
        for server, asks in servers.values():  # what is late is loaded before it counts
            for kind in asks:
                await read_often(session, server, asks[kind], 2, Reads())
        for _ in range(runs):
            for (name, kind), reads in measured.items():
                server, asks = servers[name]
                await read_often(session, server, asks[kind], each, reads)
    figures = []
    for (name, kind), reads in measured.items():
        floor = measured["bare server", kind]
        compared = name != "bare server"
        for what, unit in (("per_s", "/s"), ("p95_ms", "ms"), ("cpu_ms", "ms")):
            said = {"per_s": "throughput", "p95_ms": "95th percentile", "cpu_ms": "CPU a request"}
            reference = statistics.median(getattr(floor, what)) if compared else None
            title = f"{kind}, {said[what]}: {name}"
            figures.append(Figure(title, unit, getattr(reads, what), reference))
    return figures


async def first_list(server: HttpServer) -> float:
    """Milliseconds that the first request to a process takes, once the connection stands."""
    async with connections() as session:
        async with session.get(server.url.removesuffix("mcp") + "nowhere"):
            pass
        sent = time.perf_counter()
        await answer(session, server, NOTHING["the list"])
        return 1000 * (time.perf_counter() - sent)


def cold_lists(environment: dict[str, str], folder: Path, runs: int) -> Iterator[Figure]:
    """Fresh processes in turn; the first start of each, which compiles, is not counted."""
    samples: dict[str, list[float]] = {"bare server": [], "magi-mcp": []}
    for run in range(runs + 1):
        for name, started in (("bare server", bare), ("magi-mcp", ours)):
            with started(environment, folder) as server:
                took_ms = anyio.run(first_list, server)
            if run > 0:
                samples[name].append(took_ms)
    yield Figure("first resources/list: bare server", "ms", samples["bare server"])
    reference = statistics.median(samples["bare server"])
    yield Figure("first resources/list: magi-mcp", "ms", samples["magi-mcp"], reference)


async def first_pages(store: Path, runs: int) -> list[float]:
    """Milliseconds that the store takes for the first page, each time newly opened."""
    samples = []
    for _ in range(runs):
        journal = await SqliteJournal.open(store, SystemClock())
        began = time.perf_counter()
        heads = await journal.heads(FIRST_PAGE)
        samples.append(1000 * (time.perf_counter() - began))
        await journal.aclose()
        if len(heads) != FIRST_PAGE:
            raise RuntimeError(f"the first page has {len(heads)} dossiers")
    return samples


async def kept(server: HttpServer, number: int) -> Memory:
    """The memory of a server to which so many connections are open that were used once."""
    async with connections() as session:
        async with anyio.create_task_group() as tasks:
            for _ in range(number):
                tasks.start_soon(answer, session, server, NOTHING["the list"])
        return server.memory()


async def heard(server: HttpServer, number: int) -> Memory:
    """The memory of a server to which so many clients listen."""
    async with connections() as session, listening(session, server, number):
        return server.memory()


async def at_rest(server: HttpServer) -> Memory:
    """The memory of a server that has answered once."""
    async with connections() as session:
        await answer(session, server, NOTHING["the list"])
    return server.memory()


def idle_clients(
    environment: dict[str, str], folder: Path, runs: int, number: int
) -> Iterator[Figure]:
    """Fresh processes in turn for each kind of idle client."""
    kinds: dict[str, Callable[[HttpServer], Awaitable[Memory]]] = {
        "nobody": at_rest,
        f"{number} kept connections": partial(kept, number=number),
        f"{number} listening clients": partial(heard, number=number),
    }
    for kind, measure in kinds.items():
        samples: dict[str, list[float]] = {"bare server": [], "magi-mcp": []}
        for _ in range(runs):
            for name, started in (("bare server", bare), ("magi-mcp", ours)):
                with started(environment, folder) as server:
                    samples[name].append(anyio.run(measure, server).pss_mb)
        yield Figure(f"PSS with {kind}: bare server", "MB", samples["bare server"])
        reference = statistics.median(samples["bare server"])
        yield Figure(f"PSS with {kind}: magi-mcp", "MB", samples["magi-mcp"], reference)


def main(
    dossiers: int = 100_000,
    runs: int = 5,
    each: int = 20,
    idle: int = 1000,
    store: Path | None = None,
) -> None:
    """Print the figures. EACH is how often each of fifty clients asks in a run.

    STORE is a file to write the dossiers to and keep, or one that was kept.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept_store = store or folder / "dossiers.db"
        figures = []
        if not kept_store.exists():
            took_s = anyio.run(written, kept_store, dossiers)
            figures.append(Figure(f"writing {dossiers:,} dossiers", "s", [took_s]))
        seats = "scripted/demo,scripted/demo,scripted/demo"
        environment = clean_environment(folder, MAGI_SEATS=seats, MAGI_STORE=str(kept_store))
        reference = FIRST_PAGE_TARGET_MS
        pages = anyio.run(first_pages, kept_store, runs)
        figures.append(Figure("the store's first page, of 50 ms", "ms", pages, reference, 1.0))
        figures += cold_lists(environment, folder, runs)
        with ExitStack() as serving:
            servers = {
                "bare server": (serving.enter_context(bare(environment, folder)), NOTHING),
                "magi-mcp": (serving.enter_context(ours(environment, folder)), DOSSIERS),
            }
            figures += anyio.run(loads, servers, runs, each)
        figures += idle_clients(environment, folder, max(runs // 2, 1), idle)
    report("http reads", figures)


if __name__ == "__main__":
    typer.run(main)
