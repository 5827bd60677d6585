"""Standing: how a council stands before it is asked anything, for people to see.

Layer: edge, beside convening; pure. It must not know how it is shown, and holds neither keys
nor addresses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from magi_mcp.convening import Bylaws, Request
from magi_mcp.core.case import Candidate, Limits, Seat
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.core.health import Condition, endpoint_of


@dataclass(frozen=True)
class Provisions:
    """What the owner has laid down beside the bylaws.

    ``sources`` gives for each setting in force where it was set. The limits hold for a UTC day
    and for the process; None is no bound. ``max_wait_s`` is how long one call may wait.
    ``roots`` are the folders whose files a caller may give.
    """

    sources: Mapping[str, str] = field(default_factory=dict)
    max_cost_usd_per_day: float | None = None
    max_tokens_per_day: int | None = None
    max_concurrent_calls: int | None = None
    max_concurrent_calls_per_provider: int | None = None
    max_wait_s: float = 50.0
    roots: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Member:
    """A model that may serve; ``condition`` is None where it was not called yet."""

    model: str
    family: str | None
    condition: Condition | None


@dataclass(frozen=True)
class Place:
    """A seat, or the arbiter: its model and its fallbacks, in the order they are tried."""

    name: str
    persona: str | None
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Standing:
    """A council as it stands at the moment ``now``, epoch seconds.

    ``obstacle`` says why no question can be put, None where one can. ``may_be_named`` are the
    models a caller may name, patterns included. ``notes`` tell how seats were found that
    nobody configured, ``warnings`` what of the configuration is ignored.
    """

    now: float
    seats: tuple[Place, ...]
    arbiter: Place | None
    substitutes: tuple[Member, ...]
    obstacle: str | None
    method: str
    protocol: str
    language: str
    limits: Limits
    provisions: Provisions
    may_be_named: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def standing_of(
    bylaws: Bylaws, provisions: Provisions, conditions: Sequence[Condition], now: float
) -> Standing:
    """How the council of these bylaws stands, whose models have fared so."""
    fared = {condition.endpoint: condition for condition in conditions}

    def place(seat: Seat) -> Place:
        members = tuple(_member(candidate, fared) for candidate in seat.candidates)
        return Place(seat.name, seat.lens.name if seat.lens else None, members)

    seats, obstacle = _seats(bylaws)
    roster = bylaws.roster
    named = dict.fromkeys((*(each.model for each in roster.configured), *roster.allowed))
    return Standing(
        now=now,
        seats=tuple(map(place, seats)),
        arbiter=None if bylaws.arbiter is None else place(bylaws.arbiter),
        substitutes=tuple(_member(candidate, fared) for candidate in bylaws.substitutes),
        obstacle=obstacle,
        method=bylaws.method,
        protocol=bylaws.protocol,
        language=bylaws.language,
        limits=bylaws.limits,
        provisions=provisions,
        may_be_named=tuple(named),
        notes=bylaws.notes,
        warnings=bylaws.warnings,
    )


def _seats(bylaws: Bylaws) -> tuple[tuple[Seat, ...], str | None]:
    try:
        return bylaws.seats_for(Request(question="")), None
    except NoSeats as nobody:
        return (), nobody.problem
    except CallerError as fault:
        return (), str(fault)


def _member(candidate: Candidate, fared: Mapping[str, Condition]) -> Member:
    return Member(
        model=candidate.model,
        family=candidate.known_family,
        condition=fared.get(endpoint_of(candidate)),
    )
