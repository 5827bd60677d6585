"""How long it is argued. Semantics "vote", "critique", R2, R7."""

import pytest

from magi_mcp.core.asks import Ask, Refused, Replies, Round
from magi_mcp.core.case import Case, Limits
from magi_mcp.core.conclusion import Unanswered
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.kinds import open_procedure
from magi_mcp.core.protocols import procedure_name
from magi_mcp.core.replies import Reply
from magi_mcp.core.verdict import Decision
from tests.core.paper import ABSTAINED, TRIO, Line, Script, a_case, deliberated, failed, said, voted

SPLIT: Script = {"ada": ["yes"], "ben": ["no"], "cleo": [ABSTAINED]}
FIVE = ("ada", "ben", "cleo", "dora", "emil")


def answered(asked: Round, script: Script) -> Replies:
    """The replies to a round, from the script's lines for that round."""

    def reply(ask: Ask) -> Reply:
        lines = script[ask.seat]
        line: Line = lines[min(asked.number, len(lines)) - 1]
        return voted(line) if isinstance(line, str) else line

    return Replies({ask.seat: reply(ask) for ask in asked.asks})


def concluded(case: Case, script: Script, *, refuse: str) -> tuple[list[str], object]:
    """Drive the bare generator with ``next`` and ``send``, refusing the round of that id."""
    procedure = open_procedure(case)
    asked = next(procedure)
    rounds = [asked.round_id]
    while True:
        refused = asked.round_id == refuse
        try:
            asked = procedure.send(Refused("deadline") if refused else answered(asked, script))
        except StopIteration as end:
            return rounds, end.value
        rounds.append(asked.round_id)


def test_a_vote_with_a_winner_ends_after_the_blind_round() -> None:
    course = deliberated(a_case(), {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]})
    assert course.rounds == ["r1"]
    assert course.findings.route == ("vote",)
    assert (course.findings.outcome, course.findings.ruling) == ("majority", "yes")


def test_a_vote_without_a_winner_goes_on_to_critique() -> None:
    course = deliberated(
        a_case(), {"ada": ["yes"], "ben": ["no", "yes"], "cleo": [ABSTAINED, "yes"]}
    )
    assert course.rounds == ["r1", "r2"]
    assert course.findings.route == ("vote", "critique")
    assert course.findings.outcome == "unanimous"
    blind = course.findings.blind_vote
    assert blind is not None
    assert blind.outcome == "tie"


def test_a_vote_without_a_winner_ends_there_if_no_further_round_is_allowed() -> None:
    course = deliberated(a_case(limits=Limits(max_rounds=0)), SPLIT)
    assert course.rounds == ["r1"]
    assert (course.findings.outcome, course.findings.ruling) == ("tie", None)
    assert course.decision.status == "undecided"


@pytest.mark.parametrize("protocol", ["vote", "critique"])
def test_arguing_stops_when_no_ballot_moved(protocol: str) -> None:
    case = a_case(protocol="critique" if protocol == "critique" else "vote")
    course = deliberated(case, SPLIT)
    assert course.rounds == ["r1", "r2"]


def test_arguing_goes_on_while_ballots_move_up_to_the_limit() -> None:
    turning: Script = {
        "ada": ["yes", "no", "yes", "no", "yes"],
        "ben": ["no", "yes", "no", "yes", "no"],
        "cleo": [ABSTAINED],
    }
    assert deliberated(a_case(), turning).rounds == ["r1", "r2", "r3", "r4"]
    short = deliberated(a_case(limits=Limits(max_rounds=2)), turning)
    assert short.rounds == ["r1", "r2", "r3"]
    assert short.decision.rounds == 3


def test_critique_is_not_needed_where_four_fifths_of_the_seats_agree_blind() -> None:
    agreed = {name: ["yes"] for name in FIVE[:4]} | {"emil": ["no"]}
    course = deliberated(a_case(protocol="critique", seats=FIVE), agreed)
    assert course.rounds == ["r1"]
    assert course.findings.route == ("vote",)


def test_the_share_that_settles_is_one_of_all_seats_not_of_those_counted() -> None:
    two_failed: dict[str, list[Line]] = {name: ["yes"] for name in FIVE[:3]}
    two_failed |= {"dora": [failed()], "emil": [failed()]}
    course = deliberated(a_case(protocol="critique", seats=FIVE), two_failed)
    assert course.rounds == ["r1", "r2"]


def test_critique_stops_once_the_council_is_settled() -> None:
    course = deliberated(
        a_case(protocol="critique"),
        {"ada": ["yes"], "ben": ["no", "yes"], "cleo": ["no", "no", "yes"]},
    )
    assert course.rounds == ["r1", "r2", "r3"]
    assert course.findings.outcome == "unanimous"


