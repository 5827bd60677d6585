"""When a round may be closed although seats are still to reply, and what is told of it."""

from collections.abc import Sequence

import pytest

from magi_mcp.core.announcement import announce
from magi_mcp.core.case import Case, Limits, MethodName, ProtocolName
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.errors import ReplayDivergence
from magi_mcp.core.events import CaseOpened, LateReply, RoundClosed
from magi_mcp.core.report import markdown
from magi_mcp.core.result import verdict_of
from tests.core.paper import (
    TRIO,
    Course,
    Script,
    a_case,
    deliberated,
    failed,
    from_own_model,
    said,
    scripted,
    voted,
)

EARLY = Limits(early_close=True, min_rounds=1, max_rounds=1)
ALL_YES: Script = {seat: ["yes"] for seat in TRIO}


def hurried(case: Case, script: Script, *, order: Sequence[str] = ()) -> Course:
    """Drive a case to its end, closing every round as soon as that may be done."""
    answers = scripted(script)
    deliberation = Deliberation(case)
    course = Course(case, [CaseOpened(case=case)])
    arrival = order or [seat.name for seat in case.seats]
    while not deliberation.ended:
        due = deliberation.due()
        assert due is not None
        deliberation.apply(due)
        course.events.append(due)
        course.asks += deliberation.pending
        for ask in sorted(deliberation.pending, key=lambda ask: arrival.index(ask.seat)):
            reply = from_own_model(case, ask, answers(ask))
            event = deliberation.received(ask, reply)
            deliberation.apply(event)
            course.events.append(event)
            if deliberation.foregone:
                closed = deliberation.closed("settled")
                deliberation.apply(closed)
                course.events.append(closed)
                break
    return course


def closed_in(course: Course) -> list[tuple[str, ...]]:
    return [event.missing for event in course.events if isinstance(event, RoundClosed)]


def test_a_rebuttal_is_closed_once_the_others_cannot_change_the_ruling() -> None:
    course = hurried(a_case(protocol="critique", limits=EARLY), ALL_YES)
    assert closed_in(course) == [("r2/cleo",)]
    findings = course.findings
    assert (findings.outcome, findings.ruling) == ("majority", "yes")
    assert findings.agreement == 1
    assert {b.seat: b.round for b in findings.ballots} == {"ada": 2, "ben": 2, "cleo": 1}
    assert not course.decision.degraded, "nobody failed"
    told = "Round 2 was closed early: the ruling stood without a ballot by cleo."
    assert told in course.decision.warnings


def test_waiting_is_what_happens_if_nobody_wants_it_otherwise() -> None:
    limits = EARLY.model_copy(update={"early_close": False})
    course = hurried(a_case(protocol="critique", limits=limits), ALL_YES)
    assert closed_in(course) == []
    assert course.findings.outcome == "unanimous"


def test_a_split_that_the_last_seat_decides_is_waited_for() -> None:
    script: Script = {"ada": ["yes"], "ben": ["no"], "cleo": ["no"]}
    course = hurried(a_case(protocol="critique", limits=EARLY), script)
    assert closed_in(course) == []
    assert course.findings.ruling == "no"


@pytest.mark.parametrize(
    ("method", "protocol", "limits", "arbiter"),
    [
        ("probability", "critique", EARLY, None),
        ("majority", "critique", EARLY, None),
        ("yes_no", "critique", EARLY.model_copy(update={"min_rounds": 2, "max_rounds": 2}), None),
        ("yes_no", "critique", EARLY.model_copy(update={"max_rounds": 2}), None),
        ("yes_no", "escalate", EARLY, "anthropic/claude-opus-4.5"),
        ("yes_no", "critique", EARLY.model_copy(update={"vote_threshold": 1.0}), None),
        ("yes_no", "critique", EARLY.model_copy(update={"min_voices": 3}), None),
    ],
    ids=[
        "numbers",
        "open answers",
        "another round comes in any case",
        "another round may come",
        "the arbiter may come",
        "only all of them decide",
        "two are no quorum",
    ],
)
def test_a_round_is_waited_for_where_more_than_the_ruling_hangs_on_it(
    method: MethodName, protocol: ProtocolName, limits: Limits, arbiter: str | None
) -> None:
    held = {"probability": "0.7", "majority": "Ship"}.get(method, "yes")
    case = a_case(method, protocol, limits=limits, arbiter=arbiter)
    course = hurried(case, {seat: [held] for seat in TRIO})
    first = [missing for missing in closed_in(course) if missing[0].startswith("r2/")]
    assert first == []


def test_two_of_five_are_not_waited_for_where_three_agree_and_argue_no_more() -> None:
    seats = ("ada", "ben", "cleo", "dora", "emil")
    limits = Limits(early_close=True, min_rounds=1, max_rounds=3, settled_share=0.6)
    case = a_case(protocol="critique", seats=seats, limits=limits)
    script: Script = {seat: ["no" if seat == "emil" else "yes"] for seat in seats}
    course = hurried(case, script, order=("cleo", "ada", "ben", "emil", "dora"))
    assert closed_in(course) == [("r2/dora", "r2/emil")]
    assert course.rounds == ["r1", "r2"]
    told = "Round 2 was closed early: the ruling stood without a ballot by dora, emil."
    assert told in course.decision.warnings
    assert course.findings.tally[1].seats == ("emil",), "its earlier ballot stands"


def test_a_seat_that_failed_in_the_round_has_been_heard() -> None:
    script: Script = {"ada": ["yes"], "ben": ["yes", failed()], "cleo": ["yes"]}
    course = hurried(a_case(protocol="critique", limits=EARLY), script)
    assert closed_in(course) == [("r2/cleo",)]
    assert course.decision.degraded, "one seat did fail"


def test_a_blind_round_cannot_have_been_closed_as_settled() -> None:
    course = deliberated(a_case(), ALL_YES)
    closed = RoundClosed(round_id="r1", reason="settled", missing=("r1/cleo",))
    with pytest.raises(ReplayDivergence, match="r1"):
        Deliberation.restore([*course.events[:4], closed])


def test_a_late_reply_of_a_round_closed_early_changes_nothing() -> None:
    case = a_case(protocol="critique", limits=EARLY)
    *events, verdict = hurried(case, ALL_YES).events
    late = LateReply(ask_id="r2/cleo", seat="cleo", reply=voted("no", "Wait!"))
    restored = Deliberation.restore([*events, late])
    assert restored.due() == verdict


def test_replay_takes_an_early_closing_from_the_journal() -> None:
    course = hurried(a_case(protocol="critique", limits=EARLY), ALL_YES)
    assert Deliberation.restore(course.events).ended
    patient = EARLY.model_copy(update={"early_close": False})
    as_it_was = CaseOpened(case=course.case.model_copy(update={"limits": patient}))
    assert Deliberation.restore([as_it_was, *course.events[1:]]).ended


def test_whoever_reads_of_it_sees_who_was_not_waited_for() -> None:
    dossier = hurried(a_case(protocol="critique", limits=EARLY), ALL_YES).dossier()
    assert "Round 2 was closed early" in announce(verdict_of(dossier))
    report = markdown(dossier)
    assert "Round 2 was closed early, as the ruling was settled." in report
    assert "| Cleo | yes | *not waited for* |" in report


def test_an_unreadable_reply_leaves_the_earlier_ballot_in_the_count() -> None:
    script: Script = {"ada": ["yes"], "ben": ["yes", said("Hm.")], "cleo": ["yes"]}
    course = hurried(a_case(protocol="critique", limits=EARLY), script)
    assert closed_in(course) == [("r2/cleo",)]
    assert course.findings.ruling == "yes"
