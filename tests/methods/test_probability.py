"""Probabilities brought together in one estimate. Semantics "probability"."""

import math
from itertools import permutations

import pytest

from magi_mcp.core.case import Limits
from magi_mcp.core.replies import Answered
from tests.core.paper import (
    ABSTAINED,
    MODELS,
    Course,
    Line,
    a_case,
    deliberated,
    failed,
    said,
    voted,
    wrote,
)

ONE_ROUND = Limits(max_rounds=0)


def estimated(*lines: Line, limits: Limits = ONE_ROUND) -> Course:
    """The blind estimates of as many seats as there are lines."""
    seats = [f"seat{number}" for number in range(len(lines))]
    case = a_case("probability", seats=seats, limits=limits)
    return deliberated(case, {seat: [line] for seat, line in zip(seats, lines, strict=True)})


def argued(position: str, argument: str, confidence: float = 0.5) -> Answered:
    return voted(position, argument, confidence=confidence)


def test_the_headline_is_the_mean_and_the_rest_stands_beside_it() -> None:
    findings = estimated("0.2", "0.3", "0.7").findings
    assert (findings.outcome, findings.ruling, findings.decided_by) == ("estimate", None, "votes")
    assert findings.probability == 0.4
    estimate = findings.estimate
    assert estimate is not None
    assert (estimate.mean, estimate.median, estimate.min, estimate.max) == (0.4, 0.3, 0.2, 0.7)
    assert estimate.spread == pytest.approx(math.sqrt(0.14 / 3))
    odds = (0.2 / 0.8 * 0.3 / 0.7 * 0.7 / 0.3) ** (1 / 3)
    assert estimate.log_odds_mean == pytest.approx(odds / (1 + odds))


def test_decimals_are_added_as_they_were_written() -> None:
    estimate = estimated("0.1", "0.2", "0.3").findings.estimate
    assert estimate is not None
    assert estimate.mean == 0.2
    assert estimated("0.1", "0.2").findings.probability == 0.15
    assert estimated("10%", "0.2", "0.3").findings.probability == 0.2


@pytest.mark.parametrize(
    ("lines", "agreement"),
    [
        (("0.5", "0.6", "0.7"), 1.0),
        (("0.5", "0.6", "0.71"), 2 / 3),
        (("0.1", "0.2", "0.3"), 1.0),
        (("0.2", "0.8"), 0.0),
        (("0.7", "0.8", "0.9", "0.1"), 2 / 4),
        (("0.4", ABSTAINED, "0.4"), 1.0),
    ],
)
def test_agreement_is_the_share_within_a_tenth_of_the_median(
    lines: tuple[Line, ...], agreement: float
) -> None:
    assert estimated(*lines).findings.agreement == agreement


@pytest.mark.parametrize(
    ("lines", "far"),
    [
        (("0.3", "0.5", "0.7"), ["0.3", "0.7"]),
        (("0.31", "0.5", "0.69"), []),
        (("0.1", "0.3", "0.3"), ["0.1"]),
        (("0.9", "0.3", "0.3", "0.3", "0.9"), ["0.9"]),
        (("0.2", "0.8"), ["0.2", "0.8"]),
    ],
)
def test_a_minority_stands_a_fifth_or_more_from_the_median(
    lines: tuple[Line, ...], far: list[str]
) -> None:
    assert [report.position for report in estimated(*lines).findings.minority_report] == far


def test_equal_outliers_are_one_minority_with_the_argument_that_claims_most() -> None:
    (report,) = estimated(
        argued("0.9", "Weak.", 0.1),
        "0.3",
        "0.3",
        "0.3",
        voted("0.9", "Strong.", confidence=0.9, would_flip="A log."),
    ).findings.minority_report
    assert report.seats == ("seat0", "seat4")
    assert (report.argument, report.would_flip) == ("Strong.", "A log.")


def test_the_median_seats_reasoning_leads_and_divergence_is_explained() -> None:
    answer = estimated(
        argued("0.2", "Low, because."), argued("0.35", "Middle."), argued("0.7", "High, because.")
    ).findings.answer
    assert answer == (
        "Middle. The estimates range from 0.2 (Seat0: Low, because.) to 0.7 (Seat2: High, "
        "because.)."
    )
    assert estimated("0.30", "0.35", "0.40").findings.answer == "Because."


def test_of_two_seats_at_the_median_the_surer_one_speaks() -> None:
    course = estimated(argued("0.3", "Unsure.", 0.1), argued("0.4", "Sure.", 0.9))
    assert course.findings.answer == "Sure."


