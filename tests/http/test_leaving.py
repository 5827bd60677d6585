"""How a server ends: it takes nothing new, lets what runs finish, and loses nothing."""

import asyncio
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.http.gate_keeper import gate_keeper
from tests.http.sites import QUESTION, Site, site
from tests.server.meeting import Era, text_of, verdict_in

CASE = {"question": QUESTION, "method": "yes_no"}


async def refuses(served: Site) -> None:
    """Wait until a server says that it is ending; it hears signals within a moment."""
    async with asyncio.timeout(30):
        while (await served.get("/readyz")).status_code != 503:
            continue


def claims(home: Path) -> int:
    with closing(sqlite3.connect(home / "dossiers.db")) as connection:
        [count] = connection.execute("SELECT count(*) FROM claims").fetchone()
        return int(count)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"]
)
async def test_an_idle_server_ends_at_once(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with site(tmp_path) as served:
        assert (await served.get("/readyz")).status_code == 200
        served.tell(number)
        async with asyncio.timeout(5):
            assert await served.end() == code
        assert "Traceback" not in "".join(served.noise)


async def test_what_runs_is_finished_and_told_while_nothing_new_is_taken(
    tmp_path: Path, era: Era
) -> None:
    async with gate_keeper() as gate:
        with site(tmp_path, "--gate", str(gate.port)) as served:
            async with served.client(era) as client:
                await client.list_tools()  # clients check results by what is listed
                call = asyncio.create_task(client.call_tool("deliberate", CASE))
                await gate.asked(3)
                served.tell()
                await refuses(served)
                assert (await served.get("/healthz")).status_code == 200
                new = await served.post()
                assert new.status_code == 503
                assert new.headers["Retry-After"] == "5"
                gate.open()
                assert text_of(await call).startswith("DECIDED")
                assert await served.end() == 0
            assert claims(tmp_path) == 0


async def test_what_outlives_its_grace_is_interrupted_and_its_caller_is_told(
    tmp_path: Path, era: Era
) -> None:
    async with gate_keeper() as gate:
        env = {"MAGI_SERVER_GRACE_S": "0.2"}
        with site(tmp_path, "--gate", str(gate.port), env=env) as served:
            async with served.client(era) as client:
                await client.list_tools()  # clients check results by what is listed
                call = asyncio.create_task(client.call_tool("deliberate", CASE))
                await gate.asked(3)
                served.tell()
                assert text_of(await call).startswith("INTERRUPTED")
            assert await served.end() == 0
        assert claims(tmp_path) == 0
        with site(tmp_path) as again:
            async with again.client("auto") as client:
                found = await client.call_tool("get_dossier", {"dossier_id": "latest"})
                assert text_of(found).startswith("INTERRUPTED")
                again_asked = await client.call_tool("deliberate", CASE)
                assert text_of(again_asked).startswith("DECIDED")
                assert verdict_in(again_asked)["dossier_id"] == verdict_in(found)["dossier_id"]


async def test_a_second_signal_waits_for_nothing(tmp_path: Path) -> None:
    async with gate_keeper() as gate:
        with site(tmp_path, "--gate", str(gate.port)) as served:
            async with served.client("auto") as client:
                await client.list_tools()  # clients check results by what is listed
                call = asyncio.create_task(client.call_tool("deliberate", CASE))
                await gate.asked(3)
                served.tell()
                await refuses(served)
                served.tell()
                async with asyncio.timeout(10):
                    assert text_of(await call).startswith("INTERRUPTED")
            assert await served.end() == 0
        assert claims(tmp_path) == 0


async def test_a_client_that_keeps_its_connection_holds_no_server_back(tmp_path: Path) -> None:
    with site(tmp_path) as served:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
        await writer.drain()
        assert (await served.get("/healthz")).status_code == 200
        served.tell()
        async with asyncio.timeout(10):
            assert await served.end() == 0
        writer.close()
