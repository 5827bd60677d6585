"""Splits settled otherwise than by votes. Semantics "escalate", "adaptive", arbiter, trust."""

import re

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import ARBITER, Limits, MethodName, ProtocolName
from magi_mcp.core.replies import Reply, Usage
from magi_mcp.core.result import verdict_of
from tests.core.paper import (
    ABSTAINED,
    CALL,
    TRIO,
    Answers,
    Course,
    Line,
    Script,
    a_case,
    deliberated,
    failed,
    grouped,
    no_grouping,
    said,
    voted,
)

OPUS = "anthropic/claude-opus-4-8"
TWO_TO_ONE: Script = {
    "ada": [voted("yes", "It is additive.")],
    "ben": [voted("yes", "It is rehearsed.")],
    "cleo": [voted("no", "Rows are lost.")],
}
TIE: Script = {**TWO_TO_ONE, "ben": [ABSTAINED]}
ABC = ("Ship", "Wait", "Rewrite")
THREE_WAYS: Script = {"ada": ["A"], "ben": ["B"], "cleo": ["C"]}


def chooses(position: str, argument: str = "On the merits.") -> Answers:
    return lambda ask: voted(position, argument)


def settled(
    script: Script,
    arbiter: Answers | None = None,
    *,
    method: MethodName = "yes_no",
    protocol: ProtocolName = "adaptive",
    trust: tuple[float, ...] = (0.0,),
    limits: Limits | None = None,
    grouping: Answers = no_grouping,
) -> Course:
    case = a_case(
        method,
        protocol,
        options=ABC if method == "options" else (),
        arbiter=OPUS if arbiter else None,
        trust=trust,
        limits=limits,
    )
    return deliberated(
        case, script, grouping=grouping, serving={"arbitration": arbiter} if arbiter else None
    )


def arbitrations(course: Course) -> list[Ask]:
    return [ask for ask in course.asks if ask.purpose == "arbitration"]


# The arbiter


def test_a_council_that_agrees_does_not_ask_its_arbiter() -> None:
    course = settled({seat: ["yes"] for seat in TRIO}, chooses("no"))
    assert course.rounds == ["r1"]
    assert course.findings.arbiter is None


def test_under_adaptive_a_split_means_one_ask_to_the_arbiter_and_no_critique() -> None:
    course = settled(TWO_TO_ONE, chooses("yes"))
    assert course.rounds == ["r1", "r1.arbitration"]
    assert course.findings.route == ("vote",)
    assert course.decision.rounds == 1


def test_an_arbiter_that_agrees_with_the_winner_keeps_the_outcome() -> None:
    findings = settled(TWO_TO_ONE, chooses("yes", "Additive indeed.")).findings
    assert (findings.outcome, findings.ruling, findings.decided_by) == ("majority", "yes", "votes")
    assert findings.arbiter is not None
    assert findings.arbiter.model_dump() == {"model": OPUS, "position": "yes", "changed": False}
    assert findings.answer in ("It is additive.", "It is rehearsed.")
    assert findings.confidence is not None
    assert findings.confidence.value == 0.61


def test_an_arbiter_that_disagrees_forces_the_outcome_and_says_so() -> None:
    findings = settled(TWO_TO_ONE, chooses("no", "Rows outlive code.")).findings
    assert (findings.outcome, findings.ruling) == ("forced", "no")
    assert findings.decided_by == "arbiter"
    assert findings.arbiter is not None
    assert findings.arbiter.changed
    assert findings.answer == "Rows outlive code."
    assert findings.confidence is not None
    assert findings.confidence.value is None
    (report,) = findings.minority_report
    assert (report.position, report.seats, report.base_rate) == ("yes", ("ada", "ben"), None)
    assert findings.pivotal_seats == ()


def test_an_arbiter_breaks_a_tie_and_that_is_a_change() -> None:
    findings = settled(TIE, chooses("yes")).findings
    assert (findings.outcome, findings.ruling, findings.decided_by) == ("forced", "yes", "arbiter")


def test_an_arbiter_may_choose_an_option_that_nobody_held() -> None:
    script: Script = {"ada": ["A"], "ben": ["A"], "cleo": ["B"]}
    findings = settled(script, chooses("C"), method="options").findings
    assert (findings.outcome, findings.ruling) == ("forced", "Rewrite")
    assert [report.position for report in findings.minority_report] == ["Ship", "Wait"]


