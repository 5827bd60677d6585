"""Core: several answers, compared pair by pair in both orders: ballots, flips, the ranking.

A judge that prefers one answer in one order and not in the other has told the order and not
the answers apart: that is its abstention on the pair, and is counted as a flip.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from magi_mcp.core.asks import Replies
from magi_mcp.core.ballots import Abstention, Missing, Unreadable
from magi_mcp.core.judging.asking import (
    Pair,
    both_orders,
    comparison_ask_id,
    comparison_form,
    in_order,
)
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.findings import PairBallot, PairKind
from magi_mcp.core.judging.forms import Preference
from magi_mcp.core.judging.hearing import Heard, heard

LOST: tuple[PairKind, ...] = ("unreadable", "failed")
"""The kinds of ballots that were asked for and could not be had."""


@dataclass(frozen=True)
class Bout:
    """What one judge says of one pair: once in either order, and what it comes to."""

    ballot: PairBallot
    said: tuple[Heard, Heard]


@dataclass(frozen=True)
class Standing:
    """How an answer fares. ``wins`` of the ``counted`` ballots that compare it prefer it."""

    wins: int = 0
    counted: int = 0

    @property
    def share(self) -> Fraction | None:
        """Wins / counted; None where nobody could tell it from another."""
        return Fraction(self.wins, self.counted) if self.counted else None

    @property
    def merit(self) -> Fraction:
        """What it is ranked by: its share; without one it is neither better nor worse."""
        return Fraction(1, 2) if self.share is None else self.share


@dataclass(frozen=True)
class Bouts:
    """All comparisons so far, in the order in which they were asked."""

    case: JudgementCase
    bouts: tuple[Bout, ...] = ()

    def after(self, number: int, pairs: Sequence[Pair], replies: Replies) -> "Bouts":
        """The same with the replies to one more round."""
        new = tuple(
            _bout(self.case, number, seat.name, pair, replies)
            for seat in self.case.seats
            for pair in pairs
        )
        return Bouts(self.case, (*self.bouts, *new))

    @property
    def everything(self) -> list[Heard]:
        """All that was said, in the order in which it was asked."""
        return [each for bout in self.bouts for each in bout.said]

    @property
    def ballots(self) -> list[PairBallot]:
        """The ballots on pairs, in the same order."""
        return [bout.ballot for bout in self.bouts]

    @property
    def met(self) -> frozenset[frozenset[int]]:
        """The pairs that were compared, whichever way round."""
        return frozenset(frozenset(ballot.answers) for ballot in self.ballots)

    @property
    def flips(self) -> int:
        """How many preferences went with the order."""
        return sum(ballot.kind == "flipped" for ballot in self.ballots)

    @property
    def counted_judges(self) -> tuple[str, ...]:
        """The judges of whom at least one ballot is counted, in seat order."""
        voiced = {b.said[0].seat for b in self.bouts if b.ballot.kind == "preference"}
        return tuple(seat.name for seat in self.case.seats if seat.name in voiced)

    @property
    def heard_judges(self) -> tuple[str, ...]:
        """The judges of whom anything could be read about a pair in both orders."""
        spoke = {b.said[0].seat for b in self.bouts if b.ballot.kind not in LOST}
        return tuple(seat.name for seat in self.case.seats if seat.name in spoke)

    def of(self, seat: str) -> Iterator[Bout]:
        """The bouts of one judge."""
        return (bout for bout in self.bouts if bout.said[0].seat == seat)

    @cached_property
    def standings(self) -> Mapping[int, Standing]:
        """How every answer fares by all ballots counted so far, by its number."""
        counted = [each for each in self.ballots if each.kind == "preference"]
        return {n: _standing(n, counted) for n in range(1, len(self.case.answers) + 1)}

    def strength_met(self, number: int) -> Fraction:
        """The mean merit of those an answer was compared with; one half where with nobody."""
        others = [
            self.standings[other].merit
            for pair in self.met
            if number in pair
            for other in pair - {number}
        ]
        return sum(others, Fraction()) / len(others) if others else Fraction(1, 2)


def _standing(number: int, counted: Iterable[PairBallot]) -> Standing:
    own = [ballot for ballot in counted if number in ballot.answers]
    return Standing(sum(ballot.prefers == number for ballot in own), len(own))


def _bout(case: JudgementCase, number: int, seat: str, pair: Pair, replies: Replies) -> Bout:
    form = comparison_form(case)
    said = [
        heard(seat, in_order(shown), replies.by_ask[comparison_ask_id(number, seat, shown)], form)
        for shown in both_orders(pair)
    ]
    one, other = said
    kind, prefers = _ballot(pair, one, other)
    return Bout(PairBallot(answers=pair, kind=kind, prefers=prefers), (one, other))


def _ballot(pair: Pair, one: Heard, other: Heard) -> tuple[PairKind, int | None]:
    """What a judge's readings of a pair, in its order and the other one, come to."""
    opinions = one.opinion, other.opinion
    for lost, kind in _LOSSES:
        if any(isinstance(opinion, lost) for opinion in opinions):
            return kind, None
    first, then = map(_preferred, both_orders(pair), opinions)
    if first != then:
        return "flipped", None
    return ("level" if first is None else "preference"), first


_LOSSES: tuple[tuple[type, PairKind], ...] = (
    (Missing, "failed"),
    (Unreadable, "unreadable"),
    (Abstention, "abstained"),
)


def _preferred(shown: Pair, opinion: object) -> int | None:
    assert isinstance(opinion, Preference), "a comparison holds no score"
    match opinion.better:
        case "first":
            return shown[0]
        case "second":
            return shown[1]
        case None:
            return None
