"""Core: decision rules. Ballots go in, a tally with its outcome comes out.

Every rule states what it does on ties and below quorum, and counts in exact fractions.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

from magi_mcp.core.frozen import Frozen

CountedOutcome = Literal[
    "unanimous", "majority", "plurality", "tie", "below_threshold", "no_quorum"
]


class TallyEntry(Frozen):
    """One position with everyone who holds it, seats in the order of the council."""

    position: str
    votes: int
    seats: tuple[str, ...]


class Tally(Frozen):
    """Counted ballots. ``entries`` stand by votes, most first, then alphabetically.

    ``ruling`` is the winning position or None; ``council`` is the number of seats, counted
    or not.
    """

    entries: tuple[TallyEntry, ...]
    outcome: CountedOutcome
    ruling: str | None
    council: int

    @property
    def counted(self) -> int:
        return sum(entry.votes for entry in self.entries)

    @property
    def leading(self) -> int:
        """Votes of the strongest position; 0 where nobody voted."""
        return self.entries[0].votes if self.entries else 0

    @property
    def margin(self) -> int:
        """By how many votes the strongest position leads the next one."""
        runner_up = self.entries[1].votes if len(self.entries) > 1 else 0
        return self.leading - runner_up

    @property
    def agreement(self) -> Fraction | None:
        """Leader / counted (semantics R3); None where nobody voted."""
        return Fraction(self.leading, self.counted) if self.counted else None

    @property
    def routing_share(self) -> Fraction:
        """Leader / **seats** (semantics R3): one survivor of three never "agrees"."""
        return Fraction(self.leading, self.council)


def decide(
    votes: Mapping[str, str], *, council: int, threshold: Fraction, min_voices: int
) -> Tally:
    """Count ``votes`` (seat -> position, in the order of the council) by semantics R2.

    The unique leader wins if its share of the counted ballots exceeds ``threshold`` or is 1.
    Two leaders are a ``tie``, whoever comes first; a leader at or under the threshold is
    ``below_threshold``; fewer votes than ``min(min_voices, council)`` are ``no_quorum``.
    """
    holders: dict[str, list[str]] = {}
    for seat, position in votes.items():
        holders.setdefault(position, []).append(seat)
    entries = tuple(
        TallyEntry(position=position, votes=len(seats), seats=tuple(seats))
        for position, seats in sorted(holders.items(), key=lambda item: (-len(item[1]), item[0]))
    )
    outcome = _outcome(entries, council=council, threshold=threshold, min_voices=min_voices)
    won = outcome in ("unanimous", "majority", "plurality")
    return Tally(
        entries=entries,
        outcome=outcome,
        ruling=entries[0].position if won else None,
        council=council,
    )


def stands(
    votes: Mapping[str, str],
    still_open: int,
    *,
    council: int,
    threshold: Fraction,
    min_voices: int,
    settled: Fraction | None = None,
) -> bool:
    """Whether the same position wins whatever so many more seats say, or if they say nothing.

    With ``settled``, also whether the routing share comes to so much in any case.
    """
    leader, runner_up = (*sorted(Counter(votes.values()).values(), reverse=True), 0, 0)[:2]
    return (
        leader > runner_up + still_open
        and Fraction(leader, len(votes) + still_open) > threshold
        and len(votes) >= min(min_voices, council)
        and (settled is None or Fraction(leader, council) >= settled)
    )


def _outcome(
    entries: tuple[TallyEntry, ...], *, council: int, threshold: Fraction, min_voices: int
) -> CountedOutcome:
    counted = sum(entry.votes for entry in entries)
    if counted == 0 or counted < min(min_voices, council):
        return "no_quorum"
    leader = entries[0].votes
    if len(entries) > 1 and entries[1].votes == leader:
        return "tie"
    share = Fraction(leader, counted)
    if share != 1 and share <= threshold:
        return "below_threshold"
    if leader == council:
        return "unanimous"
    return "majority" if share > Fraction(1, 2) else "plurality"