def test_the_arbiter_is_never_a_ballot() -> None:
    course = settled(TWO_TO_ONE, chooses("no"))
    assert [ballot.seat for ballot in course.findings.ballots] == list(TRIO)
    assert [(e.position, e.votes) for e in course.findings.tally] == [("yes", 2), ("no", 1)]
    assert course.findings.agreement == pytest.approx(2 / 3)
    assert not any("family" in warning for warning in course.decision.warnings)


def test_the_arbiters_family_makes_no_council_of_two_families() -> None:
    same = a_case(protocol="adaptive", models=("openai/gpt-5.4", "openai/o3"), arbiter=OPUS)
    course = deliberated(same, TWO_TO_ONE, serving={"arbitration": chooses("yes")})
    assert course.decision.provisional
    other = a_case(protocol="adaptive", arbiter="openai/gpt-5.4")
    course = deliberated(other, TWO_TO_ONE, serving={"arbitration": chooses("yes")})
    assert not any("share the model family" in warning for warning in course.decision.warnings)


def test_the_arbiter_is_paid_for() -> None:
    dear = CALL.model_copy(update={"cost_usd": 0.5})

    def answer(ask: Ask) -> Reply:
        return said('{"position": "no", "argument": "x"}', served_by=OPUS, usage=dear)

    dossier = settled(TWO_TO_ONE, answer).dossier()
    assert dossier.usage_of([ARBITER]) == dear
    assert verdict_of(dossier).cost_usd == pytest.approx(0.503)
    unknown = settled(
        TWO_TO_ONE, lambda ask: said('{"position": "no"}', served_by=OPUS, usage=Usage())
    ).dossier()
    assert verdict_of(unknown).cost_usd is None


def test_the_arbiter_reads_blind_arguments_under_pseudonyms_and_no_tally() -> None:
    (ask,) = arbitrations(settled(TWO_TO_ONE, chooses("yes")))
    shown = ask.prompt + ask.system
    for argument in ("It is additive.", "It is rehearsed.", "Rows are lost."):
        assert argument in shown
    for hidden in (*TRIO, "deepseek", "gpt-5.4", "gemini", "2-1", "majority"):
        assert not re.search(rf"(?<!\w){hidden}(?!\w)", shown, re.IGNORECASE)
    assert ask.seat == ARBITER


def test_the_arbiter_is_shown_what_the_ids_it_chooses_from_stand_for() -> None:
    script: Script = {"ada": ["Ship it"], "ben": ["Hold on"], "cleo": ["Release now"]}
    course = settled(
        script, chooses("view-2"), method="majority", grouping=grouped(("Ship it", "Release now"))
    )
    (ask,) = arbitrations(course)
    listed = ask.prompt.split("[begin positions by their ids ")[1].split("\n[end")[0]
    assert listed.splitlines()[1:] == ["view-1: Ship it", "view-2: Hold on"]
    assert course.findings.ruling == "Hold on"
    (ask,) = arbitrations(settled(THREE_WAYS, chooses("B"), method="options"))
    assert ask.prompt.count("A: Ship\nB: Wait\nC: Rewrite") == 1, "the task has shown them"


@pytest.mark.parametrize(
    "labels",
    [("view-2", "view-3", "viewx-1"), ("B", "1", "option-1"), ("A", "view-1: A", "abc")],
)
def test_positions_worded_like_ids_are_told_apart(labels: tuple[str, ...]) -> None:
    script: Script = {seat: [label] for seat, label in zip(TRIO, labels, strict=True)}

    def by_id(label: str) -> Answers:
        def answer(ask: Ask) -> Reply:
            listed = ask.prompt.split("[begin positions by their ids ")[1].splitlines()[1:]
            names = dict(line.split(": ", 1)[::-1] for line in listed if ": " in line)
            return voted(names[label])

        return answer

    for label in labels:
        for choice in (by_id(label), chooses(label)):
            course = settled(script, choice, method="majority", grouping=grouped())
            assert course.findings.ruling == label


@pytest.mark.parametrize(
    "lost", [failed(), said("I would rather not."), voted("abstain", "Too close."), ABSTAINED]
)
def test_an_arbiter_that_settles_nothing_leaves_the_way_without_one(lost: Reply) -> None:
    course = settled(TWO_TO_ONE, lambda ask: lost)
    assert course.rounds[:3] == ["r1", "r1.arbitration", "r2"]
    assert course.findings.route == ("vote", "critique")
    assert (course.findings.outcome, course.findings.arbiter) == ("majority", None)
    assert any(w.startswith("The arbiter settled nothing (") for w in course.decision.warnings)


