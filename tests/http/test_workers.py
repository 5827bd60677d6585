"""Several processes behind one socket and one store: to clients they are one server."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.gate_keeper import gate_keeper
from tests.http.sites import QUESTION, Site, site
from tests.server.meeting import Era, text_of, verdict_in

CASE = {"question": QUESTION, "method": "yes_no"}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("pair"), "--workers", "2") as served:
        yield served


def children(pid: int) -> set[int]:
    """The processes that serve; the one that only looks after resources is not among them."""
    return {
        int(child)
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()
    }


def alive(pids: set[int]) -> set[int]:
    """Those that still run; one that nobody has asked after ended all the same."""
    return {pid for pid in pids if Path(f"/proc/{pid}/exe").exists()}


async def test_every_worker_knows_what_each_was_asked(pair: Site, era: Era) -> None:
    async with pair.client(era) as client:
        assert len(children(pair.process.pid)) == 2
        put = verdict_in(await client.call_tool("deliberate", CASE))
    assert put["status"] == "decided"
    for _ in range(8):  # each over a connection of its own, which either of them may take
        async with pair.client(era) as client:
            found = await client.call_tool("get_dossier", {"dossier_id": put["dossier_id"]})
            assert verdict_in(found)["ruling"] == "yes"


async def test_a_worker_that_dies_is_replaced(pair: Site) -> None:
    assert (await pair.get("/healthz")).status_code == 200
    before = children(pair.process.pid)
    os.kill(min(before), signal.SIGKILL)
    async with asyncio.timeout(30):
        while len(children(pair.process.pid) - {min(before)}) < 2:
            await pair.get("/healthz")
    for _ in range(4):
        assert (await pair.get("/healthz")).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_workers_finish_what_they_have_begun_also_when_all_are_told_at_once(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with gate_keeper() as gate:
        with site(tmp_path, "--workers", "2", "--gate", str(gate.port)) as served:
            async with served.client("auto") as client:
                await client.list_tools()  # clients check results by what is listed
                call = asyncio.create_task(client.call_tool("deliberate", CASE))
                await gate.asked(3)
                workers = children(served.process.pid)
                served.tell(number)
                for worker in workers:  # as a terminal and a service manager do
                    os.kill(worker, number)
                for _ in range(100):  # long enough for whoever took that for a second signal
                    assert (await served.get("/healthz")).status_code == 200
                gate.open()
                assert text_of(await call).startswith("DECIDED")
            assert await served.end() == (0 if number == signal.SIGTERM else 130)
            assert alive(workers) == set()


async def test_workers_whose_supervisor_was_killed_end_too(tmp_path: Path) -> None:
    with site(tmp_path, "--workers", "2") as served:
        assert (await served.get("/healthz")).status_code == 200
        workers = children(served.process.pid)
        served.tell(signal.SIGKILL)
        await served.end()
        async with asyncio.timeout(30):
            while alive(workers):
                await asyncio.to_thread(os.sched_yield)


async def test_a_second_signal_ends_every_worker(tmp_path: Path) -> None:
    async with gate_keeper() as gate:
        with site(tmp_path, "--workers", "2", "--gate", str(gate.port)) as served:
            call = asyncio.create_task(
                served.post("tools/call", {"name": "deliberate", "arguments": CASE})
            )
            await gate.asked(3)
            served.tell()
            async with asyncio.timeout(30):
                while (await served.get("/readyz")).status_code == 200:
                    continue
            served.tell()
            async with asyncio.timeout(15):
                assert await served.end() == 0
            call.cancel()
