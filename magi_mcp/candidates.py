"""Candidates: the models of the configuration as the core has them, each with its access.

Layer: edge, between configuration and core; pure. It must not know who else sits on the council,
nor call anybody. What a fallback takes over from the model before it is decision 0016.
"""

from collections.abc import Iterable, Iterator

from magi_mcp.core.case import ARBITER, Access, Candidate, Seat
from magi_mcp.roster import Roster, seated, sharing
from magi_mcp.settings import CandidateSettings, ServedSettings, Settings


def candidates_of(served: ServedSettings) -> tuple[Candidate, ...]:
    """The model of a seat or an arbiter and its fallbacks, in the order they are tried."""
    leader = _candidate(served)
    return (leader, *(_fallback(leader, each) for each in served.fallbacks))


def configured_arbiter(settings: Settings) -> Seat | None:
    """The arbiter of the configuration; None where there is none."""
    arbiter = settings.arbiter
    return None if arbiter is None else seated(ARBITER, candidates_of(arbiter))


def substitutes_of(settings: Settings) -> tuple[Candidate, ...]:
    """The models that may stand in for a seat, as they are configured."""
    return tuple(
        Candidate(model=each) if isinstance(each, str) else _candidate(each)
        for each in settings.substitutes
    )


def roster_of(settings: Settings) -> Roster:
    """Every model that the configuration names, and what it allows callers to name besides."""
    served: Iterable[ServedSettings] = (
        *settings.seats,
        *([] if settings.arbiter is None else [settings.arbiter]),
    )
    return Roster(
        configured=(*_all(served), *substitutes_of(settings)), allowed=settings.allowed_models
    )


def _all(served: Iterable[ServedSettings]) -> Iterator[Candidate]:
    for each in served:
        yield from candidates_of(each)


def _candidate(settings: CandidateSettings) -> Candidate:
    return Candidate(
        model=settings.model,
        access=Access(
            api_base=settings.api_base,
            api_key_env=settings.api_key_env,
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            extra_body=settings.extra_body,
        ),
        family=settings.family,
    )


def _fallback(leader: Candidate, given: str | CandidateSettings) -> Candidate:
    if isinstance(given, str):
        return sharing(leader, given)
    own = _candidate(given)
    seats = leader.access
    access = own.access.model_copy(
        update={
            "temperature": seats.temperature if given.temperature is None else given.temperature,
            "max_tokens": seats.max_tokens if given.max_tokens is None else given.max_tokens,
        }
    )
    return own.model_copy(update={"access": access})
