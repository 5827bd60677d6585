"""From the floor to the decision. Semantics R2, R4, R6, minority, mind changes, pivotal seats."""

import pytest

from magi_mcp.core.case import Limits
from tests.core.paper import (
    ABSTAINED,
    MODELS,
    TRIO,
    Course,
    Line,
    Script,
    a_case,
    deliberated,
    failed,
    grouped,
    said,
    voted,
)

ONE_ROUND = Limits(max_rounds=0)


def votes(*lines: Line, models: tuple[str, ...] = MODELS, limits: Limits = ONE_ROUND) -> Course:
    """A blind vote of as many seats as there are lines, and nothing after it."""
    seats = [f"seat{number}" for number in range(len(lines))]
    case = a_case(seats=seats, models=models, limits=limits)
    return deliberated(case, {seat: [line] for seat, line in zip(seats, lines, strict=True)})


# The authority of a verdict (semantics R4)


def test_a_complete_council_of_several_families_is_not_provisional() -> None:
    course = votes("yes", "yes", "no")
    assert not course.decision.provisional
    assert not course.decision.degraded
    assert course.decision.warnings == ()


def test_fewer_voices_than_were_asked_for_make_it_provisional() -> None:
    course = votes("yes", "yes", ABSTAINED, limits=Limits(max_rounds=0, min_voices=3))
    assert course.findings.outcome == "no_quorum"
    assert course.decision.provisional
    assert course.decision.warnings == (
        "Provisional: 2 of 3 seats counted, fewer than the 3 that were asked for.",
    )


def test_ballots_from_one_known_family_make_it_provisional() -> None:
    course = votes("yes", "yes", "no", models=("openai/gpt-5.4", "azure/gpt-5.4-nano", "o3"))
    assert course.decision.provisional
    assert course.decision.warnings == (
        "Provisional: every counted ballot comes from one family, openai.",
    )


def test_one_family_among_those_counted_is_enough_to_make_it_provisional() -> None:
    course = votes("yes", "yes", ABSTAINED, models=("openai/gpt-5.4", "o3", MODELS[1]))
    assert course.decision.provisional


def test_unknown_families_are_warned_of_and_not_called_one() -> None:
    course = votes("yes", "yes", "no", models=("openai/a", "openai/b", "openai/c"))
    assert not course.decision.provisional
    (warning,) = course.decision.warnings
    assert warning == (
        "Model family unknown for seat0, seat1, seat2: whether their votes are independent "
        "cannot be told."
    )


def test_a_single_seat_is_not_provisional_because_of_its_one_family() -> None:
    course = votes("yes", limits=Limits(max_rounds=0, min_voices=1))
    assert not course.decision.provisional


def test_missing_ballots_that_could_have_undone_the_margin_make_it_provisional() -> None:
    by_one = votes("yes", "yes", "no", failed())
    assert by_one.decision.provisional
    assert "Provisional: 1 missing ballot could have undone a margin of 1." in (
        by_one.decision.warnings
    )
    by_two = votes("yes", "yes", "yes", "no", failed())
    assert by_two.findings.ruling == "yes"
    assert not by_two.decision.provisional
    assert by_two.decision.degraded
    twice = votes("yes", "yes", "yes", "no", failed(), said("unreadable"))
    assert twice.decision.provisional


def test_an_abstention_is_no_missing_ballot() -> None:
    course = votes("yes", "yes", "no", ABSTAINED)
    assert not course.decision.provisional
    assert not course.decision.degraded


def test_a_seat_whose_revision_failed_is_not_missing() -> None:
    course = deliberated(
        a_case(protocol="critique"),
        {"ada": ["yes", failed()], "ben": ["yes"], "cleo": ["no"]},
    )
    assert not course.decision.provisional
    assert course.decision.degraded
    assert course.decision.warnings == ("ada failed in round 2: timeout: no answer in 60 s",)


