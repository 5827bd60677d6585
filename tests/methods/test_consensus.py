"""Common ground, drafted and then ratified or objected to. Semantics "consensus"."""

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Lens, Limits, ProtocolName
from magi_mcp.core.replies import Reply
from tests.core.paper import (
    ABSTAINED,
    MODELS,
    TRIO,
    Answers,
    Course,
    Script,
    a_case,
    decided_without,
    deliberated,
    failed,
    round_number,
    said,
    scripted,
    voted,
    wrote,
)

ONE_ROUND = Limits(max_rounds=0)
ANSWERS: Script = {
    "ada": [voted("Ship on Friday", "It is additive.", confidence=0.2)],
    "ben": [voted("Ship behind a flag", "It can be undone.", confidence=0.9)],
    "cleo": [voted("Wait", "Nobody is on call.", confidence=0.5)],
}
DRAFT = "Ship once somebody is on call."


def says(vote: str, argument: str = "So be it.", would_flip: str = "A name.") -> Reply:
    return voted(vote, argument, would_flip=would_flip)


def ratifying(**replies: Reply | str) -> Answers:
    """Each seat's reply to the draft; a text is accept or object."""

    def answer(ask: Ask) -> Reply:
        reply = replies[ask.seat]
        return says(reply) if isinstance(reply, str) else reply

    return answer


def agreed(
    ratify: Answers,
    *,
    draft: Answers = lambda ask: wrote(DRAFT),
    protocol: ProtocolName = "vote",
    limits: Limits = ONE_ROUND,
    script: Script = ANSWERS,
    allow_abstain: bool = True,
) -> Course:
    return deliberated(
        a_case("consensus", protocol, limits=limits, allow_abstain=allow_abstain),
        script,
        serving={"draft": draft, "ratification": ratify},
    )


def votes(course: Course) -> dict[str, int]:
    return {entry.position: entry.votes for entry in course.findings.tally}


def test_a_draft_that_all_accept_is_the_ruling() -> None:
    course = agreed(ratifying(ada="accept", ben="accept", cleo="accept"))
    assert course.rounds == ["r1", "r1.draft1", "r1.ratification"]
    assert (course.findings.outcome, course.findings.ruling) == ("unanimous", DRAFT)
    assert course.findings.answer == DRAFT
    assert course.findings.agreement == 1.0
    assert course.findings.minority_report == ()
    assert course.decision.rounds == 1


def test_the_ballots_are_acceptances_and_objections_and_not_the_answers() -> None:
    course = agreed(ratifying(ada="accept", ben="accept", cleo=says("object", "It names nobody.")))
    assert (course.findings.outcome, course.findings.decided_by) == ("majority", "votes")
    assert votes(course) == {"accept": 2, "object": 1}
    assert course.findings.agreement == pytest.approx(2 / 3)
    assert [(b.seat, b.position, b.summary) for b in course.findings.ballots] == [
        ("ada", "accept", "So be it."),
        ("ben", "accept", "So be it."),
        ("cleo", "object", "It names nobody."),
    ]
    (report,) = course.findings.minority_report
    assert (report.seats, report.argument, report.would_flip) == (
        ("cleo",),
        "It names nobody.",
        "A name.",
    )


def test_every_objection_is_on_record_with_its_own_reason() -> None:
    course = agreed(
        ratifying(ada="accept", ben=says("object", "Too late."), cleo=says("object", "Too soon."))
    )
    assert [r.argument for r in course.findings.minority_report] == ["Too late.", "Too soon."]


@pytest.mark.parametrize(
    ("replies", "outcome", "agreement"),
    [
        (("accept", "object", "object"), "below_threshold", 1 / 3),
        (("object", "object", "object"), "below_threshold", 0.0),
        (("accept", "object", ABSTAINED), "tie", 0.5),
        (("accept", ABSTAINED, ABSTAINED), "no_quorum", 1.0),
        ((ABSTAINED, ABSTAINED, ABSTAINED), "no_quorum", None),
    ],
)
def test_a_consensus_that_nobody_ratified_is_none(
    replies: tuple[Reply | str, ...], outcome: str, agreement: float | None
) -> None:
    course = agreed(ratifying(**dict(zip(TRIO, replies, strict=True))))
    assert course.decision.status == "undecided"
    assert (course.findings.outcome, course.findings.ruling) == (outcome, None)
    assert course.findings.decided_by == "none"
    assert course.findings.agreement == (None if agreement is None else pytest.approx(agreement))
    assert course.findings.answer == DRAFT, "shown, and marked by whoever shows it"


def test_the_threshold_holds_for_acceptances() -> None:
    course = agreed(
        ratifying(ada="accept", ben="accept", cleo="object"),
        limits=Limits(max_rounds=0, vote_threshold=0.67),
    )
    assert (course.findings.outcome, course.findings.ruling) == ("below_threshold", None)


