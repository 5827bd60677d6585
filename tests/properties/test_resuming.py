"""Whatever stops a deliberation, going on ends as it would have ended. Semantics R8, R9."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import fold
from magi_mcp.core.events import (
    AskReopened,
    Cancelled,
    CouncilFailed,
    Event,
    LateReply,
    ReplyReceived,
    Resumed,
    RoundAsked,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.replies import Failed
from tests.core.paper import entries
from tests.properties.search import examples
from tests.properties.worlds import World, gone_on_with, lived, worlds


def stops(journal: list[Event]) -> Iterator[Event | None]:
    """The ways in which a leg may end at the end of ``journal``: a crash, and those journaled."""
    yield None
    yield Cancelled(by="somebody")
    due = Deliberation.restore(journal).due()
    if isinstance(due, RoundAsked):
        yield RoundRefused(round_id=due.round_id, reason="cancelled")


def usage_of(events: list[Event]) -> object:
    return fold(entries(events)).usage


@examples(25)
@given(worlds())
def test_wherever_it_stops_and_however_going_on_gives_the_same_verdict(world: World) -> None:
    whole = lived(world)
    for length in range(1, len(whole.events)):
        journal = whole.events[:length]
        for stop in stops(journal):
            again = gone_on_with(world, journal, stop)
            assert again.events[-1] == whole.events[-1]
            replied = {e.ask_id for e in journal if isinstance(e, ReplyReceived | LateReply)}
            assert replied.isdisjoint(ask.ask_id for ask in again.asks), "nothing is asked twice"
            assert Deliberation.restore(again.events).ended
            assert fold(entries(again.events)).decision == fold(entries(whole.events)).decision


@examples(25)
@given(worlds(), st.lists(st.integers(1, 12), min_size=2, max_size=3))
def test_a_deliberation_may_be_stopped_again_and_again(world: World, lengths: list[int]) -> None:
    whole = lived(world)
    events = whole.events
    for length in lengths:
        journal = events[: max(length, 1)]
        if isinstance(journal[-1], VerdictReached | CouncilFailed):
            return
        events = gone_on_with(world, journal).events
    assert events[-1] == whole.events[-1]


@examples(25)
@given(worlds())
def test_a_call_that_was_cut_off_is_counted_and_its_price_is_unknown(world: World) -> None:
    whole = lived(world)
    calls = fold(entries(whole.events)).usage.calls
    for length in range(1, len(whole.events)):
        journal = whole.events[:length]
        cut_off = len(Deliberation.restore(journal).pending)
        dossier = fold(entries(gone_on_with(world, journal).events))
        assert dossier.lost_calls == cut_off
        assert dossier.usage.calls == calls + cut_off
        assert not cut_off or dossier.usage.cost_usd is None


@examples(40)
@given(worlds())
def test_a_failed_council_is_asked_again_by_those_asks_alone_that_failed(world: World) -> None:
    whole = lived(world)
    if not isinstance(whole.events[-1], CouncilFailed):
        return
    failed = {
        e.ask_id for e in whole.events if isinstance(e, ReplyReceived) and e.reply.kind == "failed"
    }
    again = gone_on_with(world, whole.events)
    reopened = [e.ask_id for e in again.events if isinstance(e, AskReopened)]
    assert set(reopened) >= failed
    assert max(Counter(reopened).values(), default=1) == 1
    if reopened:
        assert {ask.ask_id for ask in again.asks} <= set(reopened)
        assert isinstance(again.events[-1], CouncilFailed), "this world answers as it did"
    assert Deliberation.restore(again.events).ended
    assert isinstance(again.events[len(whole.events)], Resumed)


@examples(40)
@given(worlds())
def test_a_failed_council_only_ever_held_its_first_round(world: World) -> None:
    """What reopening rests on: there is no later round whose replies it would throw away."""
    whole = lived(world)
    if isinstance(whole.events[-1], CouncilFailed):
        asked = [e.round_id for e in whole.events if isinstance(e, RoundAsked)]
        assert asked in ([], ["r1"])
        assert all(
            isinstance(e.reply, Failed) for e in whole.events if isinstance(e, ReplyReceived)
        )