def test_an_arbiter_that_failed_is_not_asked_again_after_the_escalation() -> None:
    course = settled(THREE_WAYS, lambda ask: failed(), method="options")
    assert course.rounds == ["r1", "r1.arbitration", "r2"]
    assert course.findings.decided_by == "trusted_seat"


@pytest.mark.parametrize("protocol", ["adaptive", "escalate"])
def test_below_quorum_nobody_forces_a_ruling(protocol: ProtocolName) -> None:
    script: Script = {"ada": [voted("yes", "It is safe.")], "ben": [failed()], "cleo": [failed()]}
    course = settled(script, chooses("no"), protocol=protocol)
    assert arbitrations(course) == []
    assert (course.findings.outcome, course.findings.ruling) == ("no_quorum", None)
    assert course.findings.answer == "It is safe."
    alone = settled(script, protocol=protocol, trust=(1.0, 0.0, 0.0))
    assert (alone.findings.outcome, alone.findings.decided_by) == ("no_quorum", "none")


@pytest.mark.parametrize("method", ["probability", "synthesis", "minority", "consensus", "compose"])
def test_methods_without_sides_leave_an_arbiter_nothing_to_settle(method: MethodName) -> None:
    script: Script = {
        "ada": ["0.1 Draft by ada" if method == "compose" else "0.1"],
        "ben": ["0.5 Draft by ben" if method == "compose" else "0.5"],
        "cleo": ["0.9 Draft by cleo" if method == "compose" else "0.9"],
    }

    def rate(ask: Ask) -> Reply:
        return failed()

    case = a_case(method, "adaptive", arbiter=OPUS, limits=Limits(max_rounds=1))
    course = deliberated(case, script, grouping=grouped(), serving={"rating": rate, "ruling": rate})
    assert arbitrations(course) == []
    assert course.findings.outcome != "forced"


@pytest.mark.parametrize("protocol", ["vote", "critique"])
def test_other_protocols_ask_no_arbiter(protocol: ProtocolName) -> None:
    course = settled(TIE, chooses("yes"), protocol=protocol)
    assert arbitrations(course) == []
    assert course.findings.outcome == "tie"


# Escalate


def test_escalate_holds_two_rounds_at_most_and_then_asks_the_arbiter() -> None:
    course = settled(TWO_TO_ONE, chooses("no"), protocol="escalate")
    assert course.rounds == ["r1", "r2", "r2.arbitration"]
    assert course.findings.route == ("vote", "escalate")
    assert course.findings.outcome == "forced"


@pytest.mark.parametrize("protocol", ["escalate", "adaptive"])
def test_an_escalation_ends_after_two_rounds_though_seats_still_move(
    protocol: ProtocolName,
) -> None:
    restless: Script = {"ada": ["A", "B", "C"], "ben": ["B", "C", "A"], "cleo": ["C", "A", "B"]}
    course = settled(restless, method="options", protocol=protocol)
    assert course.rounds == ["r1", "r2"]
    assert course.findings.ruling == "Wait", "what Ada held in the end"


def test_a_rapporteur_reads_the_argument_by_which_the_arbiter_overruled() -> None:
    case = a_case(protocol="adaptive", arbiter=OPUS, rapporteur="always")
    overruled = deliberated(
        case, TWO_TO_ONE, serving={"arbitration": chooses("no", "Rows outlive code.")}
    )
    (ask,) = [ask for ask in overruled.asks if ask.purpose == "ruling"]
    assert ask.seat == "cleo", "the side that the arbiter took"
    assert "[begin argument of the arbiter, who settled it " in ask.prompt
    assert "Rows outlive code." in ask.prompt
    confirmed = deliberated(
        case, TWO_TO_ONE, serving={"arbitration": chooses("yes", "Rows are safe.")}
    )
    (ask,) = [ask for ask in confirmed.asks if ask.purpose == "ruling"]
    assert ask.seat in ("ada", "ben")
    assert "Rows are safe." not in ask.prompt


def test_escalate_without_an_arbiter_lets_a_winner_stand() -> None:
    course = settled(TWO_TO_ONE, protocol="escalate")
    assert course.rounds == ["r1", "r2"]
    assert (course.findings.outcome, course.findings.decided_by) == ("majority", "votes")


