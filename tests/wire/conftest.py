"""litellm, loaded once for all tests; a provider that misbehaves; seats and councils on it."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import anyio
import pytest

from magi_mcp.core.budget import Purse
from magi_mcp.core.case import Candidate, Seat
from magi_mcp.identity import SystemClock
from magi_mcp.ports import Clock, SeatPort
from magi_mcp.seats.litellm import LitellmCompletions, LitellmLibrary
from magi_mcp.seats.office import Office
from magi_mcp.seats.places import Places
from magi_mcp.seats.retrying import Retries
from magi_mcp.service import Council
from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council
from tests.provider import GALLERY, MisbehavingProvider
from tests.seats.offices import Pauses, case_of

PATIENCE_S = 10.0
"""How long a call may take that is meant to be answered."""


class SeatOn(Protocol):
    """Makes the only seat of a case, on a model and its fallbacks."""

    def __call__(
        self, *models: str | Candidate, timeout_s: float = ..., tries: int = ...
    ) -> SeatPort: ...


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
    """Makes seats that learn together which formats are refused, and have a try for each prompt.

    More tries follow at once, without a pause.
    """
    offices = {tries: office_of(completions, tries) for tries in (1, 3)}

    def make(*models: str | Candidate, timeout_s: float = PATIENCE_S, tries: int = 1) -> SeatPort:
        first, *others = (m if isinstance(m, Candidate) else Candidate(model=m) for m in models)
        seat = Seat(
            name="melchior", model=first.model, access=first.access, fallbacks=tuple(others)
        )
        case = case_of({"melchior": ("openai/any",)}, timeout_s=timeout_s)
        case = case.model_copy(update={"seats": (seat,)})
        return offices[tries].seats(case, Purse())["melchior"]

    return make


def office_of(
    completions: LitellmCompletions,
    tries: int = 3,
    *,
    clock: Clock | None = None,
    sleep: Callable[[float], Awaitable[None]] | None = None,
) -> Office:
    """An office that sends its calls over the wire; without ``sleep`` no pause is made."""
    return Office(
        completions,
        redact=completions.redact,
        places=Places(200),
        clock=clock or SystemClock(),
        retries=Retries(tries, sleep or Pauses().sleep),
    )


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