def test_the_surest_seat_drafts_and_the_next_one_where_it_fails() -> None:
    def draft(ask: Ask) -> Reply:
        return failed() if ask.seat == "ben" else wrote(DRAFT)

    course = agreed(ratifying(ada="accept", ben="accept", cleo="accept"), draft=draft)
    drafting = [ask for ask in course.asks if ask.purpose == "draft"]
    assert [ask.seat for ask in drafting] == ["ben", "cleo"]
    assert course.findings.ruling == DRAFT


def test_where_nobody_can_draft_there_is_nothing_to_accept() -> None:
    course = agreed(ratifying(), draft=lambda ask: failed())
    assert course.rounds == ["r1", "r1.draft1", "r1.draft2", "r1.draft3"]
    assert (course.findings.outcome, course.findings.answer) == ("no_quorum", None)
    assert (
        "Round 1: no seat could draft the common ground, so there was none to accept."
        in course.decision.warnings
    )


def test_a_seat_that_failed_blind_neither_drafts_nor_ratifies() -> None:
    script: Script = {**ANSWERS, "ben": [failed()]}
    course = agreed(ratifying(ada="accept", cleo="accept"), script=script)
    assert {ask.seat for ask in course.asks if ask.purpose != "answer"} == {"ada", "cleo"}
    assert course.findings.outcome == "majority", "one of three has not accepted"
    assert [(b.seat, b.kind) for b in course.findings.ballots] == [
        ("ada", "position"),
        ("ben", "failed"),
        ("cleo", "position"),
    ]


def test_a_lost_acceptance_degrades_and_may_make_provisional() -> None:
    course = agreed(ratifying(ada="accept", ben="accept", cleo=failed()))
    assert course.findings.outcome == "majority"
    assert course.decision.degraded
    assert not course.decision.provisional, "two to none outweighs one that is missing"
    narrow = agreed(ratifying(ada="accept", ben=said("Perhaps."), cleo=failed()))
    assert narrow.decision.provisional
    assert "cleo failed to accept or object in round 1: timeout: no answer in 60 s" in (
        narrow.decision.warnings
    )


def test_abstaining_on_the_draft_follows_the_case() -> None:
    course = agreed(
        ratifying(ada="accept", ben="accept", cleo=voted("abstain")), allow_abstain=False
    )
    assert [b.kind for b in course.findings.ballots] == ["position", "position", "unreadable"]


def test_a_later_draft_is_written_in_view_of_the_objections_to_the_first() -> None:
    def ratify(ask: Ask) -> Reply:
        if ask.seat == "cleo" and round_number(ask) == 1:
            return says("object", "It names nobody.", "A name and a number.")
        return says("accept")

    def draft(ask: Ask) -> Reply:
        return wrote(DRAFT if round_number(ask) == 1 else "Ship once Dora is on call.")

    course = agreed(ratify, draft=draft, protocol="critique", limits=Limits())
    assert course.rounds[:3] == ["r1", "r1.draft1", "r1.ratification"]
    assert course.rounds[3:] == ["r2", "r2.draft1", "r2.ratification"]
    assert course.findings.ruling == "Ship once Dora is on call."
    first, second = (ask.prompt for ask in course.asks if ask.purpose == "draft")
    assert "It names nobody." not in first
    assert DRAFT in second
    assert "It names nobody. What would win acceptance: A name and a number." in second


def test_reworded_answers_are_no_changed_minds_but_a_named_cause_is_one() -> None:
    script: Script = {
        "ada": [voted("Ship on Friday"), voted("ship on friday."), voted("Ship on Friday")],
        "ben": [voted("Ship behind a flag"), voted("Put it behind a flag")],
        "cleo": [voted("Wait"), voted("Ship", because="the rehearsal log")],
    }
    course = agreed(
        ratifying(ada="accept", ben="object", cleo="object"),
        protocol="critique",
        limits=Limits(max_rounds=1),
        script=script,
    )
    assert [(c.seat, c.because) for c in course.findings.mind_changes] == [
        ("cleo", "the rehearsal log")
    ]
    assert not any("named no fact" in warning for warning in course.decision.warnings)


def test_arguing_ends_when_no_answer_moves_though_the_draft_is_not_ratified() -> None:
    course = agreed(
        ratifying(ada="accept", ben="object", cleo="object"), protocol="critique", limits=Limits()
    )
    assert course.decision.rounds == 2
    assert course.findings.outcome == "below_threshold"


def test_an_answer_in_the_same_words_but_for_case_and_markup_has_not_moved() -> None:
    script: Script = {
        "ada": ["Ship", "**ship.**", "Ship!"],
        "ben": ["Wait", "wait", "WAIT"],
        "cleo": ["Rewrite"],
    }
    course = agreed(
        ratifying(ada="accept", ben="object", cleo="object"),
        protocol="critique",
        limits=Limits(),
        script=script,
    )
    assert course.decision.rounds == 2


def test_the_routing_share_is_that_of_acceptances() -> None:
    seats = ("ada", "ben", "cleo", "dora", "emil")
    script: Script = {seat: [voted(f"Answer of {seat}")] for seat in seats}

    def route(*accepting: str) -> tuple[str, ...]:
        return deliberated(
            a_case("consensus", "adaptive", seats=seats),
            script,
            serving={
                "ratification": lambda ask: says("accept" if ask.seat in accepting else "object")
            },
        ).findings.route

    assert route("ada", "ben", "cleo", "dora") == ("vote",)
    assert route("ada", "ben") == ("vote", "critique")
    assert route("ada") == ("vote", "escalate")


