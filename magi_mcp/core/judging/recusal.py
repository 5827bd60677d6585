"""Core: who may judge. Whoever's family trained an author of the answers does not.

Models favour what their own family writes. A seat keeps those of its models that are of other
families; without any, a substitute of another family sits in its place. Decided when the case
is drawn up, and frozen in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from magi_mcp.core.case import Candidate, Seat
from magi_mcp.core.families import SCRIPTED, family_of
from magi_mcp.core.judging.case import Recusal


@dataclass(frozen=True)
class Bench:
    """Who judges: the seats, who may still stand in for one that fails, and what was noticed."""

    seats: tuple[Seat, ...]
    substitutes: tuple[Candidate, ...]
    recusals: tuple[Recusal, ...] = ()
    warnings: tuple[str, ...] = ()


def bench(seats: Sequence[Seat], substitutes: Sequence[Candidate], authors: Sequence[str]) -> Bench:
    """The panel for answers by ``authors``, model strings; none of them recuse nobody.

    Where nobody of another family is left to judge, all sit who were to be recused: their
    judgement is better than none, and provisional.
    """
    families = {family for author in authors if (family := family_of(author)) is not None}
    free = [each for each in substitutes if each.known_family not in families]
    seated: list[Seat] = []
    recusals: list[Recusal] = []
    for seat in seats:
        fit = _without(seat, families)
        if fit is not None and fit.model == seat.model:
            seated.append(fit)
            continue
        if fit is None and free:
            fit = _served_by(seat, _least_alike(free, seats))
            free.remove(fit.candidates[0])
        if fit is not None:
            seated.append(fit)
        recusals.append(_recusal(seat, fit))
    return Bench(
        seats=tuple(seated) or tuple(seats),
        substitutes=tuple(free),
        recusals=tuple(recusals),
        warnings=(*_unknown_authors(authors), *_told(recusals), *_unknown_judges(seated, families)),
    )


def _without(seat: Seat, families: Collection[str]) -> Seat | None:
    """The seat with those of its models alone that are of none of ``families``."""
    fit = [each for each in seat.candidates if each.known_family not in families]
    return _served_by(seat, *fit) if fit else None


def _served_by(seat: Seat, leader: Candidate, *fallbacks: Candidate) -> Seat:
    return seat.model_copy(
        update={
            "model": leader.model,
            "access": leader.access,
            "family": leader.family,
            "fallbacks": fallbacks,
        }
    )


def _least_alike(free: Sequence[Candidate], seats: Sequence[Seat]) -> Candidate:
    """The first substitute whose family has no seat yet, else the first there is."""
    seated = {seat.candidates[0].known_family for seat in seats} - {None}
    return next((each for each in free if each.known_family not in seated), free[0])


def _recusal(seat: Seat, fit: Seat | None) -> Recusal:
    family = seat.candidates[0].known_family
    assert family is not None, "only a known family is recused"
    return Recusal(
        seat=seat.name, model=seat.model, family=family, substitute=fit.model if fit else None
    )


def _told(recusals: Sequence[Recusal]) -> list[str]:
    return [
        f"{each.seat} was recused from judging with {each.model}: {each.family} trained an author "
        f"of the answers. In its place judges {each.substitute}."
        for each in recusals
        if each.substitute is not None
    ]


def _unknown_authors(authors: Sequence[str]) -> list[str]:
    unknown = [author for author in dict.fromkeys(authors) if family_of(author) is None]
    names = ", ".join(unknown)
    told = f"authors: the model family of {names} is unknown, so nobody was recused because of it."
    return [told] if unknown else []


def _unknown_judges(seats: Sequence[Seat], families: Collection[str]) -> list[str]:
    unknown = [
        seat.name
        for seat in seats
        if seat.candidates[0].known_family is None and not seat.model.startswith(SCRIPTED)
    ]
    told = (
        f"Whether {', '.join(unknown)} should have been recused cannot be told: the model family "
        "is unknown."
    )
    return [told] if families and unknown else []