@pytest.mark.parametrize(
    ("lines", "rounds"),
    [
        (("0.30", "0.35", "0.40"), 1),
        (("0.3", "0.3", "0.41"), 2),
        (("0.3", "0.2", ABSTAINED), 1),
        (("0.3", ABSTAINED, ABSTAINED), 2),
    ],
)
def test_critique_goes_on_until_the_range_is_a_tenth(lines: tuple[Line, ...], rounds: int) -> None:
    seats = ("ada", "ben", "cleo")
    course = deliberated(
        a_case("probability", "critique"), {s: [li] for s, li in zip(seats, lines, strict=True)}
    )
    assert course.decision.rounds == rounds


def test_below_quorum_a_lone_number_is_no_estimate() -> None:
    course = estimated("0.3", failed(), failed())
    findings = course.findings
    assert course.decision.status == "undecided"
    assert (findings.outcome, findings.decided_by) == ("no_quorum", "none")
    assert (findings.probability, findings.estimate) == (None, None)
    assert findings.answer == "Because."
    assert course.decision.provisional


def test_a_single_seats_estimate_is_its_own_and_provisional() -> None:
    course = estimated("0.3")
    assert course.findings.probability == 0.3
    assert course.decision.provisional


def test_no_margin_is_said_to_be_undone_where_nobody_leads() -> None:
    course = estimated("0.3", "0.4", failed())
    assert course.findings.outcome == "estimate"
    assert not course.decision.provisional
    assert course.decision.degraded


def test_a_certainty_has_no_log_odds_and_a_warning_says_so() -> None:
    course = estimated("1", "0.5", "0")
    assert course.findings.estimate is not None
    assert course.findings.estimate.log_odds_mean is None
    assert "No log-odds mean: Seat0, Seat2 stated a certainty." in course.decision.warnings


@pytest.mark.parametrize("lines", [("1e-300", "1e-310"), ("0.03",) * 3, ("5e-324",) * 2])
def test_the_log_odds_mean_stays_within_what_was_stated(lines: tuple[str, ...]) -> None:
    estimate = estimated(*lines).findings.estimate
    assert estimate is not None
    assert estimate.log_odds_mean is not None
    assert estimate.min <= estimate.log_odds_mean <= estimate.max


def test_abstentions_and_failures_are_left_out_of_the_mean_and_on_record() -> None:
    findings = estimated("0.2", "0.4", ABSTAINED, failed(), said("Likely.")).findings
    assert findings.probability == pytest.approx(0.3)
    assert [b.kind for b in findings.ballots] == [
        "position", "position", "abstained", "failed", "unreadable",
    ]  # fmt: skip


def test_equal_blind_numbers_have_ruled_nothing() -> None:
    blind = estimated("0.3", "0.3", "0.4").findings.blind_vote
    assert blind is not None
    assert (blind.outcome, blind.ruling) == ("estimate", None)
    assert [(entry.position, entry.votes) for entry in blind.tally] == [("0.3", 2), ("0.4", 1)]


def test_the_order_of_seats_changes_no_figure() -> None:
    found = {
        (f.estimate, f.agreement)
        for order in permutations(("0.11", "0.2", "0.37", "0.9"))
        for f in [estimated(*order).findings]
    }
    assert len(found) == 1


def test_a_rapporteur_that_is_asked_for_keeps_the_divergence_in_view() -> None:
    case = a_case("probability", limits=ONE_ROUND, rapporteur="always")
    course = deliberated(
        case,
        {"ada": ["0.2"], "ben": ["0.4"], "cleo": ["0.9"]},
        serving={"ruling": lambda ask: wrote("On balance unlikely.")},
    )
    assert course.findings.answer is not None
    assert course.findings.answer.startswith("On balance unlikely. The estimates range from 0.2 ")
    assert course.rounds == ["r1", "r1.ruling1"]
    assert course.asks[-1].seat == "ben"
    assert "An estimate of 0.5" in course.asks[-1].prompt


def test_three_models_of_two_families_still_have_no_measured_confidence() -> None:
    case = a_case("probability", models=MODELS, limits=ONE_ROUND)
    findings = deliberated(case, {s: ["0.3"] for s in ("ada", "ben", "cleo")}).findings
    assert findings.confidence is not None
    assert findings.confidence.value is None
    assert findings.confidence.basis.startswith("no reference")