def test_pivotal_are_those_without_whom_the_draft_would_not_stand() -> None:
    accepted = agreed(ratifying(ada="accept", ben="accept", cleo="object"))
    assert accepted.findings.pivotal_seats == ("ada", "ben")
    all_accept = agreed(ratifying(ada="accept", ben="accept", cleo="accept"))
    assert all_accept.findings.pivotal_seats == ()
    tied = agreed(ratifying(ada="accept", ben="object", cleo=ABSTAINED))
    assert tied.findings.pivotal_seats == ()


def test_the_draft_tells_the_seats_no_names() -> None:
    lens = Lens(name="Balthasar", text="Look at it as a guardian would.")

    def draft(ask: Ask) -> Reply:
        shown = ask.prompt.split("[begin answer of ")[1].split(" ")[0]
        return wrote(f"As Balthasar, I say: ship it. {shown} is right about Saturday.")

    case = a_case("consensus", limits=ONE_ROUND, lenses=(None, lens, None))
    course = deliberated(case, ANSWERS, serving={"draft": draft})
    assert course.findings.ruling is not None
    assert "another member is right about Saturday." in course.findings.ruling
    for ask in course.asks:
        if ask.purpose == "ratification":
            shown = ask.prompt.split("[begin draft ")[1]
            assert not any(name in shown for name in ("Balthasar", "Ada", "Ben", "Cleo"))
            assert course.findings.ruling in shown


def test_no_arbiter_is_asked_to_agree_in_place_of_the_seats() -> None:
    case = a_case("consensus", "adaptive", arbiter="openai/o3", limits=ONE_ROUND)
    course = deliberated(
        case,
        ANSWERS,
        serving={"ratification": ratifying(ada="accept", ben="object", cleo="object")},
    )
    assert not any(ask.purpose == "arbitration" for ask in course.asks)
    assert course.findings.outcome == "below_threshold"


def test_the_families_of_those_who_ratified_are_counted() -> None:
    same = ("openai/gpt-5.4", "openai/o3", MODELS[1])
    course = deliberated(
        a_case("consensus", models=same, limits=ONE_ROUND),
        ANSWERS,
        serving={"ratification": ratifying(ada="accept", ben="accept", cleo=ABSTAINED)},
    )
    assert "Provisional: every counted ballot comes from one family, openai." in (
        course.decision.warnings
    )


def test_whoever_ratifies_is_not_asked_for_an_answer_of_its_own_as_well() -> None:
    course = agreed(ratifying(ada="accept", ben="accept", cleo="accept"))
    for ask in course.asks:
        assert ("Give your own answer" in ask.prompt) == (ask.purpose == "answer")


def test_a_draft_that_could_be_put_to_nobody_is_degraded() -> None:
    """The deadline took every acceptance: that is not a council which was heard and declined."""
    case = a_case("consensus", limits=ONE_ROUND)
    answers = scripted(ANSWERS, serving={"draft": lambda ask: wrote(DRAFT)})
    decision = decided_without(case, answers, "ratification")
    assert (decision.findings.outcome, decision.findings.ruling) == ("no_quorum", None)
    assert decision.degraded


def test_an_objectors_wish_reaches_the_next_drafter_without_its_authors_name() -> None:
    wish = f"As {MODELS[2]}, a name."
    course = agreed(
        ratifying(ada="object", ben="object", cleo=says("object", "No.", wish)),
        protocol="critique",
        limits=Limits(max_rounds=1),
    )
    prompt = next(ask.prompt for ask in course.asks if ask.ask_id.startswith("r2.draft1/"))
    assert "What would win acceptance: A name." in prompt
    assert MODELS[2] not in prompt


def test_a_council_that_objects_has_no_ruling_to_be_confident_of() -> None:
    confidence = agreed(ratifying(ada="object", ben="object", cleo="object")).findings.confidence
    assert confidence is not None
    assert confidence.basis == "no ruling, so nothing to be confident of"


@pytest.mark.parametrize("refused", ["r2", "r2.draft1", "r2.ratification"])
def test_what_was_ratified_stands_where_the_next_round_cannot_be_counted(refused: str) -> None:
    case = a_case("consensus", "critique", limits=Limits(max_rounds=1, min_rounds=1))
    ratify = ratifying(ada="accept", ben="accept", cleo=says("object", "Nobody is on call."))
    answers = scripted(ANSWERS, serving={"draft": lambda ask: wrote(DRAFT), "ratification": ratify})
    decision = decided_without(case, answers, round_id=refused)
    assert (decision.findings.outcome, decision.findings.ruling) == ("majority", DRAFT)
    assert [report.argument for report in decision.findings.minority_report] == [
        "Nobody is on call."
    ]
    assert decision.degraded
