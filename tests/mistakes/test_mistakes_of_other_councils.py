"""Each recorded mistake of other councils, as a case that this one gets right. Evidence.

Every test here kills a mutant of the code that makes the mistake: see ``tests/mutants``.
"""

from itertools import permutations

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits
from magi_mcp.core.choices import Choices
from magi_mcp.core.replies import Reply
from magi_mcp.core.verdict import Findings
from tests.core.paper import (
    ABSTAINED,
    TRIO,
    Line,
    Script,
    a_case,
    deliberated,
    failed,
    rated,
    said,
    voted,
    wrote,
)

ONE_ROUND = Limits(max_rounds=0)
ADOPT = ("Adopt", "Do not adopt")


def vote(*lines: Line, threshold: float = 0.5, min_voices: int = 2) -> Findings:
    """The blind vote of up to four seats on three options."""
    limits = Limits(max_rounds=0, vote_threshold=threshold, min_voices=min_voices)
    seats = (*TRIO, "dora")[: len(lines)]
    case = a_case("options", options=("Adopt", "Do not adopt", "Wait"), seats=seats, limits=limits)
    return deliberated(case, {s: [line] for s, line in zip(seats, lines, strict=True)}).findings


def counts(findings: Findings) -> dict[str, int]:
    return {entry.position: entry.votes for entry in findings.tally}


@pytest.mark.parametrize(
    "stated", ["Do not adopt it now", "we should do not adopt", "adopt it", "o"]
)
def test_an_option_that_stands_inside_of_a_reply_is_not_taken_for_it(stated: str) -> None:
    assert Choices(ADOPT).recognise(stated) is None
    findings = vote(stated, "Do not adopt", "Wait")
    assert findings.ballots[0].kind == "unreadable"
    assert counts(findings) == {"Do not adopt": 1, "Wait": 1}


def test_votes_are_those_of_the_last_round_and_no_sum_over_all_rounds() -> None:
    case = a_case("options", "critique", options=ADOPT, limits=Limits(min_rounds=2))
    turned = ["Adopt", "Adopt", "Do not adopt"]
    findings = deliberated(case, {"ada": ["Adopt"], "ben": turned, "cleo": turned}).findings
    assert counts(findings) == {"Do not adopt": 2, "Adopt": 1}
    assert (findings.outcome, findings.ruling) == ("majority", "Do not adopt")
    findings = deliberated(case, dict.fromkeys(TRIO, turned)).findings
    assert counts(findings) == {"Do not adopt": 3}
    assert (findings.outcome, findings.ruling) == ("unanimous", "Do not adopt")


def test_ballots_that_cannot_be_read_win_nothing_and_agree_with_nobody() -> None:
    findings = vote("Adopt", said("Hard to say."), said("It depends."))
    assert (findings.outcome, findings.ruling) == ("no_quorum", None)
    assert counts(findings) == {"Adopt": 1}


def test_abstaining_is_no_side_that_could_win() -> None:
    findings = vote("Adopt", ABSTAINED, voted("abstain"), min_voices=1)
    assert (findings.outcome, findings.ruling) == ("majority", "Adopt")
    assert counts(findings) == {"Adopt": 1}


@pytest.mark.parametrize("threshold", [0.3, 0.5])
def test_no_tie_is_broken_by_who_stands_first(threshold: float) -> None:
    for lines in (("Adopt", "Wait"), ("Adopt", "Do not adopt", "Wait")):
        for order in permutations(lines):
            findings = vote(*order, threshold=threshold)
            assert (findings.outcome, findings.ruling) == ("tie", None)


def test_no_tie_is_broken_by_who_claims_to_be_surest() -> None:
    for sure, other in (("Adopt", "Wait"), ("Wait", "Adopt")):
        findings = vote(voted(sure, confidence=1.0), voted(other, confidence=0.1))
        assert (findings.outcome, findings.ruling) == ("tie", None)


def test_a_claimed_confidence_is_no_weight() -> None:
    loud = voted("Adopt", confidence=1.0)
    findings = vote(loud, voted("Wait", confidence=0.1), voted("Wait", confidence=0.1))
    assert (findings.ruling, counts(findings)) == ("Wait", {"Wait": 2, "Adopt": 1})


DRAFTS: Script = {seat: [f"Draft by {seat}"] for seat in TRIO}


