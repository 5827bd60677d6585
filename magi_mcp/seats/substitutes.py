"""Seats: models that may stand in for a seat of a case all of whose own have failed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from magi_mcp.core.case import Candidate


@dataclass(eq=False)
class Contender:
    """A candidate whose turn may come. ``seat`` is whom it serves, None while it is free.

    Two on one model are two.
    """

    candidate: Candidate
    seat: str | None = None


class Substitutes:
    """The substitutes of one case, each for one seat at a time.

    One that has answered for a seat stays with it for the rest of the deliberation. One that
    has failed is free again: its fault may not be another seat's.
    """

    def __init__(self, candidates: Iterable[Candidate] = ()) -> None:
        self._each = tuple(map(Contender, candidates))

    def of(self, seat: str) -> tuple[Contender, ...]:
        """Those that stand in for a seat."""
        return tuple(each for each in self._each if each.seat == seat)

    def free(self, without: Collection[Contender] = ()) -> tuple[Contender, ...]:
        """Those that stand in for nobody, in order, but for some."""
        return tuple(each for each in self._each if each.seat is None and each not in without)

    def dismiss(self, contender: Contender) -> None:
        """One of them has failed to serve; a seat's own candidates stay what they are."""
        if contender in self._each:
            contender.seat = None