def test_the_least_number_of_rounds_is_held_even_in_agreement() -> None:
    agreed: Script = {"ada": ["yes"], "ben": ["yes"], "cleo": ["yes"]}
    limits = Limits(min_rounds=2)
    assert deliberated(a_case(protocol="critique", limits=limits), agreed).rounds == [
        "r1",
        "r2",
        "r3",
    ]
    assert deliberated(a_case(limits=limits), agreed).rounds == ["r1"]


def test_the_least_number_of_rounds_is_held_though_nobody_moves() -> None:
    course = deliberated(a_case(protocol="critique", limits=Limits(min_rounds=3)), SPLIT)
    assert course.rounds == ["r1", "r2", "r3", "r4"]


def test_the_first_answers_are_used_and_never_asked_for_again() -> None:
    course = deliberated(a_case(protocol="critique"), SPLIT)
    assert [ask.purpose for ask in course.asks] == ["answer"] * 3 + ["rebuttal"] * 3
    assert len({ask.ask_id for ask in course.asks}) == len(course.asks)


def test_a_lone_remaining_voice_is_not_argued_with() -> None:
    course = deliberated(
        a_case(), {"ada": [voted("yes", "It is safe.")], "ben": [failed()], "cleo": [failed()]}
    )
    assert course.rounds == ["r1"]
    assert (course.findings.outcome, course.findings.ruling) == ("no_quorum", None)
    assert course.findings.answer == "It is safe."


def test_a_lone_voice_is_read_by_those_who_abstained() -> None:
    course = deliberated(
        a_case(), {"ada": ["yes"], "ben": [ABSTAINED, "yes"], "cleo": [ABSTAINED, "yes"]}
    )
    assert [ask.ask_id for ask in course.asks[3:5]] == ["r2/ben", "r2/cleo"]
    assert course.findings.outcome == "unanimous"


def test_a_single_seat_decides_alone_and_provisionally() -> None:
    course = deliberated(a_case(seats=["ada"], protocol="critique"), {"ada": ["yes"]})
    assert course.rounds == ["r1"]
    assert course.findings.outcome == "unanimous"
    assert course.decision.provisional


def test_a_refused_round_concludes_on_what_exists_and_says_so() -> None:
    rounds, decision = concluded(a_case(), SPLIT, refuse="r2")
    assert rounds == ["r1", "r2"]
    assert isinstance(decision, Decision)
    assert decision.findings.outcome == "tie"
    assert decision.findings.route == ("vote",)
    assert decision.rounds == 1
    assert decision.degraded
    assert "No round 2: the deadline did not allow it." in decision.warnings


def test_a_later_refusal_keeps_the_rounds_that_were_held() -> None:
    turning: Script = {
        "ada": ["yes", "no"],
        "ben": ["no", "yes"],
        "cleo": [ABSTAINED],
    }
    rounds, decision = concluded(a_case(), turning, refuse="r3")
    assert rounds == ["r1", "r2", "r3"]
    assert isinstance(decision, Decision)
    assert decision.findings.route == ("vote", "critique")
    assert {b.seat: b.round for b in decision.findings.ballots} == {"ada": 2, "ben": 2, "cleo": 2}


def test_a_refused_first_round_leaves_nothing_to_decide_on() -> None:
    _, conclusion = concluded(a_case(), SPLIT, refuse="r1")
    assert conclusion == Unanswered(("the first round was refused: deadline",))


def test_a_council_whose_seats_all_failed_lists_every_cause() -> None:
    course = deliberated(
        a_case(),
        {
            "ada": [failed("timeout", "no answer in 60 s")],
            "ben": [failed("authentication", "401: no such key")],
            "cleo": [failed("unknown_model", "404: withdrawn")],
        },
    )
    assert course.rounds == ["r1"]
    assert course.causes == (
        "ada: timeout: no answer in 60 s",
        "ben: authentication: 401: no such key",
        "cleo: unknown_model: 404: withdrawn",
    )


def test_a_council_that_spoke_unreadably_is_undecided_and_not_failed() -> None:
    course = deliberated(a_case(), {seat: [said("Well...")] for seat in TRIO})
    assert course.rounds == ["r1"]
    assert (course.findings.outcome, course.findings.ruling) == ("no_quorum", None)
    assert course.findings.answer is None
    assert course.findings.agreement is None


def test_votes_of_earlier_rounds_are_never_counted_again() -> None:
    course = deliberated(
        a_case(protocol="critique"),
        {"ada": ["yes", "no"], "ben": ["yes", "no"], "cleo": ["no", "no"]},
    )
    assert [(e.position, e.votes) for e in course.findings.tally] == [("no", 3)]


def test_a_procedure_is_named_with_its_version_and_an_unknown_one_is_refused() -> None:
    assert procedure_name("yes_no", "vote") == "yes_no/vote@1"
    other = a_case().model_copy(update={"procedure": "yes_no/vote@0"})
    with pytest.raises(ProcedureError, match="by version '0' of the method 'yes_no'"):
        open_procedure(other)
