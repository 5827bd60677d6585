"""The provider in a thread, and as a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import pytest

from tests.provider import GALLERY, ChatRequest, Hang, Say, Status, running_provider
from tests.provider.__main__ import BehaviourFileError, load_behaviours
from tests.provider.bare_client import ask, bare_client, chat

ROOT = Path(__file__).parents[2]


def post(base_url: str, model: str = "a") -> httpx.Response:
    return httpx.post(
        f"{base_url}/chat/completions", json=chat(model), trust_env=False, verify=False, timeout=10
    )


# --- in a thread -----------------------------------------------------------------------


def test_synchronous_code_talks_to_a_provider_in_a_thread() -> None:
    threads_before = threading.active_count()
    with running_provider({"a": [Status.server_error(), Say("Yes.")]}) as provider:
        assert [post(provider.base_url).status_code for _ in range(2)] == [500, 200]
        provider.block_until(lambda: provider.open_connections == 0)
        assert [request.model for request in provider.requests] == ["a", "a"]
    assert threading.active_count() == threads_before


def test_a_block_that_waits_in_vain_says_what_did_happen() -> None:
    said = r"a vote; requests: none; open connections: 0"
    with running_provider() as provider, pytest.raises(TimeoutError, match=said):
        provider.block_until(lambda: bool(provider.requests), what="a vote", timeout_s=0.01)


def test_closing_the_thread_ends_what_hangs() -> None:
    with running_provider({"a": Hang()}) as provider:
        client = httpx.Client(base_url=provider.base_url, trust_env=False, verify=False)
        seen: list[Exception] = []

        def ask() -> None:
            try:
                client.post("chat/completions", json=chat())
            except httpx.HTTPError as error:
                seen.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        provider.block_until(lambda: len(provider.requests) == 1)
    asking.join(timeout=10)
    client.close()
    assert [type(error) for error in seen] == [httpx.RemoteProtocolError]
    assert provider.exchanges[0].outcome == "provider_closed"


def test_a_behaviour_function_that_raises_in_the_thread_raises_on_closing() -> None:
    def broken(request: ChatRequest) -> Say:
        raise LookupError(request.model)

    with pytest.RaisesGroup(LookupError), running_provider({"a": broken}) as provider:
        assert post(provider.base_url).status_code == 500


def test_another_event_loop_can_wait_for_a_provider_in_a_thread() -> None:
    async def wait_and_ask() -> None:
        async with bare_client(provider) as client:
            asking = asyncio.create_task(ask(client, chat()))
            await provider.wait_for_requests(1)
            assert (await asking).status_code == 200

    with running_provider({"a": Say("Yes.")}) as provider:
        for _ in range(2):
            asyncio.run(wait_and_ask())


def test_a_taken_port_is_an_error_and_no_hang() -> None:
    with running_provider() as provider:
        port = httpx.URL(provider.base_url).port
        assert port is not None
        with pytest.raises(OSError, match="in use"), running_provider(port=port):
            pass


# --- as a process ----------------------------------------------------------------------


@contextmanager
def served(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, object]]]:
    """A provider process and what it announced."""
    command = [sys.executable, "-W", "error", "-m", "tests.provider", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process, json.loads(_stream(process.stdout).readline())
        finally:
            process.kill()


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def test_the_process_serves_a_file_of_behaviours_until_stdin_closes(tmp_path: Path) -> None:
    file = tmp_path / "behaviours.json"
    file.write_text(
        json.dumps(
            {
                "a": {"kind": "slow", "delay_s": 0.01, "then": {"kind": "say", "text": "Yes."}},
                "b": [
                    {"kind": "status", "code": 429, "retry_after": {"seconds": 9}},
                    {"kind": "refuses_schema", "then": {"kind": "empty"}},
                ],
            }
        )
    )
    with served("--port", "0", "--behaviours", str(file)) as (process, announced):
        base_url = str(announced["base_url"])
        assert announced["models"] == ["a", "b"]
        assert post(base_url, "a").json()["choices"][0]["message"]["content"] == "Yes."
        assert [post(base_url, "b").status_code for _ in range(2)] == [429, 200]
        rest, errors = process.communicate(input="", timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_the_process_serves_one_model_for_each_fault_and_stops_on_sigterm() -> None:
    with served() as (process, announced):
        assert announced["models"] == sorted(GALLERY)
        assert post(str(announced["base_url"]), "withdrawn").status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert _stream(process.stderr).read() == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "the file: Invalid JSON"),
        ('{"a": []}', "a: Value should have at least 1 item"),
        ('{"a": {"kind": "shout"}}', "a.0: Input tag 'shout' found using 'kind' does not match"),
        ('{"a": {"kind": "say", "text": "x", "txet": "y"}}', "a.0.say.txet: Unexpected keyword"),
        ('{"a": [{"kind": "status", "code": 200}]}', "a.0.status.code: Input should be greater"),
        (
            '{"a": {"kind": "slow", "delay_s": -1, "then": {"kind": "hang"}}}',
            "a.0.slow.delay_s: Input should be greater",
        ),
    ],
)
def test_a_malformed_file_is_refused_by_place_and_reason(
    tmp_path: Path, text: str, fault: str
) -> None:
    file = tmp_path / "behaviours.json"
    file.write_text(text)
    with pytest.raises(BehaviourFileError) as refused:
        load_behaviours(file)
    assert str(refused.value).startswith(f"{file}: {fault}")


def test_a_missing_file_is_named_on_stderr_with_exit_code_2(tmp_path: Path) -> None:
    missing = tmp_path / "none.json"
    finished = subprocess.run(
        [sys.executable, "-m", "tests.provider", "--behaviours", str(missing)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == f"{missing}: No such file or directory\n"