@pytest.mark.parametrize(
    ("trust", "ruling", "provisional"),
    [
        ((0.1, 0.9, 0.5), "Wait", False),
        ((0.0, -1.0, 2.5), "Rewrite", False),
        ((0.0,), "Ship", True),
        ((0.1, 0.7, 0.7), "Wait", True),
    ],
    ids=["ben", "cleo", "equal", "two at the top"],
)
def test_the_most_trusted_seat_rules_on_what_is_still_split(
    trust: tuple[float, ...], ruling: str, provisional: bool
) -> None:
    course = settled(THREE_WAYS, method="options", protocol="escalate", trust=trust)
    assert course.rounds == ["r1", "r2"], "nobody is asked anew"
    assert (course.findings.outcome, course.findings.ruling) == ("forced", ruling)
    assert course.findings.decided_by == "trusted_seat"
    assert course.decision.provisional == provisional


def test_the_standing_ballot_of_the_trusted_seat_rules_and_not_its_first_one() -> None:
    script: Script = {"ada": ["A"], "ben": ["B", voted("C", because="a fact")], "cleo": ["B"]}
    course = settled(script, method="options", protocol="escalate", trust=(0, 1, 0))
    assert course.findings.ruling == "Rewrite"
    assert course.findings.pivotal_seats == ("ben",)


def test_a_trusted_seat_without_a_position_is_passed_over() -> None:
    seats: Script = {"ada": [ABSTAINED], "ben": ["yes"], "cleo": ["no"]}
    course = settled(seats, protocol="escalate", trust=(9, 1, 2))
    assert course.findings.ruling == "no"


def test_a_split_settled_by_the_seat_known_as_best_has_its_measured_confidence() -> None:
    known = settled(THREE_WAYS, method="options", trust=(0, 1, 0)).findings.confidence
    assert known is not None
    assert known.value == 0.34
    assert "the best of the three was right 34%" in known.basis
    unknown = settled(THREE_WAYS, method="options").findings.confidence
    assert unknown is not None
    assert unknown.value is None


def test_an_escalation_without_a_second_round_is_on_the_route() -> None:
    course = settled(THREE_WAYS, method="options", limits=Limits(max_rounds=0))
    assert course.rounds == ["r1"]
    assert course.findings.route == ("vote", "escalate")


# Adaptive


@pytest.mark.parametrize(
    ("lines", "route"),
    [
        (("A", "A", "A", "A", "B"), ("vote",)),
        (("A", "A", "A", "B", "C"), ("vote", "critique")),
        (("A", "A", "B", "B", "C"), ("vote", "critique")),
        (("A", "B", "C", failed(), failed()), ("vote", "escalate")),
        (("A", "A", "A", "A", failed()), ("vote",)),
        (("A", "A", "A", failed(), failed()), ("vote", "critique")),
    ],
)
def test_the_size_of_the_split_decides_how_to_go_on(
    lines: tuple[Line, ...], route: tuple[str, ...]
) -> None:
    seats = (*TRIO, "dora", "emil")
    case = a_case("options", "adaptive", options=ABC, seats=seats)
    script = {seat: [line] for seat, line in zip(seats, lines, strict=True)}
    assert deliberated(case, script).findings.route == route


def test_the_thresholds_of_adaptive_are_the_cases_own() -> None:
    easy = settled(TWO_TO_ONE, limits=Limits(settled_share=0.6))
    assert easy.findings.route == ("vote",)
    hard = settled(TWO_TO_ONE, limits=Limits(critique_share=0.7))
    assert hard.findings.route == ("vote", "escalate")


def test_a_threshold_is_the_decimal_that_was_written() -> None:
    seats = [f"seat{n}" for n in range(10)]
    case = a_case("yes_no", "adaptive", seats=seats, limits=Limits(settled_share=0.7))
    script: Script = {s: ["yes" if n < 7 else "no"] for n, s in enumerate(seats)}
    assert deliberated(case, script).findings.route == ("vote",)


def test_a_minimum_of_rounds_is_held_even_where_all_agree() -> None:
    course = settled({seat: ["yes"] for seat in TRIO}, limits=Limits(min_rounds=1))
    assert course.rounds == ["r1", "r2"]
    assert course.findings.route == ("vote", "critique")


def test_estimates_near_their_median_decide_though_their_range_is_wide() -> None:
    near: Script = {"ada": ["0.5"], "ben": ["0.6"], "cleo": ["0.7"]}
    assert settled(near, method="probability").findings.route == ("vote",)
    wide: Script = {"ada": ["0.1"], "ben": ["0.6"], "cleo": ["0.7"]}
    assert settled(wide, method="probability").findings.route == ("vote", "critique")
    apart: Script = {"ada": ["0.1"], "ben": ["0.5"], "cleo": ["0.9"]}
    assert settled(apart, method="probability").findings.route == ("vote", "escalate")
