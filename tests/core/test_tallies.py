"""The decision rule: who wins, and what is said where nobody does. Semantics R2, R3."""

from fractions import Fraction

import pytest

from magi_mcp.core.case import Limits
from magi_mcp.core.tallies import Tally, decide

HALF = Fraction(1, 2)


def tally(
    votes: str,
    *,
    council: int | None = None,
    threshold: Fraction = HALF,
    min_voices: int = 2,
) -> Tally:
    """The tally of votes written as letters, one a seat: ``"aab"``."""
    return decide(
        {f"seat{place}": vote for place, vote in enumerate(votes)},
        council=council or len(votes),
        threshold=threshold,
        min_voices=min_voices,
    )


@pytest.mark.parametrize(
    ("votes", "council", "outcome", "ruling"),
    [
        ("aaa", 3, "unanimous", "a"),
        ("aa", 3, "majority", "a"),
        ("aab", 3, "majority", "a"),
        ("aabc", 4, "below_threshold", None),
        ("aabb", 4, "tie", None),
        ("bbaa", 4, "tie", None),
        ("abc", 3, "tie", None),
        ("ab", 3, "tie", None),
        ("a", 3, "no_quorum", None),
        ("", 3, "no_quorum", None),
        ("a", 1, "unanimous", "a"),
        ("aaabbcc", 7, "below_threshold", None),
        ("aaaabbcc", 8, "below_threshold", None),
    ],
)
def test_the_outcome_follows_from_the_votes_alone(
    votes: str, council: int, outcome: str, ruling: str | None
) -> None:
    decided = tally(votes, council=council)
    assert (decided.outcome, decided.ruling) == (outcome, ruling)


def test_only_a_council_that_counted_every_seat_is_unanimous() -> None:
    assert tally("aa", council=2).outcome == "unanimous"
    assert tally("aa", council=3).outcome == "majority"


def test_a_plurality_rules_only_below_a_threshold_of_one_half() -> None:
    below = tally("aaabbcc", threshold=Fraction(2, 5))
    assert (below.outcome, below.ruling) == ("plurality", "a")
    exactly_half = tally("aabc", threshold=Fraction(2, 5))
    assert (exactly_half.outcome, exactly_half.ruling) == ("plurality", "a")


@pytest.mark.parametrize(
    ("written", "votes", "ruling"),
    [
        (0.5, "aabb" + "a", "a"),
        (0.67, "aab", None),
        (0.66, "aab", "a"),
        (0.6666666666666666, "aab", "a"),
        (0.6667, "aab", None),
        (0.6, "aaabb", None),
        (0.59, "aaabb", "a"),
        (0.8, "aaaab", None),
        (1.0, "aaaab", None),
        (1.0, "aaaaa", "a"),
    ],
)
def test_the_threshold_is_the_decimal_number_that_was_written(
    written: float, votes: str, ruling: str | None
) -> None:
    threshold = Limits(vote_threshold=written).threshold
    assert tally(votes, threshold=threshold).ruling == ruling


def test_a_share_of_one_wins_at_every_threshold_if_enough_are_counted() -> None:
    assert tally("aa", council=5, threshold=Fraction(1)).outcome == "majority"
    assert tally("aa", council=5, threshold=Fraction(1), min_voices=3).outcome == "no_quorum"


def test_the_quorum_is_never_more_than_the_council() -> None:
    assert tally("aa", council=2, min_voices=5).outcome == "unanimous"
    assert tally("a", council=2, min_voices=5).outcome == "no_quorum"


def test_agreement_is_a_share_of_the_counted_and_routing_one_of_the_seats() -> None:
    survivor = tally("a", council=3)
    assert survivor.agreement == 1
    assert survivor.routing_share == Fraction(1, 3)
    assert tally("aab", council=4).agreement == Fraction(2, 3)
    assert tally("", council=3).agreement is None
    assert tally("", council=3).routing_share == 0


def test_entries_stand_by_votes_then_by_alphabet_and_their_seats_as_in_the_council() -> None:
    decided = decide(
        {"zoe": "b", "amy": "b", "kim": "c", "bob": "a"},
        council=4,
        threshold=HALF,
        min_voices=2,
    )
    assert [(e.position, e.votes, e.seats) for e in decided.entries] == [
        ("b", 2, ("zoe", "amy")),
        ("a", 1, ("bob",)),
        ("c", 1, ("kim",)),
    ]
    assert (decided.counted, decided.leading, decided.margin) == (4, 2, 1)


def test_a_leader_without_a_rival_leads_by_all_its_votes() -> None:
    assert tally("aa", council=5).margin == 2
    assert tally("", council=5).margin == 0
