"""Judging: invariant under order, flips never count, nothing is lost, and it replays."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from magi_mcp.core.asks import Ask
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import fold
from magi_mcp.core.events import EVENT, CouncilFailed, Event, VerdictReached
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.findings import JudgementDecision, JudgementFindings
from magi_mcp.core.judging.hearing import spelt_out
from magi_mcp.core.replies import Abstained, Reply
from magi_mcp.core.seeding import draw
from magi_mcp.results import announce, as_json, markdown, result_of
from tests.core.paper import entries
from tests.judging.bench import (
    a_judgement,
    criterion_of,
    events_of,
    failed,
    prefers,
    said,
    scored,
    shown_in,
)
from tests.properties.search import examples

SEATS = ("ada", "ben", "cleo", "dora", "emil")
TEXTS = tuple(f"Answer: {word}." for word in "oak elm ash fir yew box bay fig".split())
KINDS = ("prefers", "prefers", "prefers", "flips", "neither", "unreadable", "fails", "declines")


@dataclass(frozen=True)
class World:
    """Judges whose mind depends on what they read, and never on where it stands in a list."""

    seats: Sequence[str]
    answers: Sequence[str]
    mind: str
    threshold: float | None = None

    @property
    def case(self) -> JudgementCase:
        return a_judgement(*self.answers, seats=self.seats, pass_threshold=self.threshold)

    def events(self) -> list[Event]:
        case = self.case
        return events_of(case, lambda ask: self.reply(case, ask))

    def reply(self, case: JudgementCase, ask: Ask) -> Reply:
        if ask.purpose == "scores":
            what = (ask.seat, criterion_of(case, ask))
            fallen = self._fallen(self._drawn(KINDS, *what))
            return fallen or scored(1 + self._number(10, *what))
        first, second = (case.answer(number) for number in shown_in(ask))
        pair = sorted((first, second))
        kind = self._drawn(KINDS, ask.seat, *pair)
        if kind == "neither":
            return prefers("neither")
        favourite = first if kind == "flips" else self._drawn(pair, "favours", ask.seat, *pair)
        return self._fallen(kind) or prefers("first" if favourite == first else "second")

    def _fallen(self, kind: str) -> Reply | None:
        match kind:
            case "unreadable":
                return said('{"score": 11, "better": "both"}')
            case "fails":
                return failed()
            case "declines":
                return Abstained(reason="recused")
            case _:
                return None

    def _drawn(self, things: Sequence[str], *what: str) -> str:
        return things[self._number(len(things), *what)]

    def _number(self, below: int, *what: str) -> int:
        return int(draw(self.mind, *what)[:8], 16) % below


@st.composite
def worlds(draw_from: st.DrawFn, *, least: int = 1) -> World:
    return World(
        seats=SEATS[: draw_from(st.integers(1, 5))],
        answers=TEXTS[: draw_from(st.integers(least, 8))],
        mind=draw_from(st.text("abcdef", min_size=3, max_size=6)),
    )


def findings(world: World) -> JudgementFindings | None:
    """What a world comes to; None where nobody judged."""
    match world.events()[-1]:
        case VerdictReached(decision=JudgementDecision() as decision):
            return decision.findings
        case CouncilFailed():
            return None
        case other:
            raise AssertionError(f"a judgement ends in {other.type}")


def by_text(world: World) -> Mapping[str, object] | None:
    """What a world comes to, with texts for numbers and without any order of seats."""
    found = findings(world)
    if found is None:
        return None
    text = world.case.answer
    return {
        "outcome": found.outcome,
        "passed": found.passed,
        "winner": found.winner and text(found.winner),
        "overall": found.overall,
        "criteria": found.criteria,
        "flips": found.order_flips,
        "ranking": {(text(r.answer_no), r.place, r.wins, r.share) for r in found.ranking or ()},
        "kinds": {
            judge.seat: Counter(
                (*sorted(map(text, pair.answers)), pair.kind) for pair in judge.pairs or ()
            )
            for judge in found.judges
        },
        "dissents": Counter(
            (frozenset(d.seats), d.criterion, d.score) for d in found.minority_report
        ),
    }


@examples(60)
@given(worlds(least=2), st.randoms(use_true_random=False))
def test_judging_is_invariant_under_the_order_of_answers(world: World, chance: Random) -> None:
    shuffled = [*world.answers]
    chance.shuffle(shuffled)
    assert by_text(replace(world, answers=shuffled)) == by_text(world)


@examples(60)
@given(worlds(), st.randoms(use_true_random=False))
def test_judging_is_invariant_under_the_order_of_judges(world: World, chance: Random) -> None:
    shuffled = [*world.seats]
    chance.shuffle(shuffled)
    assert by_text(replace(world, seats=shuffled)) == by_text(world)


@examples(60)
@given(worlds(least=2))
def test_only_a_preference_held_in_both_orders_counts_and_no_ballot_is_lost(world: World) -> None:
    found = findings(world)
    assume(found is not None)
    assert found is not None
    assert found.ranking is not None
    ballots = [pair for judge in found.judges for pair in judge.pairs or ()]
    counted = [pair for pair in ballots if pair.kind == "preference"]
    assert all((pair.prefers is not None) == (pair.kind == "preference") for pair in ballots)
    assert sum(each.wins for each in found.ranking) == len(counted)
    assert found.order_flips == sum(pair.kind == "flipped" for pair in ballots)
    met = {frozenset(pair.answers) for pair in ballots}
    assert len(ballots) == len(met) * len(world.seats)
    assert sorted(each.answer_no for each in found.ranking) == list(
        range(1, len(world.answers) + 1)
    )


@examples(60)
@given(worlds(least=2))
def test_nobody_wins_who_shares_the_first_place(world: World) -> None:
    found = findings(world)
    assume(found is not None)
    assert found is not None
    assert found.ranking is not None
    first = [each.answer_no for each in found.ranking if each.place == 1]
    assert found.winner in (None, *first)
    assert (found.winner is None) == (found.outcome != "winner")
    assert found.outcome != "winner" or len(first) == 1


@examples(40)
@given(worlds(least=2), st.integers(0, 7))
def test_the_answer_that_everybody_prefers_wins(world: World, place: int) -> None:
    best = 1 + place % len(world.answers)
    case = world.case

    def judge(ask: Ask) -> Reply:
        first, second = shown_in(ask)
        return prefers("first" if (first == best) or (second != best) else "second")

    end = events_of(case, judge)[-1]
    assert isinstance(end, VerdictReached)
    assert isinstance(end.decision, JudgementDecision)
    assert end.decision.findings.winner == best


@examples(60)
@given(worlds(), st.floats(1, 10))
def test_scores_stay_on_the_scale_and_decide_by_the_median(world: World, threshold: float) -> None:
    alone = replace(world, answers=world.answers[:1], threshold=threshold)
    found = findings(alone)
    assume(found is not None)
    assert found is not None
    assert found.criteria is not None
    given_scores = [s for judge in found.judges for s in (judge.scores or {}).values()]
    assert len(given_scores) == len(alone.seats) * len(found.criteria)
    assert all(1 <= score <= 10 for score in given_scores if score is not None)
    if found.overall is not None:
        assert 1 <= found.overall.min <= found.overall.median <= found.overall.max <= 10
        assert found.passed in (None, found.overall.median >= threshold)


@examples(25)
@given(worlds())
def test_from_every_prefix_of_its_journal_a_judgement_ends_the_same(world: World) -> None:
    events, case = world.events(), world.case
    for length in range(1, len(events) + 1, 3):
        judged = Deliberation.restore(events[:length])
        rest: list[Event] = []
        while not judged.ended:
            due = judged.due()
            if due is not None:
                rest.append(due)
                judged.apply(due)
            for ask in judged.pending:
                reply = events_of_reply(events, ask) or world.reply(case, ask)
                event = judged.received(ask, reply)
                rest.append(event)
                judged.apply(event)
        assert rest == events[length:]


def events_of_reply(events: Sequence[Event], ask: Ask) -> Reply | None:
    """What came back for an ask."""
    replies: dict[str, Reply] = {
        event.ask_id: event.reply for event in events if event.type == "reply_received"
    }
    return replies.get(ask.ask_id)


@examples(40)
@given(worlds())
def test_every_event_survives_json_and_everything_is_told_in_every_form(world: World) -> None:
    events = world.events()
    read = [EVENT.validate_json(EVENT.dump_json(event, by_alias=True)) for event in events]
    assert read == events
    dossier = fold(entries(read))
    result = result_of(dossier)
    forms: Sequence[Callable[[], object]] = (
        lambda: json.dumps(as_json(result, "brief")),
        lambda: json.dumps(as_json(result, "standard")),
        lambda: json.dumps(as_json(result, "full")),
        lambda: announce(result),
        lambda: markdown(dossier),
    )
    assert all(form() for form in forms)


@examples(40)
@given(worlds())
def test_no_judge_learns_who_else_judges_or_what_was_said(world: World) -> None:
    case = world.case
    asks: list[Ask] = []

    def judge(ask: Ask) -> Reply:
        asks.append(ask)
        return world.reply(case, ask)

    events_of(case, judge)
    for ask in asks:
        words = (ask.system + ask.prompt).split()
        assert not [seat for seat in world.seats if seat in words]
        assert "Because." not in words
        assert not [seat.model for seat in case.seats if seat.model in ask.prompt]


@examples(100)
@given(st.text(max_size=80))
def test_numbers_stand_for_places_and_all_else_stays_as_it_was(text: str) -> None:
    assume("answer" not in text.casefold())
    assert spelt_out(text, (3, 7)) == text
    assert spelt_out(f"The first answer {text}", (3, 7)).startswith("Answer 3 ")
