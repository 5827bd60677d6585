"""One deliberation driven by events: what is due, what is restored, what does not fit. R7, R8."""

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.ballots import Position
from magi_mcp.core.case import Case, Limits
from magi_mcp.core.deliberation import LATE, Deliberation
from magi_mcp.core.errors import ProcedureError, ReplayDivergence
from magi_mcp.core.events import (
    EVENT,
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Event,
    ReplyReceived,
    RoundAsked,
    RoundClosed,
    RoundRefused,
    VerdictReached,
)
from tests.core.paper import (
    ABSTAINED,
    Course,
    Script,
    a_case,
    deliberated,
    failed,
    from_own_model,
    grouped,
    scripted,
    voted,
)

SPLIT: Script = {"ada": ["yes"], "ben": ["no", "yes"], "cleo": [ABSTAINED]}


def course() -> Course:
    """A tie that the second round ends; in the third one nobody moves."""
    return deliberated(a_case(), SPLIT)


def restored(events: list[Event]) -> Deliberation:
    return Deliberation.restore(events)


def tampered(place: int, **changes: object) -> list[Event]:
    """The journal of :func:`course` with one event changed."""
    events = [*course().events]
    events[place] = events[place].model_copy(update=changes)
    return events


def reply_to(deliberation: Deliberation, ask: Ask) -> ReplyReceived:
    case = deliberation.case
    assert isinstance(case, Case)
    reply = from_own_model(case, ask, scripted(SPLIT)(ask))
    return deliberation.received(ask, reply)


def test_the_first_thing_due_is_the_blind_round() -> None:
    deliberation = Deliberation(a_case())
    due = deliberation.due()
    assert isinstance(due, RoundAsked)
    assert (due.round_id, due.number, due.purpose) == ("r1", 1, "answer")
    assert [issued.ask_id for issued in due.asks] == ["r1/ada", "r1/ben", "r1/cleo"]
    assert deliberation.pending == (), "nothing may go out before the round is journaled"


def test_nothing_is_due_while_replies_are_awaited_and_nothing_at_the_end() -> None:
    deliberation = restored(course().events[:3])
    assert deliberation.due() is None
    ended = restored(course().events)
    assert ended.ended
    assert ended.due() is None
    assert ended.pending == ()


def test_only_those_who_have_not_replied_are_still_to_be_asked() -> None:
    events = course().events
    assert [ask.seat for ask in restored(events[:2]).pending] == ["ada", "ben", "cleo"]
    assert [ask.seat for ask in restored(events[:3]).pending] == ["ben", "cleo"]
    assert restored(events[:5]).pending == ()


def test_an_ask_in_flight_at_a_crash_is_the_same_ask_after_it() -> None:
    whole = course()
    events = whole.events
    for length in range(2, len(events)):
        for ask in restored(events[:length]).pending:
            assert ask.digest == whole.ask(ask.ask_id).digest
            assert ask.prompt == whole.ask(ask.ask_id).prompt


def test_replies_that_arrive_in_any_order_end_in_the_same_verdict() -> None:
    case = a_case("majority", "critique", limits=Limits(min_rounds=2))
    script: Script = {"ada": ["Ship", "Wait"], "ben": ["Wait"], "cleo": ["Rewrite", "Ship"]}
    onward = deliberated(case, script, grouping=grouped())
    backward = deliberated(case, script, grouping=grouped(), reverse_arrival=True)
    assert onward.events != backward.events
    assert onward.events[-1] == backward.events[-1]
    assert [ask.digest for ask in onward.asks] == [ask.digest for ask in backward.asks]


def test_a_closed_round_goes_on_with_those_who_answered() -> None:
    events = course().events[:4]
    closed = RoundClosed(round_id="r1", reason="deadline", missing=("r1/cleo",))
    deliberation = restored([*events, closed])
    due = deliberation.due()
    assert isinstance(due, RoundAsked)
    assert [issued.seat for issued in due.asks] == ["ada", "ben"], "cleo failed blind: it was late"
    assert LATE.failure == "late"


def test_a_round_that_nobody_answered_in_time_is_a_failed_council() -> None:
    missing = ("r1/ada", "r1/ben", "r1/cleo")
    closed = RoundClosed(round_id="r1", reason="deadline", missing=missing)
    due = restored([*course().events[:2], closed]).due()
    assert isinstance(due, CouncilFailed)
    assert due.causes[0] == "ada: late: the round closed before this seat had answered"


def test_a_refused_round_ends_in_a_verdict_on_what_exists() -> None:
    refused = RoundRefused(round_id="r2", reason="deadline")
    due = restored([*course().events[:5], refused]).due()
    assert isinstance(due, VerdictReached)
    assert due.decision.outcome == "tie"


def test_a_cancelled_deliberation_takes_nothing_more() -> None:
    deliberation = restored([*course().events[:3], Cancelled(by="user")])
    assert deliberation.ended
    with pytest.raises(ReplayDivergence, match="at the end"):
        deliberation.apply(Cancelled(by="user"))


def test_a_verdict_is_final() -> None:
    events = course().events
    with pytest.raises(ReplayDivergence, match="at the end: the journal has reply_received"):
        restored([*events, events[2]])


def test_every_event_comes_back_from_json_as_it_was() -> None:
    events: list[Event] = [
        *deliberated(
            a_case("majority"),
            {"ada": ["a\x00\u2028"], "ben": [failed()], "cleo": [voted("b", because="x")]},
            grouping=grouped(),
        ).events,
        RoundClosed(round_id="r1", reason="deadline", missing=("r1/ada",)),
        RoundRefused(round_id="r2", reason="deadline"),
        CouncilFailed(causes=("ada: timeout",)),
        Cancelled(by="user"),
    ]
    kinds = {event.type for event in events}
    assert len(kinds) == 8
    for event in events:
        written = EVENT.dump_json(event, by_alias=True)
        assert EVENT.validate_json(written) == event
        assert EVENT.dump_json(EVENT.validate_json(written), by_alias=True) == written


