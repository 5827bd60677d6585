"""litellm as a library: loaded late, once, in a thread; it reaches nobody and prints nothing."""

import asyncio
import logging
import os
import subprocess
import sys
import threading

import anyio
import anyio.lowlevel
import pytest

from magi_mcp.core.budget import Purse
from magi_mcp.core.replies import NO_USAGE, Answered, Failed
from magi_mcp.seats.litellm import LitellmCompletions, LitellmLibrary
from tests.provider import MisbehavingProvider
from tests.seats.asks import ask
from tests.seats.offices import case_of
from tests.support.log_lines import lines_of
from tests.wire.conftest import PATIENCE_S, SeatOn, office_of


def test_whoever_wires_a_council_has_not_loaded_the_models_yet() -> None:
    late = {"litellm", "openai", "httpx", "aiohttp"}
    program = f"import sys, magi_mcp.wiring; sys.exit(str({late} & set(sys.modules)))"
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert process.stderr.strip() == "set()"


async def test_loading_asks_nobody_and_prints_nothing(
    library: LitellmLibrary,
    provider: MisbehavingProvider,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-that-could-be-spent")
    another = LitellmLibrary()
    before = another.loaded
    await another.load()
    assert (before, another.loaded) == (False, True)
    assert await another.module() is await library.module()
    assert (provider.requests, provider.open_connections) == ((), 0)
    assert capfd.readouterr() == ("", "")


async def test_those_who_need_it_at_once_share_one_load(library: LitellmLibrary) -> None:
    another = LitellmLibrary()
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(another.load)
    assert another.loaded


async def test_whoever_is_called_off_does_not_wait_for_the_load(library: LitellmLibrary) -> None:
    another = LitellmLibrary()
    another._loading.acquire()  # somebody else's load is under way, and takes its time
    done = threading.Timer(PATIENCE_S, another._loading.release)
    done.start()
    began = anyio.current_time()
    with anyio.move_on_after(0.1) as patience:
        await another.load()
    assert anyio.current_time() - began < PATIENCE_S / 2
    assert patience.cancelled_caught
    done.cancel()
    another._loading.release()
    await another.load()
    assert another.loaded


async def test_a_warm_up_that_fails_is_logged_and_spoils_nothing(
    library: LitellmLibrary, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("not today")

    monkeypatch.setattr(await library.module(), "completion", broken)
    another = LitellmLibrary()
    await another.load()
    assert another.loaded
    assert [line["event"] for line in lines_of(caplog)] == ["litellm could not be warmed up"]


async def test_a_broken_install_fails_each_seat_with_what_mends_it_until_it_is_mended(
    library: LitellmLibrary, provider: MisbehavingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    completions = LitellmCompletions(LitellmLibrary(), os.environ)
    seats = office_of(completions, tries=1).seats(case_of({"melchior": ("openai/fine",)}), Purse())
    seat = seats["melchior"]
    with monkeypatch.context() as broken:
        broken.setitem(sys.modules, "litellm", None)  # importing it is a ModuleNotFoundError
        reply = await seat.ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.usage) == ("server", NO_USAGE)
    assert reply.detail.startswith("openai/fine: litellm cannot be loaded (ModuleNotFoundError: ")
    assert reply.detail.endswith("): reinstall magi-mcp with its dependencies")
    assert isinstance(await seat.ask(ask(), PATIENCE_S), Answered)
    await completions.aclose()


@pytest.mark.parametrize(
    ("model", "strongest"),
    [
        ("openai/gpt-4o-mini", "schema"),  # listed with a schema
        ("openai/gpt-3.5-turbo", "schema"),  # listed, with nothing said of schemas
        ("openai/not-on-any-list", "schema"),
        ("azure/gpt-audio", "json"),  # listed as one that takes no schema
        ("replicate/google/gemini-2.5-flash", "text"),  # its provider takes no format at all
    ],
)
async def test_only_what_is_listed_as_unable_is_not_asked_for_a_schema(
    completions: LitellmCompletions, model: str, strongest: str
) -> None:
    assert (await completions.facts(model)).strongest_format == strongest


async def test_failing_calls_print_nothing_even_where_everything_is_logged(
    provider: MisbehavingProvider,
    seat_on: SeatOn,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for model in ("openai/server-error", "openrouter/broken-json", "nowhere/x", "openai/fine"):
        await seat_on(model).ask(ask(), PATIENCE_S)
    assert capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if record.name.startswith("LiteLLM")]


async def test_calls_leave_no_task_running_even_before_anything_is_closed(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    for model in ("openai/fine", "openrouter/fine", "openai/server-error"):
        await seat_on(model).ask(ask(), PATIENCE_S)
    await anyio.lowlevel.checkpoint()  # litellm's counters are tasks that end at once
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_when_completions_are_closed_no_connection_and_no_task_is_left_in_the_loop(
    provider: MisbehavingProvider, seat_on: SeatOn, completions: LitellmCompletions
) -> None:
    for model in ("openai/fine", "openrouter/fine"):
        await seat_on(model).ask(ask(), PATIENCE_S)
    await completions.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await provider.wait_until(lambda: provider.open_connections == 0, what="the last client")


async def test_connections_are_closed_even_where_everything_is_being_cancelled(
    provider: MisbehavingProvider, seat_on: SeatOn, completions: LitellmCompletions
) -> None:
    for model in ("openai/fine", "openrouter/fine"):
        await seat_on(model).ask(ask(), PATIENCE_S)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await completions.aclose()
    await provider.wait_until(lambda: provider.open_connections == 0, what="the last client")


async def test_closed_completions_can_be_used_again(
    provider: MisbehavingProvider, seat_on: SeatOn, completions: LitellmCompletions
) -> None:
    for model in ("openai/fine", "openrouter/fine"):
        await seat_on(model).ask(ask(), PATIENCE_S)
        await completions.aclose()
        assert isinstance(await seat_on(model).ask(ask(), PATIENCE_S), Answered)


async def test_calls_with_different_deadlines_share_one_connection(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    for number in range(1, 6):
        await seat_on("openai/fine").ask(ask(), PATIENCE_S + number)
    assert provider.open_connections == 1


async def test_whoever_stops_waiting_closes_the_connection(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    for prefix in ("openai", "openrouter"):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(seat_on(f"{prefix}/hang").ask, ask(), PATIENCE_S)
            await provider.wait_for_requests(len(provider.requests) + 1)
            tasks.cancel_scope.cancel()
    await provider.wait_until(
        lambda: [exchange.outcome for exchange in provider.exchanges] == ["client_gone"] * 2,
        what="the clients' leaving",
    )
