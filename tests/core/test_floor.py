"""Which ballot counts for each seat. Semantics R1."""

from fractions import Fraction

from magi_mcp.core.asks import Replies
from magi_mcp.core.ballots import Abstention, Missing, Position, Unreadable
from magi_mcp.core.choices import Choices
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm, Closed
from magi_mcp.core.replies import Reply
from magi_mcp.core.tallies import decide
from tests.core.paper import ABSTAINED, a_case, deliberated, failed, said, voted

FORM = BallotForm(Closed(Choices(("yes", "no"), ids=("yes", "no"))))
GARBAGE = said("I would rather not say.")


def floor(*rounds: dict[str, Reply]) -> Floor:
    heard = Floor()
    for replies in rounds:
        heard = heard.heard(Replies(replies), FORM)
    return heard


def counted(heard: Floor) -> Floor:
    votes = {seat: ballot.position for seat, ballot in heard.positions().items()}
    tally = decide(votes, council=len(heard.blind), threshold=Fraction(1, 2), min_voices=1)
    return heard.counted(
        Count(
            tally=tally,
            labels={"yes": "yes", "no": "no"},
            share=tally.routing_share,
            settled=False,
            won=tally.ruling is not None,
        )
    )


def stands(*replies: Reply) -> tuple[str | None, int]:
    """What stands for a seat after these replies, one a round, and from which round."""
    heard = floor(*({"ada": reply} for reply in replies)).standing["ada"]
    ballot = heard.ballot
    return ballot.position if isinstance(ballot, Position) else ballot.kind, heard.round_number


def test_a_later_readable_ballot_replaces_the_earlier_one() -> None:
    assert stands(voted("yes"), voted("no")) == ("no", 2)
    assert stands(voted("yes"), voted("no"), voted("yes")) == ("yes", 3)
    assert stands(voted("yes"), voted("yes")) == ("yes", 2)


def test_an_abstention_replaces_a_position_and_is_replaced_by_one() -> None:
    assert stands(voted("yes"), ABSTAINED) == ("abstained", 2)
    assert stands(voted("yes"), voted("abstain")) == ("abstained", 2)
    assert stands(ABSTAINED, voted("no")) == ("no", 2)


def test_a_failed_or_unreadable_revision_leaves_the_earlier_ballot_standing() -> None:
    assert stands(voted("yes"), failed()) == ("yes", 1)
    assert stands(voted("yes"), GARBAGE) == ("yes", 1)
    assert stands(voted("yes"), voted("no"), failed()) == ("no", 2)
    assert stands(ABSTAINED, GARBAGE) == ("abstained", 1)


def test_an_unreadable_blind_ballot_is_replaced_by_a_readable_one() -> None:
    assert stands(GARBAGE, voted("no")) == ("no", 2)
    assert stands(GARBAGE, failed()) == ("unreadable", 1)


def test_any_failed_or_unreadable_ballot_leaves_a_flaw() -> None:
    assert not floor({"ada": voted("yes")}, {"ada": ABSTAINED}).flawed
    assert floor({"ada": voted("yes")}, {"ada": failed()}).flawed
    assert floor({"ada": GARBAGE}, {"ada": voted("yes")}).flawed


def test_whoever_failed_blind_is_asked_no_more_and_whoever_was_unreadable_is() -> None:
    blind: dict[str, Reply] = {
        "ada": voted("yes"),
        "ben": failed(),
        "cleo": GARBAGE,
        "dora": ABSTAINED,
    }
    assert floor(blind).debaters == ["cleo", "dora"]
    assert floor({**blind, "ben": voted("no")}).debaters == ["ada", "ben", "cleo", "dora"]


def test_nobody_debates_without_a_peer_to_read() -> None:
    assert floor({"ada": voted("yes"), "ben": failed()}).debaters == []
    assert floor({"ada": ABSTAINED, "ben": ABSTAINED}).debaters == []


def test_the_ballots_before_a_round_are_those_that_stood_then() -> None:
    heard = floor({"ada": voted("yes")}, {"ada": failed()}, {"ada": voted("no")})
    assert [heard.before(number)["ada"].round_number for number in (2, 3)] == [1, 1]
    assert heard.before(4)["ada"].round_number == 3


def test_a_seat_moved_when_its_ballot_counts_for_something_else() -> None:
    def moved(*replies: Reply) -> bool:
        return counted(floor(*({"ada": reply, "ben": voted("yes")} for reply in replies))).moved

    assert moved(voted("yes"), voted("no"))
    assert moved(voted("yes"), ABSTAINED)
    assert moved(GARBAGE, voted("yes"))
    assert not moved(voted("yes"), voted("yes", "other words"))
    assert not moved(voted("yes"), failed())
    assert not moved(voted("no"), voted("yes"), voted("yes"))


def test_a_new_count_replaces_the_one_before() -> None:
    once = counted(floor({"ada": voted("yes")}))
    assert once.count is not None
    assert once.count.tally.ruling == "yes"
    again = counted(once.heard(Replies({"ada": voted("no")}), FORM))
    assert again.count is not None
    assert again.count.tally.ruling == "no"


def test_what_was_read_keeps_the_cause_of_every_absence() -> None:
    heard = floor({"ada": failed("rate_limited", "429"), "ben": GARBAGE, "cleo": ABSTAINED})
    assert heard.standing["ada"].ballot == Missing(reason="rate_limited: 429")
    assert isinstance(heard.standing["ben"].ballot, Unreadable)
    assert heard.standing["cleo"].ballot == Abstention(reason="outside what I know")
    assert heard.everyone_failed is False
    assert floor({"ada": failed()}).everyone_failed


def test_a_stale_ballot_shows_its_round_in_the_verdict_and_degrades_it() -> None:
    course = deliberated(
        a_case(protocol="critique"),
        {"ada": ["yes", failed()], "ben": ["yes"], "cleo": ["no"]},
    )
    rounds = {ballot.seat: ballot.round for ballot in course.findings.ballots}
    assert rounds == {"ada": 1, "ben": 2, "cleo": 2}
    assert course.decision.degraded
    assert course.findings.outcome == "majority"


def test_a_seat_that_failed_blind_has_no_ballot_in_any_later_round() -> None:
    course = deliberated(
        a_case(protocol="critique"), {"ada": ["yes"], "ben": ["no"], "cleo": [failed()]}
    )
    assert course.rounds == ["r1", "r2"]
    assert [ask.seat for ask in course.asks if ask.ask_id.startswith("r2/")] == ["ada", "ben"]
    (cleo,) = [ballot for ballot in course.findings.ballots if ballot.seat == "cleo"]
    assert (cleo.kind, cleo.round, cleo.position) == ("failed", 1, None)