def test_every_flaw_is_named_with_seat_round_and_cause() -> None:
    course = votes("yes", "yes", "yes", said("Hm."), failed("server", "500"))
    assert course.decision.warnings[-2:] == (
        'seat3 was unreadable in round 1: it has no "position".',
        "seat4 failed in round 1: server: 500",
    )


def test_scripted_seats_are_named_as_such() -> None:
    course = votes("yes", "yes", "no", models=("scripted/a", "scripted/b", "scripted/c"))
    assert course.decision.warnings == (
        "Scripted: the answers of seat0, seat1, seat2 were written beforehand; no model was asked.",
    )


# What a split like this was worth (semantics R6)


@pytest.mark.parametrize(
    ("lines", "value", "split"),
    [(("yes", "yes", "yes"), 0.88, "3-0"), (("no", "yes", "no"), 0.61, "2-1")],
)
def test_confidence_is_what_recorded_splits_of_that_kind_were_worth(
    lines: tuple[str, ...], value: float, split: str
) -> None:
    confidence = votes(*lines).findings.confidence
    assert confidence is not None
    assert confidence.value == value
    assert confidence.basis == (
        f"recorded {split} splits were right {100 * value:.0f}% of the time (three models on "
        "1,760 multiple-choice examination items)"
    )


def test_confidence_comes_from_the_blind_round_and_not_from_later_agreement() -> None:
    course = deliberated(
        a_case(protocol="critique"), {"ada": ["yes"], "ben": ["yes"], "cleo": ["no", "yes"]}
    )
    assert course.findings.outcome == "unanimous"
    assert course.findings.confidence is not None
    assert course.findings.confidence.value == 0.61


def test_a_three_way_split_has_its_own_figure_once_it_is_resolved() -> None:
    case = a_case("options", options=["one", "two", "three"])
    course = deliberated(case, {"ada": ["A"], "ben": ["B", "A"], "cleo": ["C"]})
    assert course.findings.ruling == "one"
    assert course.findings.confidence is not None
    assert course.findings.confidence.value == 0.34


@pytest.mark.parametrize(
    "course",
    [
        votes("yes", "yes", "no", "no", "yes"),
        votes("yes", "yes", ABSTAINED),
        votes("yes", "yes", "no", models=("openai/gpt-5.4", "openai/a", "openai/b")),
        votes("yes", "yes", "no", models=("openai/a",)),
        votes("yes", "no", ABSTAINED),
        deliberated(a_case("majority"), {"ada": ["a"], "ben": ["a"], "cleo": ["a"]}),
    ],
)
def test_without_a_measured_pattern_there_is_no_confidence_but_a_reason(course: Course) -> None:
    confidence = course.findings.confidence
    assert confidence is not None
    assert confidence.value is None
    assert confidence.basis.startswith(("no reference: ", "no ruling"))


def test_a_models_own_claim_is_recorded_and_decides_nothing() -> None:
    course = votes(
        voted("yes", confidence=0.01), voted("yes", confidence=0.02), voted("no", confidence=1)
    )
    assert course.findings.ruling == "yes"
    assert [b.stated_confidence for b in course.findings.ballots] == [0.01, 0.02, 1.0]
    assert course.findings.confidence is not None
    assert course.findings.confidence.value == 0.61


# Answer and minority report


def test_the_answer_is_an_argument_of_the_winners_and_the_minority_keeps_its_own() -> None:
    course = votes(
        voted("yes", "It is additive.", confidence=0.9),
        voted("yes", "It is rehearsed.", confidence=0.2),
        voted("no", "Rows are lost.", would_flip="A rehearsed rollback.", confidence=1),
    )
    assert course.findings.answer == "It is additive."
    (report,) = course.findings.minority_report
    assert report.model_dump() == {
        "position": "no",
        "seats": ("seat2",),
        "argument": "Rows are lost.",
        "would_flip": "A rehearsed rollback.",
        "base_rate": 0.19,
    }


def test_a_holder_who_argues_speaks_before_one_who_is_merely_sure() -> None:
    course = votes(voted("yes", "", confidence=1), voted("yes", "It is safe."), "no")
    assert course.findings.answer == "It is safe."


