"""Council: who sits on it. From the caller's seats and personas, else the configured ones.

Layer: edge, between configuration and core; pure. It must not know where settings come from,
nor call anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count

from magi_mcp.candidates import candidates_of
from magi_mcp.core.callers import check_callers
from magi_mcp.core.case import Candidate, Lens, Seat, models_of
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.personas import (
    NO_PERSONAS,
    Persona,
    PersonasError,
    PresetLibrary,
    UnknownPreset,
    deal_personas,
    find_persona,
    resolve_personas,
)
from magi_mcp.roster import NOTHING_CONFIGURED, Roster, seated
from magi_mcp.seat_strings import parse_each
from magi_mcp.settings.errors import ConfigurationError
from magi_mcp.settings.model import Settings

DEFAULT_NAMES = ("melchior", "balthasar", "casper")
"""The names of the first seats that are given none; the others are numbered by their places."""


@dataclass(frozen=True)
class _Place:
    """A place on the council before it has a name and a lens for certain."""

    name: str | None
    candidates: tuple[Candidate, ...]
    persona: str | None = None
    trust: float = 0.0


def council(
    settings: Settings,
    *,
    seats: Sequence[str],
    personas: Sequence[str],
    library: PresetLibrary,
    roster: Roster = NOTHING_CONFIGURED,
    looked_for: str = "",
) -> tuple[Seat, ...]:
    """The seats in order, with names, models and lenses.

    `seats` are seat strings, one each, whose models are reached as the `roster` says; none
    means the configured seats. `personas` is the contract's argument of that name; nothing
    means each seat's own persona, or else those of the configured preset that no seat has
    claimed, in order. `looked_for` is where seats were looked for that were not configured.

    Raises `NoSeats`, `CallerError` for seats and personas that cannot be followed, and
    `ConfigurationError` where it was the configuration that named an unknown preset.
    """
    chosen = _given(seats, roster) if seats else _configured(settings)
    if not chosen:
        raise NoSeats(_how_to_seat(settings, looked_for))
    try:
        if personas:
            lenses = resolve_personas(personas, len(chosen), library, settings.personas)
        else:
            lenses = _own_or_dealt(chosen, settings.personas, library)
    except PersonasError as error:
        raise _translated(error, settings, personas) from error
    sitting = tuple(
        seated(name, place.candidates, lens=_lens(persona), trust=place.trust)
        for name, place, persona in zip(_names(chosen), chosen, lenses, strict=True)
    )
    check_callers({seat.name: models_of(seat) for seat in sitting}, (), ())
    return sitting


def _configured(settings: Settings) -> tuple[_Place, ...]:
    return tuple(
        _Place(seat.name, candidates_of(seat), seat.persona, seat.trust) for seat in settings.seats
    )


def _given(texts: Sequence[str], roster: Roster) -> tuple[_Place, ...]:
    return tuple(
        _Place(seat.name, roster.candidates((seat.model, *seat.fallbacks)))
        for seat in parse_each(texts)
    )


def _names(seats: Sequence[_Place]) -> list[str]:
    """Each seat's name, or the default one of its place, which is also that of its persona.

    Where another seat was given that name, it is the first default name that is free.
    """
    taken = {seat.name.casefold() for seat in seats if seat.name is not None}
    names = []
    for place, seat in enumerate(seats):
        name = seat.name
        if name is None:
            defaults = map(_default_name, chain([place], count()))
            name = next(default for default in defaults if default not in taken)
            taken.add(name)
        names.append(name)
    return names


def _default_name(place: int) -> str:
    return DEFAULT_NAMES[place] if place < len(DEFAULT_NAMES) else f"seat-{place + 1}"


def _own_or_dealt(
    seats: Sequence[_Place], preset_name: str, library: PresetLibrary
) -> tuple[Persona | None, ...]:
    """Each seat's own persona; the seats without one share out what is left of the preset."""
    preset = None if preset_name.casefold() == NO_PERSONAS else library.get(preset_name)
    known = () if preset is None else preset.personas
    own = [
        None
        if seat.persona is None
        else find_persona(seat.persona, known) or Persona(name=f"Lens {number}", lens=seat.persona)
        for number, seat in enumerate(seats, start=1)
    ]
    if preset is None:
        return tuple(own)
    left = tuple(persona for persona in known if persona not in own)
    rest = preset.model_copy(update={"personas": left or known})
    dealt = iter(deal_personas(rest, own.count(None)))
    return tuple(next(dealt) if persona is None else persona for persona in own)


def _lens(persona: Persona | None) -> Lens | None:
    return None if persona is None else Lens(name=persona.name, text=persona.lens)


def _translated(error: PersonasError, settings: Settings, given: Sequence[str]) -> CallerError:
    """The error for whoever chose the personas: the caller, or the configuration."""
    problem = str(error).removeprefix("personas: ")
    configured_at = settings.sources.get("personas")
    if configured_at and isinstance(error, UnknownPreset) and error.name not in given:
        return ConfigurationError(configured_at, "personas", problem)
    return CallerError("personas", problem)


def _how_to_seat(settings: Settings, looked_for: str) -> str:
    return (
        f"nobody sits on the council. {looked_for}{' ' if looked_for else ''}"
        "Name at least one model: on the command line with "
        "--seat openai/gpt-4o-mini (once for each seat); in the environment with "
        "MAGI_SEATS=openai/gpt-4o-mini,anthropic/claude-sonnet-4-6; or in "
        f'{settings.user_file} with a table [[seats]] and model = "openai/gpt-4o-mini" in it. '
        "Each model's provider needs its key in the environment: OPENAI_API_KEY for openai/..., "
        "ANTHROPIC_API_KEY for anthropic/..., GEMINI_API_KEY for gemini/..., "
        "OPENROUTER_API_KEY for openrouter/... Until then only the tool deliberate works: "
        "whoever calls it is asked to play the seats itself."
    )
