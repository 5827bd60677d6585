"""Properties the aggregation must have. Evidence, "Properties"; semantics R2, R3."""

from dataclasses import dataclass, replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.case import Limits
from magi_mcp.core.tallies import Tally, decide
from tests.properties.search import examples

SEATS = [f"seat{number}" for number in range(9)]


@dataclass(frozen=True)
class Election:
    """Votes by seat, seats that are not counted, and the limits they are counted under."""

    votes: dict[str, str]
    uncounted: int
    threshold: str
    min_voices: int

    @property
    def council(self) -> int:
        return max(1, len(self.votes) + self.uncounted)

    def tally(self) -> Tally:
        return decide(
            self.votes,
            council=self.council,
            threshold=Limits(vote_threshold=float(self.threshold)).threshold,
            min_voices=self.min_voices,
        )


elections = st.builds(
    Election,
    votes=st.dictionaries(st.sampled_from(SEATS), st.sampled_from("abcd"), max_size=9),
    uncounted=st.integers(0, 3),
    threshold=st.sampled_from("0.25 0.4 0.5 0.6 0.66 0.67 0.8 1.0".split()),
    min_voices=st.integers(1, 5),
)


def shares(decided: Tally) -> dict[str, tuple[int, frozenset[str]]]:
    return {entry.position: (entry.votes, frozenset(entry.seats)) for entry in decided.entries}


@examples(100)
@given(elections, st.permutations(SEATS))
def test_the_order_of_seats_changes_nothing(election: Election, order: list[str]) -> None:
    votes = {seat: election.votes[seat] for seat in order if seat in election.votes}
    one, other = election.tally(), replace(election, votes=votes).tally()
    assert shares(one) == shares(other)
    assert [e.position for e in one.entries] == [e.position for e in other.entries]
    assert (one.outcome, one.ruling) == (other.outcome, other.ruling)


@examples(100)
@given(elections, st.permutations("abcd"))
def test_renaming_the_options_changes_nothing_but_their_names(
    election: Election, names: list[str]
) -> None:
    renamed = dict(zip("abcd", names, strict=True))
    votes = {seat: renamed[vote] for seat, vote in election.votes.items()}
    one, other = election.tally(), replace(election, votes=votes).tally()
    assert {renamed[p]: share for p, share in shares(one).items()} == shares(other)
    assert one.outcome == other.outcome
    assert (renamed[one.ruling] if one.ruling else None) == other.ruling


@examples(100)
@given(elections)
def test_no_vote_is_counted_twice_or_lost(election: Election) -> None:
    decided = election.tally()
    seats = [seat for entry in decided.entries for seat in entry.seats]
    assert sorted(seats) == sorted(election.votes)
    assert all(
        election.votes[s] == entry.position for entry in decided.entries for s in entry.seats
    )
    assert all(entry.votes == len(entry.seats) for entry in decided.entries)
    assert decided.counted == len(election.votes)


@examples(100)
@given(elections, st.sampled_from("abcd"))
def test_unanimity_wins_at_every_threshold(election: Election, position: str) -> None:
    agreed = replace(election, votes=dict.fromkeys(election.votes, position))
    decided = agreed.tally()
    enough = agreed.votes and len(agreed.votes) >= min(agreed.min_voices, agreed.council)
    assert decided.ruling == (position if enough else None)
    everybody = enough and agreed.uncounted == 0
    assert (decided.outcome == "unanimous") == bool(everybody)


@examples(100)
@given(elections)
def test_one_more_vote_for_the_winner_never_unseats_it(election: Election) -> None:
    ruling = election.tally().ruling
    if ruling is None:
        return
    more = replace(election, votes={**election.votes, "newcomer": ruling})
    assert more.tally().ruling == ruling
    if election.uncounted:
        turned = replace(more, uncounted=election.uncounted - 1)
        assert turned.tally().ruling == ruling


@examples(100)
@given(elections)
def test_a_ruling_is_the_only_leader_and_has_more_than_its_share(election: Election) -> None:
    decided = election.tally()
    votes = [entry.votes for entry in decided.entries]
    assert votes == sorted(votes, reverse=True)
    match decided.outcome:
        case "unanimous" | "majority" | "plurality":
            assert decided.ruling == decided.entries[0].position
            assert votes.count(votes[0]) == 1
            share = Fraction(votes[0], sum(votes))
            assert share == 1 or share > Fraction(election.threshold)
            assert (decided.outcome == "plurality") == (share <= Fraction(1, 2))
        case "tie":
            assert votes.count(votes[0]) > 1
        case "below_threshold":
            assert Fraction(votes[0], sum(votes)) <= Fraction(election.threshold)
        case "no_quorum":
            assert sum(votes) < max(1, min(election.min_voices, election.council))
    won = decided.outcome in ("unanimous", "majority", "plurality")
    assert (decided.ruling is not None) == won


@examples(100)
@given(elections)
def test_agreement_is_never_less_than_the_share_that_routes(election: Election) -> None:
    decided = election.tally()
    if decided.agreement is not None:
        assert 0 < decided.routing_share <= decided.agreement <= 1