def test_a_ruling_that_nobody_argued_has_no_answer() -> None:
    assert votes(voted("yes", ""), voted("yes", " "), "no").findings.answer is None


def test_without_a_ruling_every_side_is_on_record_and_nobody_is_right_19_percent() -> None:
    course = votes("yes", "no", ABSTAINED)
    assert [report.position for report in course.findings.minority_report] == ["no", "yes"]
    assert {report.base_rate for report in course.findings.minority_report} == {None}
    assert course.findings.answer is None
    assert course.findings.decided_by == "none"


@pytest.mark.parametrize(
    "course",
    [
        votes("yes", "yes", "yes", "no"),
        votes("yes", "yes", "no", models=("openai/gpt-5.4", "o3", "openai/gpt-5.4-nano")),
        deliberated(
            a_case("majority", limits=ONE_ROUND),
            {"ada": ["a"], "ben": ["a"], "cleo": ["b"]},
            grouping=grouped(),
        ),
    ],
)
def test_a_dissenters_base_rate_is_shown_only_where_it_was_measured(course: Course) -> None:
    (report,) = course.findings.minority_report
    assert report.base_rate is None


# Mind changes


def changes(course: Course) -> list[tuple[str, int, str | None, str | None, str | None]]:
    return [(c.seat, c.round, c.from_, c.to, c.because) for c in course.findings.mind_changes]


def test_a_changed_mind_names_round_positions_and_cause() -> None:
    course = deliberated(
        a_case(protocol="critique"),
        {
            "ada": ["yes"],
            "ben": ["no", voted("yes", because="the rehearsal log")],
            "cleo": ["yes", "yes"],
        },
    )
    assert changes(course) == [("ben", 2, "no", "yes", "the rehearsal log")]


def test_a_change_without_a_cause_is_recorded_as_unexplained() -> None:
    course = deliberated(
        a_case(protocol="critique"), {"ada": ["yes"], "ben": ["no", "yes"], "cleo": ["yes"]}
    )
    assert changes(course) == [("ben", 2, "no", "yes", None)]


def test_a_cause_without_a_change_is_no_changed_mind() -> None:
    course = deliberated(
        a_case(protocol="critique"),
        {"ada": ["yes"], "ben": ["no", voted("no", because="the log")], "cleo": ["yes"]},
    )
    assert changes(course) == []


def test_stepping_to_and_from_an_abstention_is_a_changed_mind() -> None:
    course = deliberated(
        a_case(protocol="critique", limits=Limits(min_rounds=2)),
        {
            "ada": ["yes", ABSTAINED, "no"],
            "ben": ["no"],
            "cleo": ["yes"],
        },
    )
    assert changes(course) == [
        ("ada", 2, "yes", None, "outside what I know"),
        ("ada", 3, None, "no", None),
    ]


def test_a_change_is_measured_from_the_ballot_that_stood_before() -> None:
    course = deliberated(
        a_case(protocol="critique", limits=Limits(min_rounds=2)),
        {"ada": ["yes", failed(), "no"], "ben": ["no"], "cleo": ["yes"]},
    )
    assert changes(course) == [("ada", 3, "yes", "no", None)]


def test_becoming_readable_is_no_changed_mind() -> None:
    course = deliberated(
        a_case(protocol="critique"), {"ada": [said("Hm."), "yes"], "ben": ["yes"], "cleo": ["no"]}
    )
    assert changes(course) == []


# Pivotal seats, open questions, records


@pytest.mark.parametrize(
    ("lines", "pivotal"),
    [
        (("yes", "yes", "yes"), ()),
        (("yes", "yes", "no"), ("seat0", "seat1")),
        (("yes", "yes", "yes", "no"), ()),
        (("yes", "yes", "yes", "no", "no"), ("seat0", "seat1", "seat2")),
        (("no", "yes", "yes"), ("seat1", "seat2")),
        (("yes", "yes", ABSTAINED), ("seat0", "seat1")),
        (("yes", "no", ABSTAINED), ()),
    ],
)
def test_pivotal_seats_are_those_without_whom_the_ruling_would_differ(
    lines: tuple[Line, ...], pivotal: tuple[str, ...]
) -> None:
    assert votes(*lines).findings.pivotal_seats == pivotal


