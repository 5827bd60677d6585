"""What a verdict may say of a generated deliberation. Evidence, "Properties"; semantics R1-R8."""

from collections import Counter
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from magi_mcp.core.case import METHODS, MethodName
from magi_mcp.core.events import CouncilFailed, ReplyReceived, RoundAsked, VerdictReached
from magi_mcp.core.forms import RatingForm, Ratings
from magi_mcp.core.replies import Answered
from magi_mcp.core.verdict import UNDECIDED, Decision, Findings
from tests.core.paper import decision_in
from tests.properties.search import examples
from tests.properties.worlds import SEATS, Life, World, lived, worlds

ACCOUNTS: tuple[MethodName, ...] = ("synthesis", "minority")
SIDES: tuple[MethodName, ...] = ("yes_no", "options", "majority")
"""Methods whose votes are the seats' own positions and that rule for one of them."""

OF_POSITIONS: tuple[MethodName, ...] = (*SIDES, *ACCOUNTS, "probability")


def decision_of(life: Life) -> Decision | None:
    last = life.events[-1]
    assert isinstance(last, VerdictReached | CouncilFailed)
    return decision_in(last) if isinstance(last, VerdictReached) else None


def decided(world: World) -> tuple[Life, Decision]:
    """A life that ended in a decision; others are no case for the property."""
    life = lived(world)
    decision = decision_of(life)
    assume(decision is not None)
    assert decision is not None
    return life, decision


def held(findings: Findings) -> dict[str, str | None]:
    """What each counted seat holds, by the tally."""
    return {seat: entry.position for entry in findings.tally for seat in entry.seats}


def minority(findings: Findings) -> set[str]:
    return {report.position for report in findings.minority_report}


@examples(40)
@given(worlds())
def test_every_seat_has_one_ballot_and_no_vote_stands_twice(world: World) -> None:
    _, decision = decided(world)
    findings = decision.findings
    assert [ballot.seat for ballot in findings.ballots] == [seat.name for seat in world.case.seats]
    voters = [seat for entry in findings.tally for seat in entry.seats]
    assert len(set(voters)) == len(voters)
    assert all(entry.votes == len(entry.seats) > 0 for entry in findings.tally)
    assert set(voters) <= {seat.name for seat in world.case.seats}


@examples(50)
@given(worlds(OF_POSITIONS))
def test_no_ballot_is_counted_twice_or_lost(world: World) -> None:
    _, decision = decided(world)
    findings = decision.findings
    kinds = Counter(ballot.kind for ballot in findings.ballots)
    counted = sum(entry.votes for entry in findings.tally)
    assert counted == kinds["position"]
    assert counted + kinds["abstained"] + kinds["unreadable"] + kinds["failed"] == len(
        world.case.seats
    )
    assert held(findings) == {b.seat: b.position for b in findings.ballots if b.kind == "position"}
    assert set(findings.pivotal_seats) <= set(held(findings))


@examples(40)
@given(worlds(SIDES))
def test_every_position_that_lost_stands_in_the_minority_report(world: World) -> None:
    _, decision = decided(world)
    findings = decision.findings
    assert minority(findings) == set(held(findings).values()) - {findings.ruling}
    seats = {seat for report in findings.minority_report for seat in report.seats}
    assert seats == {
        seat for seat, position in held(findings).items() if position in minority(findings)
    }


@examples(30)
@given(worlds(ACCOUNTS))
def test_an_account_rules_nothing_and_drops_no_view(world: World) -> None:
    _, decision = decided(world)
    findings = decision.findings
    assert (findings.ruling, findings.decided_by) == (None, "none")
    assert findings.outcome in ("synthesis", "no_quorum")
    leader = findings.tally[0].position if findings.tally else None
    assert minority(findings) >= set(held(findings).values()) - {leader}


