"""Keys that were planted, and providers that quote them back in every way they can."""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.report import markdown
from magi_mcp.core.result import as_json, verdict_of
from tests.provider import (
    Behaviour,
    BrokenJson,
    ChatRequest,
    ErrorBody,
    MisbehavingProvider,
    Refusal,
    Status,
)
from tests.wire.conftest import Opened

SENT = "Zk7Wn2Qx9Lr4Tb8Vc3Mh6Jp1"
OF_ANOTHER_PROVIDER = "ant/Gh5+Yt2Rf8Ws1Qa9Zx3Ed7=="
PLANTED = (SENT, OF_ANOTHER_PROVIDER)

Echo = Callable[[ChatRequest], Behaviour]


def _headers(request: ChatRequest) -> str:
    return str(dict(request.headers))


ECHOES: dict[str, Echo] = {
    "unauthorized": lambda request: Status.unauthorized(f"Incorrect API key: {request.api_key}."),
    "cut-short": lambda request: Status.unauthorized(f"Bad key {SENT[:9]}*****{SENT[-4:]}"),
    "headers": lambda request: Status(400, message=f"Odd request, headers {_headers(request)}"),
    "server-error": lambda request: Status(500, message=f"No upstream for {request.api_key}"),
    "of-another": lambda request: Status(429, message=f"Upstream said {OF_ANOTHER_PROVIDER}"),
    "address": lambda request: Status(404, message=f"/v1/chat?key={SENT}&alt=json not found"),
    "error-body": lambda request: ErrorBody(f"denied to {_headers(request)}"),
    "page": lambda request: BrokenJson(f"<p>{_headers(request)}</p>", content_type="text/html"),
    "broken": lambda request: BrokenJson(f'{{"key": "{SENT}"'),
    "string": lambda request: BrokenJson(f'"{SENT}"'),
    "refusal": lambda request: Refusal(f"I will not work for {SENT}."),
}


@pytest.fixture
def echoing(provider: MisbehavingProvider, monkeypatch: pytest.MonkeyPatch) -> MisbehavingProvider:
    for prefix in ("OPENAI", "OPENROUTER", "HOSTED_VLLM"):
        monkeypatch.setenv(f"{prefix}_API_KEY", SENT)
    monkeypatch.setenv("ANTHROPIC_API_KEY", OF_ANOTHER_PROVIDER)
    for model, echo in ECHOES.items():
        provider.set(model, echo)
    return provider


@pytest.mark.parametrize("prefix", ["openai", "openrouter", "hosted_vllm"])
async def test_a_planted_key_is_found_in_no_dossier_no_store_and_no_log(
    echoing: MisbehavingProvider,
    opened: Opened,
    prefix: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    seats = tuple(f"{prefix}/{model}" for model in ECHOES)
    async with opened() as council:
        request = Request("Ship on Friday?", method="yes_no", seats=seats, owner=True)
        sitting = await council.put(request)
        dossier = await sitting.wait()
    assert dossier.status == "failed"
    assert len(dossier.causes) == len(ECHOES)
    assert {request.api_key for request in echoing.requests} == {SENT}
    printed = capfd.readouterr()
    places = {
        "entries": "\n".join(entry.model_dump_json() for entry in sitting.entries),
        "verdict": str(as_json(verdict_of(dossier), "full")),
        "report": markdown(dossier),
        "store": _stored(Path(council.store)),
        "log": caplog.text,
        "stdout": printed.out,
        "stderr": printed.err,
    }
    assert places["entries"].count("***") >= len(ECHOES)
    for place, text in places.items():
        for key in PLANTED:
            assert _pieces(key).isdisjoint(_pieces(text)), f"a piece of {key} in the {place}"


def _pieces(text: str) -> set[str]:
    """Every run of ten characters."""
    return {text[start : start + 10] for start in range(len(text) - 9)}


def _stored(path: Path) -> str:
    with sqlite3.connect(path) as store:
        return "\n".join(store.iterdump())