def test_a_tie_of_four_hangs_on_every_seat() -> None:
    assert votes("yes", "yes", "no", "no").findings.pivotal_seats == (
        "seat0",
        "seat1",
        "seat2",
        "seat3",
    )


def test_what_seats_would_need_to_know_is_gathered_once_from_standing_ballots() -> None:
    script: Script = {
        "ada": [voted("yes", needs=["Was rollback tried?", "The price"]), voted("yes", needs=[])],
        "ben": [voted("no", needs=["was  rollback tried", "Who is on call?"])],
        "cleo": [voted("abstain", needs=["**Was rollback tried?**"])],
    }
    blind_only = deliberated(a_case(limits=ONE_ROUND), script).findings.open_questions
    assert blind_only == ("Was rollback tried?", "The price", "Who is on call?")
    later = deliberated(a_case(protocol="critique"), script).findings.open_questions
    assert later == ("was rollback tried", "Who is on call?")


def test_a_ballot_is_recorded_with_its_seat_and_the_model_that_served() -> None:
    course = votes(
        said('{"position": "yes", "argument": "Safe."}', served_by="openai/gpt-5.4"), "yes", "no"
    )
    record = course.findings.ballots[0]
    assert record.model_dump() == {
        "seat": "seat0",
        "persona": None,
        "model": MODELS[0],
        "served_by": "openai/gpt-5.4",
        "round": 1,
        "kind": "position",
        "position": "yes",
        "stated_confidence": None,
        "summary": "Safe.",
    }


def test_absent_ballots_are_recorded_with_their_reasons() -> None:
    records = votes("yes", ABSTAINED, said("Hm."), failed("server", "500")).findings.ballots
    assert [(r.kind, r.position, r.summary) for r in records[1:]] == [
        ("abstained", None, "outside what I know"),
        ("unreadable", None, 'it has no "position".'),
        ("failed", None, "server: 500"),
    ]
    assert records[3].served_by is None


def test_the_seats_stand_in_the_order_of_the_case() -> None:
    assert [b.seat for b in votes("yes", "no", "yes").findings.ballots] == [
        "seat0",
        "seat1",
        "seat2",
    ]
    backwards = deliberated(
        a_case(seats=TRIO[::-1]), {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]}
    )
    assert [b.seat for b in backwards.findings.ballots] == ["cleo", "ben", "ada"]


def test_the_blind_vote_is_kept_beside_the_final_one() -> None:
    course = deliberated(
        a_case(protocol="critique"),
        {"ada": ["yes", "no"], "ben": ["yes", "no"], "cleo": ["no"]},
    )
    blind = course.findings.blind_vote
    assert blind is not None
    assert (blind.outcome, blind.ruling) == ("majority", "yes")
    assert course.findings.ruling == "no"


def test_a_ruling_that_arguing_turned_has_no_figure_that_speaks_for_the_other_side() -> None:
    script: Script = {"ada": ["yes"], "ben": ["yes", "no"], "cleo": ["no"]}
    turned = deliberated(a_case(protocol="critique"), script).findings
    assert (turned.ruling, turned.blind_vote and turned.blind_vote.ruling) == ("no", "yes")
    assert turned.confidence is not None
    assert turned.confidence.value is None
    assert "arguing turned the blind vote" in turned.confidence.basis
    assert [report.base_rate for report in turned.minority_report] == [None]
    stood = deliberated(a_case(protocol="vote"), script).findings
    assert stood.confidence is not None
    assert stood.confidence.value == 0.61
    assert [report.base_rate for report in stood.minority_report] == [0.19]