@examples(30)
@given(worlds(["probability"]))
def test_an_estimate_lies_within_what_was_stated_and_hides_no_outlier(world: World) -> None:
    _, decision = decided(world)
    findings, estimate = decision.findings, decision.findings.estimate
    assert (estimate is None) == (findings.outcome == "no_quorum")
    if estimate is None:
        assert findings.probability is None
        return
    stated = sorted(float(str(position)) for position in held(findings).values())
    assert findings.probability == estimate.mean
    assert (estimate.min, estimate.max) == (stated[0], stated[-1])
    between = (estimate.mean, estimate.median, estimate.log_odds_mean)
    assert all(stated[0] <= value <= stated[-1] for value in between if value is not None)
    assert (estimate.log_odds_mean is None) == bool({0.0, 1.0} & set(stated))
    far = {value for value in stated if round(abs(value - estimate.median), 9) >= 0.2}
    assert {float(position) for position in minority(findings)} == far


@examples(40)
@given(worlds(["consensus"]))
def test_a_consensus_counts_what_each_seat_said_of_the_draft(world: World) -> None:
    life, decision = decided(world)
    findings = decision.findings
    # Where the newest draft was never put to the seats, what they had signed before stands.
    said = last_replies(life, "ratification", last_asked(life, "ratification"))
    answers = {
        event.seat: event.ballot.position
        for event in said.values()
        if event.ballot is not None and event.ballot.kind == "position"
    }
    assert held(findings) == answers
    if said:
        records = {b.seat: b.position for b in findings.ballots if b.kind == "position"}
        assert records == answers
    objectors = [seat for report in findings.minority_report for seat in report.seats]
    assert objectors == [
        seat.name for seat in world.case.seats if answers.get(seat.name) == "object"
    ]
    accepts = sum(answer == "accept" for answer in answers.values())
    assert findings.agreement == (accepts / len(answers) if answers else None)
    if findings.ruling is not None:
        assert (findings.ruling, findings.decided_by) == (findings.answer, "votes")
        assert accepts > len(answers) * world.case.limits.threshold or accepts == len(answers)


@examples(40)
@given(worlds(["compose"]))
def test_a_ranking_holds_every_draft_once_and_no_author_votes_for_its_own(world: World) -> None:
    life, decision = decided(world)
    findings, ranking = decision.findings, decision.findings.ranking
    assert ranking is not None
    drafted = {ballot.seat for ballot in findings.ballots if ballot.kind == "position"}
    assert sorted(draft.seat for draft in ranking) == sorted(drafted)
    assert len({draft.draft for draft in ranking}) == len(ranking)
    author = {str(draft.draft): draft.seat for draft in ranking}
    raters = set(ratings_of(life, decision.rounds))
    for rater, position in held(findings).items():
        assert rater in raters
        assert author[str(position)] != rater
    best = [d.mean if d.adjusted is None else d.adjusted for d in ranking if d.mean is not None]
    assert best == sorted(best, reverse=True)
    assert set(findings.pivotal_seats) <= raters
    if findings.ruling is not None:
        assert author[findings.ruling] == ranking[0].seat
    assert all(
        findings.ruling not in report.position.split() for report in findings.minority_report
    )


@examples(50)
@given(worlds())
def test_a_verdict_claims_no_more_authority_than_it_has(world: World) -> None:
    life, decision = decided(world)
    findings, case = decision.findings, world.case
    counted = sum(entry.votes for entry in findings.tally)
    if findings.outcome == "unanimous":
        assert counted == len(case.seats)
        assert len(findings.tally) == 1
    voices = len(ratings_of(life, decision.rounds)) if case.method == "compose" else counted
    if voices < case.limits.min_voices:
        assert decision.provisional
    assert decision.degraded or not flawed(life)
    if findings.outcome in (*UNDECIDED, "synthesis"):
        assert (findings.ruling, findings.decided_by) == (None, "none")
    else:
        assert findings.decided_by != "none"
        assert (findings.ruling is None) == (findings.outcome == "estimate")


@examples(50)
@given(worlds())
def test_only_a_protocol_that_allows_it_lets_anybody_rule_in_place_of_the_votes(
    world: World,
) -> None:
    _, decision = decided(world)
    findings, case = decision.findings, world.case
    assert (findings.outcome == "forced") == (findings.decided_by in ("arbiter", "trusted_seat"))
    if findings.outcome == "forced":
        assert case.protocol in ("escalate", "adaptive")
        assert case.method in SIDES
        assert sum(e.votes for e in findings.tally) >= min(case.limits.min_voices, len(case.seats))
    if findings.decided_by == "trusted_seat":
        (ruler,) = findings.pivotal_seats
        assert held(findings)[ruler] == findings.ruling
        trust = {seat.name: seat.trust for seat in case.seats}
        assert trust[ruler] == max(trust[seat] for seat in held(findings))
    if findings.arbiter is not None:
        assert case.arbiter is not None
        assert findings.arbiter.changed == (findings.decided_by == "arbiter")
        assert findings.arbiter.position == findings.ruling