def test_drafts_of_equal_score_share_the_first_place() -> None:
    scores = {rater: {author: 7.0 for author in TRIO if author != rater} for rater in TRIO}
    case = a_case("compose", limits=ONE_ROUND)
    findings = deliberated(case, DRAFTS, serving={"rating": rated(scores)}).findings
    assert (findings.outcome, findings.ruling) == ("tie", None)


def test_nobody_rates_their_own_draft() -> None:
    scores = {rater: dict.fromkeys(TRIO, 5.0) for rater in TRIO}
    course = deliberated(
        a_case("compose", limits=ONE_ROUND), DRAFTS, serving={"rating": rated(scores)}
    )
    for ask in course.asks:
        if ask.purpose == "rating":
            assert f"Draft by {ask.seat}" not in ask.prompt


def test_no_seat_is_told_which_side_to_argue() -> None:
    course = deliberated(a_case(limits=ONE_ROUND), {s: ["yes"] for s in TRIO})
    assert len({(ask.system, ask.prompt) for ask in course.asks}) == 1


def test_two_seats_on_one_model_stay_two_votes() -> None:
    case = a_case(models=("openai/gpt-5.4-nano",), limits=ONE_ROUND)
    findings = deliberated(case, {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]}).findings
    assert counts(findings) == {"yes": 2, "no": 1}


def test_options_that_look_alike_stay_apart() -> None:
    choices = Choices(("Option A", "Option D"))
    assert choices.recognise("Option A") == "Option A"
    assert choices.recognise("Option C") is None


def test_open_positions_that_look_alike_are_merged_by_nobody_but_a_seat() -> None:
    case = a_case("majority", limits=ONE_ROUND)
    script: Script = {"ada": ["Option A"], "ben": ["Option D"], "cleo": ["Wait"]}
    findings = deliberated(case, script, grouping=lambda ask: failed()).findings
    assert counts(findings) == {"Option A": 1, "Option D": 1, "Wait": 1}


def test_two_camps_of_estimates_are_dissent_though_none_is_an_outlier() -> None:
    case = a_case("probability", seats=(*TRIO, "dora"), limits=ONE_ROUND)
    camps = {"ada": "0.9", "ben": "0.9", "cleo": "0.3", "dora": "0.3"}
    findings = deliberated(
        case, {seat: [voted(p, f"{seat} has reasons.")] for seat, p in camps.items()}
    ).findings
    assert {r.position: r.seats for r in findings.minority_report} == {
        "0.9": ("ada", "ben"),
        "0.3": ("cleo", "dora"),
    }


def test_split_scores_of_drafts_are_dissent() -> None:
    scores = {
        "ada": {"ben": 9.0, "cleo": 3.0},
        "ben": {"ada": 3.0, "cleo": 9.0},
        "cleo": {"ada": 3.0, "ben": 9.0},
    }
    findings = deliberated(
        a_case("compose", limits=ONE_ROUND), DRAFTS, serving={"rating": rated(scores)}
    ).findings
    assert findings.ruling == "2"
    scores["cleo"] = {"ada": 9.0, "ben": 8.0}
    findings = deliberated(
        a_case("compose", limits=ONE_ROUND), DRAFTS, serving={"rating": rated(scores)}
    ).findings
    assert [(r.position, r.seats) for r in findings.minority_report] == [("draft 1", ("cleo",))]


def test_the_dissenter_keeps_its_argument_and_what_would_flip_it() -> None:
    dissent = voted("Wait", "Rows are lost.", would_flip="A rehearsal.")
    [report] = vote("Adopt", "Adopt", dissent).minority_report
    assert (report.argument, report.would_flip) == ("Rows are lost.", "A rehearsal.")


def test_confidence_follows_from_the_split_and_is_no_constant() -> None:
    together, split = vote("Wait", "Wait", "Wait"), vote("Wait", "Wait", "Adopt")
    assert together.confidence is not None
    assert split.confidence is not None
    assert together.confidence.value is not None
    assert split.confidence.value is not None
    assert together.confidence.value > split.confidence.value
    four = vote("Wait", "Wait", "Wait", "Wait")
    assert four.confidence is not None
    assert four.confidence.value is None


def test_ratings_that_cannot_be_read_are_no_middling_scores() -> None:
    def unread(ask: Ask) -> Reply:
        return said("All fine!")

    case = a_case("compose", limits=ONE_ROUND)
    decision = deliberated(case, DRAFTS, serving={"rating": unread}).decision
    assert decision.findings.outcome == "no_quorum"
    assert [draft.mean for draft in decision.findings.ranking or ()] == [None, None, None]
    assert decision.degraded


