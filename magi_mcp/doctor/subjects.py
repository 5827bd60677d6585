"""Doctor: which models are to be tried, each once, and for whom each was configured.

Pure. It must not know what a model string means to a provider.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from magi_mcp.checks import Probed
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import ARBITER, Candidate, Seat
from magi_mcp.doctor.diagnosis import Role, Use
from magi_mcp.toml_lines import KeyPath

PlaceOf = Callable[[KeyPath], str]
"""Where the setting at a path was made: a file and its line, a variable, a flag."""


@dataclass(frozen=True)
class Members:
    """Everybody who may be asked: the seats in order, the arbiter, the substitutes."""

    seats: tuple[Seat, ...] = ()
    arbiter: Seat | None = None
    substitutes: tuple[Candidate, ...] = ()

    @property
    def everybody(self) -> tuple[Seat, ...]:
        """The seats in order, and the arbiter."""
        return self.seats if self.arbiter is None else (*self.seats, self.arbiter)


@dataclass(frozen=True)
class Subject:
    """A model at an address, to be tried once for all that use it.

    ``candidate`` is the first that names it. ``uses`` say whom it may serve, in order;
    ``address_place`` where the address was set that is its own, None without one.
    """

    candidate: Candidate
    uses: tuple[Use, ...]
    address_place: str | None = None

    @property
    def family(self) -> str | None:
        """Who trained it, as far as that is known."""
        return self.candidate.known_family


@dataclass(frozen=True)
class Trial:
    """A subject, and what trying it told."""

    subject: Subject
    probed: Probed

    @property
    def model(self) -> str:
        """The model string that was tried."""
        return self.subject.candidate.model

    @property
    def seats(self) -> tuple[str, ...]:
        """Whom it may serve, the arbiter included, each once."""
        return tuple(dict.fromkeys(use.seat for use in self.subject.uses if use.seat is not None))


def subjects_of(members: Members, place_of: PlaceOf) -> tuple[Subject, ...]:
    """Every distinct request that serving the members can lead to, in order of first use.

    Two candidates are one subject where the same would be sent to the same address: how much
    a reply may hold, and whose family a model is, make no other request.
    """
    found: dict[str, Subject] = {}
    for candidate, use, path in _uses(members, place_of):
        if candidate.model == CALLER:
            continue  # no request is sent for it
        key = _request(candidate)
        address = place_of((*path, "api_base")) if candidate.access.api_base else None
        known = found.get(key, Subject(candidate, (), address))
        found[key] = replace(known, uses=(*known.uses, use))
    return tuple(found.values())


def trial_of(candidate: Candidate, trials: Sequence[Trial]) -> Trial:
    """The trial in which a candidate was tried, be it under another seat's name."""
    key = _request(candidate)
    return next(trial for trial in trials if _request(trial.subject.candidate) == key)


def _request(candidate: Candidate) -> str:
    access = candidate.access.model_copy(update={"max_tokens": None})
    return f"{candidate.model} {access.model_dump_json()}"


_Use = tuple[Candidate, Use, KeyPath]
"""A candidate, its use, and the path of the table that says how it is reached."""


def _uses(members: Members, place_of: PlaceOf) -> Iterator[_Use]:
    for index, seat in enumerate(members.seats):
        yield from _uses_of_seat(seat, ("seats", index), f"seat {index + 1}, {seat.name}", place_of)
    if members.arbiter is not None:
        yield from _uses_of_seat(members.arbiter, (ARBITER,), ARBITER, place_of)
    for index, candidate in enumerate(members.substitutes):
        path = ("substitutes", index)
        place = f"{place_of(path)} (substitute {index + 1})"
        yield candidate, Use(seat=None, role="substitute", number=index + 1, place=place), path


def _uses_of_seat(seat: Seat, path: KeyPath, name: str, place_of: PlaceOf) -> Iterator[_Use]:
    for number, candidate in enumerate(seat.candidates):
        role: Role = "fallback" if number else "model"
        table = (*path, "fallbacks", number - 1) if number else path
        which = f"{name}, fallback {number}" if number else name
        place = f"{place_of((*table, 'model'))} ({which})"
        # A fallback that is only a name takes over the address of its seat.
        shares = candidate.access.api_base == seat.access.api_base
        access = path if shares else table
        yield candidate, Use(seat=seat.name, role=role, number=number, place=place), access
