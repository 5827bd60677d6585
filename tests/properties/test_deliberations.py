"""A deliberation is a pure, replayable procedure. Architecture; semantics R1, R7, R8; evidence."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.announcement import announce
from magi_mcp.core.case import Case
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import fold
from magi_mcp.core.errors import ReplayDivergence
from magi_mcp.core.events import (
    EVENT,
    CaseOpened,
    Event,
    ReplyReceived,
    RoundAsked,
    RoundClosed,
    RoundRefused,
)
from magi_mcp.core.heads import Head, advance
from magi_mcp.core.report import markdown
from magi_mcp.core.result import as_json, verdict_of
from tests.core.paper import entries
from tests.properties.search import examples
from tests.properties.worlds import CLAIM, SEATS, World, lived, resumed, worlds


def written(event: Event) -> bytes:
    return EVENT.dump_json(event, by_alias=True)


@examples(60)
@given(worlds())
def test_from_every_prefix_of_its_journal_a_deliberation_ends_the_same(world: World) -> None:
    whole = lived(world)
    asked_in = {
        issued.ask_id: place
        for place, event in enumerate(whole.events)
        if isinstance(event, RoundAsked)
        for issued in event.asks
    }
    replied_at = {
        event.ask_id: place
        for place, event in enumerate(whole.events)
        if isinstance(event, ReplyReceived)
    }
    for length in range(1, len(whole.events) + 1):
        rest = resumed(world, whole.events[:length])
        assert rest.events == whole.events[length:]
        unanswered = [
            ask
            for ask in whole.asks
            if asked_in[ask.ask_id] >= length or replied_at.get(ask.ask_id, length) >= length
        ]
        still_open = [ask for ask in rest.asks if asked_in[ask.ask_id] < length]
        assert all(replied_at.get(ask.ask_id, length) >= length for ask in still_open)
        assert {ask.ask_id for ask in rest.asks} <= {ask.ask_id for ask in unanswered}
        assert {ask.digest for ask in rest.asks} <= {ask.digest for ask in whole.asks}


@examples(50)
@given(worlds())
def test_no_seat_is_asked_the_same_thing_twice(world: World) -> None:
    life = lived(world)
    ids = Counter(ask.ask_id for ask in life.asks)
    assert set(ids.values()) <= {1}
    issued = [i for e in life.events if isinstance(e, RoundAsked) for i in e.asks]
    assert [(i.ask_id, i.seat, i.digest) for i in issued] == [
        (ask.ask_id, ask.seat, ask.digest) for ask in life.asks
    ]


@examples(40)
@given(worlds(), st.permutations(SEATS))
def test_replies_in_any_order_give_the_same_verdict_byte_for_byte(
    world: World, order: list[str]
) -> None:
    one, other = lived(world), lived(replace(world, arrival=order))
    assert written(one.events[-1]) == written(other.events[-1])
    assert [ask.digest for ask in one.asks] == [ask.digest for ask in other.asks]


@examples(40)
@given(worlds())
def test_a_seeded_run_is_reproducible_byte_for_byte(world: World) -> None:
    copy = Case.model_validate_json(world.case.model_dump_json())
    again = lived(replace(world, case=copy))
    assert [written(event) for event in lived(world).events] == [
        written(event) for event in again.events
    ]


@examples(40)
@given(worlds())
def test_every_event_survives_json_and_replays(world: World) -> None:
    events = lived(world).events
    read = [EVENT.validate_json(written(event)) for event in events]
    assert read == events
    assert [written(event) for event in read] == [written(event) for event in events]
    assert Deliberation.restore(read).ended


@examples(40)
@given(worlds())
def test_no_seat_learns_who_said_what_or_how_many(world: World) -> None:
    for ask in lived(world).asks:
        shown = ask.system + ask.prompt
        assert not [seat.name for seat in world.case.seats if seat.name in shown.split()]
        assert not [seat.model for seat in world.case.everybody if seat.model in shown]
        assert str(CLAIM) not in shown


@examples(50)
@given(worlds(), st.data())
def test_a_journal_that_lost_or_doubled_an_event_names_the_first_step_that_does_not_fit(
    world: World, data: st.DataObject
) -> None:
    events = lived(world).events
    place = data.draw(st.integers(0, len(events) - 1))
    doubled = [*events[: place + 1], *events[place:]]
    with pytest.raises(ReplayDivergence) as divergence:
        Deliberation.restore(doubled)
    event = events[place]
    if place == len(events) - 1:
        assert divergence.value.step == "the end"
    elif isinstance(event, CaseOpened):
        assert divergence.value.step == "the start"
    elif isinstance(event, ReplyReceived):
        assert divergence.value.step == event.ask_id
    elif isinstance(event, RoundAsked | RoundClosed | RoundRefused):
        assert divergence.value.step == event.round_id
    if 0 < place < len(events) - 1:
        with pytest.raises(ReplayDivergence):
            Deliberation.restore([*events[:place], *events[place + 1 :]])


@examples(40)
@given(worlds(), st.integers(0, 40), st.booleans())
def test_whatever_state_it_is_in_a_dossier_can_be_shown(
    world: World, length: int, driven: bool
) -> None:
    journal = entries(lived(world).events[: 1 + length])
    dossier = fold(journal, driven=driven)
    verdict = verdict_of(dossier, now=journal[-1].at + 10)
    for detail in ("standard", "full"):
        shown = as_json(verdict, "full" if detail == "full" else "standard")
        assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert announce(verdict).splitlines()[0].split(":")[0].split()[0] in (
        "DECIDED FORCED ESTIMATE SYNTHESIS RANKED PROVISIONAL NO RUNNING INTERRUPTED FAILED".split()
    )
    report = markdown(dossier, now=journal[-1].at + 10)
    report.encode()
    stances = report.split("## Stances, round by round\n\n")
    assert len(stances) == (2 if dossier.ballot_rounds else 1)
    if dossier.ballot_rounds:
        table = stances[1].split("\n\n")[0].splitlines()
        assert len(table) == 2 + len(world.case.seats)
        columns = {len(line.replace("\\|", "").split("|")) for line in table}
        assert columns == {len(dossier.ballot_rounds) + 3}


@examples(40)
@given(worlds())
def test_a_head_kept_event_by_event_agrees_with_the_fold(world: World) -> None:
    journal = entries(lived(world).events)
    head: Head | None = None
    for length, entry in enumerate(journal, start=1):
        head = advance(head, entry)
        assert head is not None
        dossier = fold(journal[:length])
        decision = dossier.decision
        assert (head.status, head.updated_at) == (dossier.status, dossier.updated_at)
        assert head.ruling == (decision.ruling if decision else None)
        assert head.outcome == (decision.outcome if decision else None)
