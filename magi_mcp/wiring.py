"""The composition root: from settings to a council in office. Nobody else names adapters."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from magi_mcp.candidates import configured_arbiter, roster_of, substitutes_of
from magi_mcp.convening import Bylaws, Request
from magi_mcp.core.budget import Pool
from magi_mcp.core.case import Limits, Seat
from magi_mcp.core.errors import CallerError
from magi_mcp.council import council as seats_of
from magi_mcp.discovery.findings import Found, seats_of_the_caller
from magi_mcp.discovery.providers import found_by_keys
from magi_mcp.identity import SystemClock, new_owner
from magi_mcp.journal.sqlite import SqliteJournal
from magi_mcp.personas import PresetLibrary, load_presets, user_presets_dir
from magi_mcp.prompt_files import ARGUMENT as PROMPTS
from magi_mcp.prompt_files import Prompts, prompts_in
from magi_mcp.runtime.chamber import open_chamber
from magi_mcp.runtime.spending import DayBudget
from magi_mcp.seats.late import LateSeats
from magi_mcp.service import Council
from magi_mcp.settings import ConfigurationError, Settings
from magi_mcp.standing import Provisions

if TYPE_CHECKING:
    from magi_mcp.doctor.diagnosis import Diagnosis


_STORE = "store.url"


def default_store() -> Path:
    """Where dossiers lie if nothing else is configured: the user's data directory."""
    return platformdirs.user_data_path("magi-mcp", appauthor=False) / "dossiers.sqlite3"


async def _opened_store(settings: Settings, clock: SystemClock) -> SqliteJournal:
    try:
        return await SqliteJournal.open(settings.store.url or default_store(), clock)
    except CallerError as fault:
        place = settings.sources.get(_STORE)
        if place is None or place.startswith("--"):
            raise
        raise ConfigurationError(place, _STORE, fault.problem) from fault


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
    journal = await _opened_store(settings, clock)
    limits = settings.limits
    seats = LateSeats(
        environ, clock, limits.max_concurrent_calls, limits.max_concurrent_calls_per_provider
    )
    try:
        day = DayBudget(_day_pool(settings), journal, clock)
        async with open_chamber(journal, seats, new_owner(), day) as chamber:
            yield Council(
                bylaws=_bylaws(settings, environ),
                chamber=chamber,
                journal=journal,
                clock=clock,
                models=seats,
                store=str(journal.path),
                provisions=_provisions(settings),
                health=seats.health,
            )
    finally:
        await seats.aclose()
        await journal.aclose()


async def examine(settings: Settings, environ: Mapping[str, str] | None = None) -> "Diagnosis":
    """What is wrong with the council that the settings describe, and how to mend it.

    Makes one small call to every model, opens no store and writes nothing.
    """
    # A server starts here too, and has no use for any of these.
    from magi_mcp.doctor.checkup import Practice, check_up
    from magi_mcp.journal.inspection import look_through
    from magi_mcp.seats.litellm import LitellmCompletions, LitellmLibrary
    from magi_mcp.seats.model_lists import ModelLists
    from magi_mcp.seats.probing import ModelProber

    environ = os.environ if environ is None else environ
    completions = LitellmCompletions(LitellmLibrary(), environ)
    lists = ModelLists(environ, completions.redact)
    try:
        return await check_up(
            Practice(
                bylaws=_bylaws(settings, environ),
                prober=ModelProber(completions, completions, lists),
                look_at_store=partial(look_through, settings.store.url or default_store()),
                clock=SystemClock(),
                personas=settings.personas,
                personas_folder=str(user_presets_dir()),
                sources=settings.sources,
                places=settings.places,
                ignored=settings.warnings,
                user_file=str(settings.user_file),
            )
        )
    finally:
        await completions.aclose()


def not_examined(fault: CallerError) -> "Diagnosis":
    """The diagnosis where the settings themselves cannot be read."""
    from magi_mcp.doctor.checkup import misconfigured

    return misconfigured(fault, load_presets(user_presets_dir()), str(user_presets_dir()))


def _day_pool(settings: Settings) -> Pool:
    limits = settings.limits
    return Pool("day", limits.max_tokens_per_day, limits.max_cost_usd_per_day)


def _bylaws(settings: Settings, environ: Mapping[str, str]) -> Bylaws:
    """The bylaws of the configured seats, else of those that are found (decision 0015)."""
    presets = load_presets(user_presets_dir())
    if settings.seats:
        return _bylaws_of(settings, presets)
    by_keys = found_by_keys(environ)
    if by_keys.seats:
        return _bylaws_of(settings, presets, by_keys)

    async def look_further() -> Bylaws:
        # Only where nothing else is found, and not before a question is put.
        from magi_mcp.discovery.ollama import found_in_ollama

        nearby = await found_in_ollama(environ)
        if nearby.seats:
            return _bylaws_of(settings, presets, nearby)
        told = f"{by_keys.told} {nearby.told}"
        played = _bylaws_of(settings, presets, seats_of_the_caller(told))
        return replace(_bylaws_of(settings, presets, Found((), told)), played_by_caller=played)

    return replace(_bylaws_of(settings, presets, by_keys), look_further=look_further)


def _bylaws_of(settings: Settings, presets: PresetLibrary, found: Found | None = None) -> Bylaws:
    if found is not None:
        settings = settings.model_copy(update={"seats": found.seats})
    roster = roster_of(settings)
    limits = settings.limits

    def seats_for(request: Request) -> tuple[Seat, ...]:
        return seats_of(
            settings,
            seats=request.seats,
            personas=request.personas,
            library=presets,
            roster=roster,
            looked_for=found.told if found else "",
        )

    return Bylaws(
        seats_for=seats_for,
        prompts_for=partial(_prompts_for, settings),
        limits=Limits(
            timeout_s=limits.timeout_s,
            deadline_s=limits.deadline_s,
            min_voices=limits.min_voices,
            max_cost_usd=limits.max_cost_usd,
            max_tokens=limits.max_tokens,
            early_close=limits.early_close,
        ),
        protocol=settings.protocol,
        presets=presets,
        method=settings.method,
        language=settings.language,
        arbiter=configured_arbiter(settings),
        substitutes=substitutes_of(settings),
        roster=roster,
        warnings=(*settings.warnings, *map(str, presets.faults)),
        notes=(found.told,) if found and found.seats else (),
    )


def _provisions(settings: Settings) -> Provisions:
    limits = settings.limits
    return Provisions(
        sources=settings.sources,
        max_cost_usd_per_day=limits.max_cost_usd_per_day,
        max_tokens_per_day=limits.max_tokens_per_day,
        max_concurrent_calls=limits.max_concurrent_calls,
        max_concurrent_calls_per_provider=limits.max_concurrent_calls_per_provider,
        max_wait_s=limits.max_wait_s,
        roots=tuple(Path(folder).absolute() for folder in settings.roots),
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