def test_a_score_off_the_scale_is_listed_and_not_clipped() -> None:
    scores = {rater: {author: 7.0 for author in TRIO if author != rater} for rater in TRIO}
    scores["ada"]["ben"] = 11
    case = a_case("compose", limits=ONE_ROUND)
    decision = deliberated(case, DRAFTS, serving={"rating": rated(scores)}).decision
    means = {draft.seat: draft.mean for draft in decision.findings.ranking or ()}
    assert means == {"ada": 7.0, "ben": 7.0, "cleo": 7.0}
    assert any("belong to no draft" in warning for warning in decision.warnings)


def test_one_voice_that_is_left_is_no_council() -> None:
    lines: Script = {"ada": ["yes"], "ben": [failed()], "cleo": [failed()]}
    decision = deliberated(a_case(limits=ONE_ROUND), lines).decision
    assert (decision.findings.outcome, decision.findings.ruling) == ("no_quorum", None)


def test_a_verdict_of_fewer_than_were_asked_for_is_provisional() -> None:
    limits = Limits(max_rounds=0, min_voices=3)
    course = deliberated(a_case(seats=("ada", "ben"), limits=limits), {s: ["yes"] for s in TRIO})
    assert (course.findings.ruling, course.decision.provisional) == ("yes", True)


def test_a_verdict_on_fewer_ballots_than_seats_is_degraded() -> None:
    lines: Script = {"ada": ["yes"], "ben": ["yes"], "cleo": [failed()]}
    decision = deliberated(a_case(limits=ONE_ROUND), lines).decision
    assert (decision.findings.outcome, decision.degraded) == ("majority", True)


def test_one_survivor_of_three_never_agrees_with_itself() -> None:
    limits = Limits(min_voices=1)
    lines: Script = {"ada": ["yes"], "ben": [ABSTAINED, "no"], "cleo": [ABSTAINED]}
    course = deliberated(a_case("yes_no", "critique", limits=limits), lines)
    assert course.rounds[:2] == ["r1", "r2"]


def test_no_single_writer_is_a_point_of_failure() -> None:
    def second(ask: Ask) -> Reply:
        return failed() if "ruling1" in ask.ask_id else wrote("It ships.")

    case = a_case("majority", limits=ONE_ROUND)
    findings = deliberated(case, {s: ["Ship"] for s in TRIO}, serving={"ruling": second}).findings
    assert findings.answer == "It ships."


def test_an_error_message_is_never_a_summary() -> None:
    case = a_case("majority", limits=ONE_ROUND)
    script: Script = {s: [voted("Ship", "It is ready.")] for s in TRIO}
    course = deliberated(case, script, serving={"ruling": lambda ask: failed("server", "500")})
    assert course.findings.answer == "It is ready."


def test_a_consensus_that_was_drafted_and_not_ratified_is_none() -> None:
    course = deliberated(
        a_case("consensus", limits=ONE_ROUND),
        {seat: ["Ship"] for seat in TRIO},
        serving={"ratification": lambda ask: voted("object", "Not so.")},
    )
    assert (course.findings.ruling, course.findings.decided_by) == (None, "none")


def test_a_chairs_choice_is_not_told_as_the_councils_vote() -> None:
    case = a_case("yes_no", "adaptive", arbiter="anthropic/claude-opus-4-8")
    script: Script = {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]}
    findings = deliberated(case, script, serving={"arbitration": lambda ask: voted("no")}).findings
    assert (findings.outcome, findings.decided_by) == ("forced", "arbiter")
    assert counts(findings) == {"yes": 2, "no": 1}


def test_each_argument_is_sent_to_a_peer_once_a_round() -> None:
    script: Script = {
        "ada": [voted("yes", "Argument of oak.")],
        "ben": [voted("no", "Argument of elm.")],
        "cleo": [voted("no", "Argument of ash.")],
    }
    course = deliberated(a_case("yes_no", "critique", limits=Limits(max_rounds=1)), script)
    rebuttals = [ask for ask in course.asks if ask.purpose == "rebuttal"]
    assert len(rebuttals) == 3
    for ask in rebuttals:
        sent = (ask.system + ask.prompt).count
        assert [sent(f"Argument of {tree}.") for tree in ("oak", "elm", "ash")] == [1, 1, 1]
