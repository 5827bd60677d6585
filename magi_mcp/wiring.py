"""The composition root: from settings to a council in office. Nobody else names adapters."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import platformdirs

from magi_mcp.convening import Bylaws, Request, arbiter_seat
from magi_mcp.core.budget import Purse, Tariff
from magi_mcp.core.case import Case, Limits, Seat
from magi_mcp.core.errors import CallerError
from magi_mcp.core.families import SCRIPTED
from magi_mcp.council import council as seats_of
from magi_mcp.identity import SystemClock, new_owner
from magi_mcp.journal.sqlite import SqliteJournal
from magi_mcp.personas import load_presets, user_presets_dir
from magi_mcp.ports import SeatPort
from magi_mcp.prompt_files import ARGUMENT as PROMPTS
from magi_mcp.prompt_files import Prompts, prompts_in
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.seats.litellm import LitellmCompletions, LitellmLibrary
from magi_mcp.seats.model_seat import ModelSeat, ReplyFormats
from magi_mcp.seats.scripted import ScriptedSeat
from magi_mcp.seats.scripts import script_named
from magi_mcp.service import Council
from magi_mcp.settings import ConfigurationError, Settings


def default_store() -> Path:
    """Where dossiers lie if nothing else is configured: the user's data directory."""
    return platformdirs.user_data_path("magi-mcp", appauthor=False) / "dossiers.sqlite3"


@asynccontextmanager
async def open_council(
    settings: Settings, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Council]:
    """The council that the settings describe, for as long as the block lasts.

    Raises ``StoreError`` or ``CallerError`` where the store cannot be opened. Loads no model
    library and calls nobody.
    """
    environ = os.environ if environ is None else environ
    clock = SystemClock()
    journal = await SqliteJournal.open(settings.store.url or default_store(), clock)
    library = LitellmLibrary()
    completions = LitellmCompletions(library, environ)
    try:
        async with open_chamber(journal, _Office(completions), new_owner()) as chamber:
            yield Council(
                bylaws=_bylaws(settings),
                chamber=chamber,
                journal=journal,
                clock=clock,
                models=library,
                store=str(journal.path),
            )
    finally:
        await completions.aclose()
        await journal.aclose()


class _Office:
    """Seats a case's council with models, or with the scripts that its model strings name."""

    def __init__(self, completions: LitellmCompletions) -> None:
        self._completions = completions
        self._formats = ReplyFormats()

    def seats(self, case: Case, purse: Purse) -> Mapping[str, SeatPort]:  # noqa: ARG002  (to come)
        return {seat.name: self._seat(seat, case.limits) for seat in case.everybody}

    async def tariffs(self, case: Case) -> Mapping[str, Tariff]:
        return {seat.name: Tariff(0, None, None) for seat in case.everybody}

    def _seat(self, seat: Seat, limits: Limits) -> SeatPort:
        if seat.model.startswith(SCRIPTED):
            script = script_named(seat.model.removeprefix(SCRIPTED))
            return ScriptedSeat(script(seat.name), model=seat.model)
        return ModelSeat(seat.model, self._completions, self._formats, limits.timeout_s)


def _bylaws(settings: Settings) -> Bylaws:
    presets = load_presets(user_presets_dir())

    def seats_for(request: Request) -> tuple[Seat, ...]:
        return seats_of(settings, seats=request.seats, personas=request.personas, library=presets)

    return Bylaws(
        seats_for=seats_for,
        prompts_for=partial(_prompts_for, settings),
        limits=Limits(
            timeout_s=settings.limits.timeout_s,
            deadline_s=settings.limits.deadline_s,
            min_voices=settings.limits.min_voices,
        ),
        protocol=settings.protocol,
        presets=presets,
        method=settings.method,
        language=settings.language,
        arbiter=arbiter_seat(settings.arbiter.model) if settings.arbiter else None,
        warnings=(*settings.warnings, *map(str, presets.faults)),
    )


def _prompts_for(settings: Settings, request: Request) -> Prompts:
    """The templates of the folder that the caller names, else of the configured one.

    Read anew for every question, so that a change counts from the next one on.
    """
    if request.prompts_dir is not None:
        return prompts_in(request.prompts_dir)
    folder = settings.prompts_dir
    try:
        return prompts_in(None if folder is None else Path(folder))
    except CallerError as fault:
        place = settings.sources[PROMPTS]
        raise ConfigurationError(place, PROMPTS, fault.problem) from fault
