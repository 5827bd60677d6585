"""litellm, loaded once for all tests; a provider that misbehaves; seats and councils on it."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import anyio
import pytest

from magi_mcp.seats.litellm import LitellmCompletions, LitellmLibrary
from magi_mcp.seats.model_seat import ModelSeat, ReplyFormats
from magi_mcp.service import Council
from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council
from tests.provider import GALLERY, MisbehavingProvider

PATIENCE_S = 10.0
"""How long a call may take that is meant to be answered."""


class SeatOn(Protocol):
    """Makes a seat on one model."""

    def __call__(self, model: str, timeout_s: float = ...) -> ModelSeat: ...


@pytest.fixture(scope="session")
def library() -> LitellmLibrary:
    library = LitellmLibrary()
    anyio.run(library.load)
    return library


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and no address of whoever runs the tests."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_API_BASE", "_BASE_URL", "_TOKEN")):
            monkeypatch.delenv(name)


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MisbehavingProvider]:
    """Serves the gallery; what `openai/`, `openrouter/` and `hosted_vllm/` models lead to."""
    async with MisbehavingProvider(GALLERY) as provider:
        for name in ("OPENAI", "OPENROUTER", "HOSTED_VLLM"):
            monkeypatch.setenv(f"{name}_API_BASE", provider.base_url)
        yield provider


@pytest.fixture
async def completions(library: LitellmLibrary) -> AsyncIterator[LitellmCompletions]:
    completions = LitellmCompletions(library, os.environ)
    yield completions
    await completions.aclose()


@pytest.fixture
def seat_on(completions: LitellmCompletions) -> SeatOn:
    """Makes seats on one model each; all of them learn together which formats are refused."""
    formats = ReplyFormats()

    def make(model: str, timeout_s: float = PATIENCE_S) -> ModelSeat:
        return ModelSeat(model, completions, formats, timeout_s)

    return make


class Opened(Protocol):
    """Opens a council, for as long as a block lasts."""

    def __call__(self, **environ: str) -> AbstractAsyncContextManager[Council]: ...


@pytest.fixture
def opened(library: LitellmLibrary, provider: MisbehavingProvider, tmp_path: Path) -> Opened:
    """Opens the council as the command line does, always on the same store of this test."""
    store = f"sqlite:///{tmp_path / 'dossiers.sqlite3'}"

    def open_one(**environ: str) -> AbstractAsyncContextManager[Council]:
        settings = load_settings(
            environ={"MAGI_STORE": store, **environ}, cwd=tmp_path, user_dir=tmp_path
        )
        return open_council(settings)

    return open_one