def test_a_ballot_is_journaled_with_its_reply_and_none_for_a_grouping() -> None:
    events = deliberated(
        a_case("majority"), {"ada": ["a"], "ben": ["b"], "cleo": ["a"]}, grouping=grouped()
    ).events
    ballots = {event.ask_id: event.ballot for event in events if isinstance(event, ReplyReceived)}
    assert ballots["r1/ada"] == Position(position="a", argument="Because.")
    assert {ask_id.partition("/")[0] for ask_id, ballot in ballots.items() if ballot is None} == {
        "r1.grouping1",
        "r1.ruling1",
    }


def diverges(events: list[Event]) -> str:
    """The step at which a journal stops fitting its procedure."""
    with pytest.raises(ReplayDivergence) as divergence:
        restored(events)
    return divergence.value.step


def test_a_journal_begins_with_its_case() -> None:
    with pytest.raises(ProcedureError, match="begins with case_opened"):
        restored([])
    with pytest.raises(ProcedureError, match="begins with case_opened"):
        restored(course().events[1:])
    events = course().events
    assert diverges([events[0], events[0]]) == "the start"


def test_a_changed_ask_diverges_at_its_round() -> None:
    asked = course().events[1]
    assert isinstance(asked, RoundAsked)
    other = asked.asks[0].model_copy(update={"digest": "sha256:0"})
    assert diverges(tampered(1, asks=(other, *asked.asks[1:]))) == "r1"
    assert diverges(tampered(1, asks=asked.asks[1:])) == "r1"
    assert diverges(tampered(5, pseudonyms={"ada": "Oak", "ben": "Elm"})) == "r2"


def test_a_changed_case_diverges_at_the_first_round_it_touches() -> None:
    events = course().events
    opened = CaseOpened(case=a_case(question="Another?"))
    assert diverges([opened, *events[1:]]) == "r1"
    reseeded = CaseOpened(case=a_case(seed="other"))
    assert diverges([reseeded, *events[1:]]) == "r2"


def test_a_changed_reply_diverges_where_its_reading_differs() -> None:
    assert diverges(tampered(2, reply=voted("no"))) == "r1/ada"
    assert diverges(tampered(2, ballot=Position(position="no"))) == "r1/ada"
    assert diverges(tampered(2, ballot=None)) == "r1/ada"


def test_a_changed_vote_that_reads_well_diverges_at_the_next_step() -> None:
    other = Position(position="no", argument="Because.")
    assert diverges(tampered(2, reply=voted("no"), ballot=other)) == "r2"


def test_a_missing_doubled_or_foreign_reply_diverges_at_its_ask() -> None:
    events = course().events
    assert diverges([*events[:4], *events[5:]]) == "r2", "cleo's reply is missing"
    assert diverges([*events[:3], events[2], *events[3:]]) == "r1/ada"
    assert diverges(tampered(2, ask_id="r9/ada")) == "r9/ada"
    assert diverges([events[0], *events[2:]]) == "r1/ada", "the round never went out"


def test_a_changed_verdict_diverges_at_the_conclusion() -> None:
    last = course().events[-1]
    assert isinstance(last, VerdictReached)
    other = last.decision.model_copy(update={"degraded": True})
    events = [*course().events[:-1], VerdictReached(decision=other)]
    assert diverges(events) == "the conclusion"
    assert diverges([*course().events[:3], last]) == "the conclusion"


@pytest.mark.parametrize(
    ("length", "event", "step"),
    [
        (1, RoundClosed(round_id="r1", reason="deadline", missing=()), "r1"),
        (2, RoundClosed(round_id="r1", reason="deadline", missing=("r1/ada",)), "r1"),
        (2, RoundClosed(round_id="r2", reason="deadline", missing=()), "r2"),
        (2, RoundRefused(round_id="r1", reason="deadline"), "r1"),
        (5, RoundRefused(round_id="r3", reason="deadline"), "r3"),
        (5, CouncilFailed(causes=()), "the conclusion"),
    ],
)
def test_a_step_that_the_procedure_would_not_have_taken_is_named(
    length: int, event: Event, step: str
) -> None:
    assert diverges([*course().events[:length], event]) == step


def test_the_divergence_tells_what_was_recorded_and_what_was_expected() -> None:
    with pytest.raises(ReplayDivergence) as divergence:
        restored(tampered(5, round_id="r7"))
    assert divergence.value.step == "r7"
    assert '"round_id":"r7"' in divergence.value.recorded
    assert '"round_id":"r2"' in divergence.value.replayed


def test_a_case_of_an_unknown_procedure_is_not_guessed_at() -> None:
    later = a_case().model_copy(update={"procedure": "yes_no/vote@2"})
    with pytest.raises(ProcedureError, match="by version '2' of the method 'yes_no'"):
        restored([CaseOpened(case=later)])


def test_a_deliberation_can_be_driven_from_its_events_alone() -> None:
    whole = course()
    deliberation = restored(whole.events[:1])
    while not deliberation.ended:
        if deliberation.pending:
            deliberation.apply(reply_to(deliberation, deliberation.pending[-1]))
        else:
            due = deliberation.due()
            assert due is not None
            deliberation.apply(due)
            last = due
    assert last == whole.events[-1]