@examples(50)
@given(worlds())
def test_no_more_rounds_are_held_than_the_case_and_its_protocol_allow(world: World) -> None:
    _, decision = decided(world)
    case, route = world.case, decision.findings.route
    assert 1 <= decision.rounds <= 1 + case.limits.max_rounds
    assert route[0] == "vote"
    if decision.rounds > 1:
        assert len(route) == 2
    if case.protocol == "escalate" or "escalate" in route:
        assert decision.rounds <= 2
    if case.protocol in ("vote", "critique"):
        assert "escalate" not in route


@examples(40)
@given(worlds(), st.permutations(SEATS))
def test_the_order_of_the_seats_changes_no_outcome(world: World, order: list[str]) -> None:
    seats = sorted(world.case.seats, key=lambda seat: order.index(seat.name))
    other = replace(world, case=world.case.model_copy(update={"seats": tuple(seats)}))
    one, two = decision_of(lived(world)), decision_of(lived(other))
    assert (one is None) == (two is None)
    if one is None or two is None:
        return
    assert essence(one) == essence(two)
    if not listed_first(one):
        assert ruled(one.findings) == ruled(two.findings)


def essence(decision: Decision) -> tuple[object, ...]:
    """What may not depend on where anybody sits."""
    findings = decision.findings
    return (
        findings.outcome,
        findings.agreement,
        findings.probability,
        sorted(entry.votes for entry in findings.tally),
        set(findings.pivotal_seats) if not listed_first(decision) else None,
        decision.degraded,
        decision.provisional,
    )


def listed_first(decision: Decision) -> bool:
    """Whether the first listed of equally trusted seats ruled, which is said and provisional."""
    return any("the first listed of" in warning for warning in decision.warnings)


def ruled(findings: Findings) -> str | None:
    """The ruling; of a ranking, whose numbers follow the seats, the author of the best draft."""
    if findings.ranking is not None and findings.ruling is not None:
        return findings.ranking[0].seat
    return findings.ruling


def flawed(life: Life) -> bool:
    """Whether any seat failed or was unreadable where it was asked for its own answer."""
    return any(
        isinstance(event, ReplyReceived)
        and event.ballot is not None
        and event.ballot.kind in ("failed", "unreadable")
        and "." not in event.ask_id
        for event in life.events
    ) or any(
        event.type in ("round_closed", "round_refused") and "." not in event.round_id
        for event in life.events
        if event.type in ("round_closed", "round_refused")
    )


def last_asked(life: Life, purpose: str) -> int:
    """The number of the newest round that was served by asks of a purpose; 0 for none."""
    asked = (event for event in life.events if isinstance(event, RoundAsked))
    return max((event.number for event in asked if event.purpose == purpose), default=0)


def last_replies(life: Life, purpose: str, number: int) -> dict[str, ReplyReceived]:
    """The replies to what served the last round, by seat; none where nothing was asked."""
    asked = {
        issued.ask_id
        for event in life.events
        if isinstance(event, RoundAsked) and (event.purpose, event.number) == (purpose, number)
        for issued in event.asks
    }
    return {
        event.seat: event
        for event in life.events
        if isinstance(event, ReplyReceived) and event.ask_id in asked
    }


def ratings_of(life: Life, number: int) -> dict[str, Ratings]:
    """What the raters of the last round said, where it can be read."""
    forms = {ask.ask_id: ask.form for ask in life.asks}
    read: dict[str, Ratings] = {}
    for seat, event in last_replies(life, "rating", number).items():
        form, reply = forms[event.ask_id], event.reply
        assert isinstance(form, RatingForm)
        ratings = form.read(reply.text) if isinstance(reply, Answered) else ""
        if isinstance(ratings, Ratings):
            read[seat] = ratings
    return read


def test_every_method_has_a_property_of_its_own() -> None:
    assert {*OF_POSITIONS, "consensus", "compose"} == set(METHODS)
