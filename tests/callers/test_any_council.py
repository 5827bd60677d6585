"""Whoever plays the seats, and however the replies come in, the verdict is the same. R1, R7, R8."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.asks import Ask
from magi_mcp.core.callers import CALLER, PLAYED
from magi_mcp.core.case import METHODS, Case
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import fold
from magi_mcp.core.events import Cancelled, Entry, VerdictReached
from magi_mcp.core.forms import BallotForm, Closed, DraftForm, Open
from magi_mcp.core.playing import HandedIn, open_asks, reopening
from magi_mcp.core.replies import Answered, Reply
from magi_mcp.core.verdict import Decision
from tests.callers.stage import Paper, a_callers_case, votes
from tests.core.paper import decision_in, voted, wrote
from tests.properties.search import examples
from tests.properties.worlds import World, lived, worlds


@dataclass(frozen=True)
class Willing(World):
    """A world in which every seat answers, and so that it can be read: the rest is refused."""

    def reply(self, ask: Ask, pseudonyms: Mapping[str, str]) -> Reply:
        reply = super().reply(ask, pseudonyms)
        if isinstance(reply, Answered) and _readable(reply.text, ask):
            return reply
        match ask.form:
            case DraftForm():
                spare = wrote("We wait.")
            case BallotForm(scale=Closed(choices=choices)):
                spare = voted(choices.ids[0])
            case BallotForm(scale=Open()):
                spare = voted("Wait for the log")
            case BallotForm():
                spare = voted("0.5")
            case form:
                raise AssertionError(f"{ask.ask_id}: {form}")
        return spare.model_copy(update={"served_by": self.case.seat(ask.seat).model})


def _readable(text: str, ask: Ask) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return ask.form.fault(text) is None


def willing(world: World) -> Willing:
    """The same world without failures, delays and refusals, and without an arbiter."""
    case = Case.model_validate(world.case.model_dump() | {"arbiter": None})
    return Willing(
        case=case,
        said=world.said,
        groupers=["apart", "together"],
        services=["full"],
        verdicts=world.verdicts,
        late={},
        refused=None,
        arrival=world.arrival,
    )


def played(case: Case) -> Case:
    """The same case with the caller on every seat."""
    seats = [seat.model_copy(update={"model": CALLER}) for seat in case.seats]
    return Case.model_validate(case.model_dump() | {"seats": [s.model_dump() for s in seats]})


def answers(world: Willing, paper: Paper) -> dict[str, HandedIn]:
    """What this world hands in for every open ask."""
    restored = Deliberation.restore(entry.event for entry in paper.entries)
    names = {} if restored.round is None else restored.round.pseudonyms
    given = {}
    for ask in open_asks(paper.entries):
        reply = world.reply(ask, names)
        assert isinstance(reply, Answered)
        given[ask.ask_id] = HandedIn(ask.ask_id, reply.text, reply.served_by)
    return given


def is_decided(paper: Paper) -> bool:
    return isinstance(paper.newest, VerdictReached)


def crashed(paper: Paper) -> None:
    """Nothing is left but what was written."""
    lines = [entry.model_dump_json(by_alias=True) for entry in paper.entries]
    paper.entries = [Entry.model_validate_json(line) for line in lines]


def stopped(paper: Paper) -> None:
    """Somebody cancels, and somebody goes on."""
    paper.write([Cancelled(by="somebody")])
    restored = Deliberation.restore(entry.event for entry in paper.entries)
    paper.write(reopening(restored, "whoever goes on"))


def without_models(decision: Decision) -> str:
    """All that does not follow from whose model the case names."""
    told = json.loads(decision.model_dump_json(by_alias=True))
    for ballot in told["findings"]["ballots"]:
        del ballot["model"]
    told["warnings"] = [warning for warning in told["warnings"] if warning != PLAYED]
    return json.dumps(told)


@examples(30)
@given(worlds(METHODS), st.data())
def test_replies_in_any_order_and_any_portions_give_the_verdict_of_a_council_of_models(
    world: World, data: st.DataObject
) -> None:
    scripted = willing(world)
    whole = lived(scripted).events[-1]
    assert isinstance(whole, VerdictReached)
    paper = Paper(played(scripted.case))
    last: list[HandedIn] = []
    for _ in range(200):
        if is_decided(paper):
            break
        given = answers(scripted, paper)
        order = data.draw(st.permutations(list(given)))
        portion = [given[each] for each in order[: data.draw(st.integers(1, len(order)))]]
        again = last if data.draw(st.booleans()) else []
        assert paper.hand_in(*portion, *again) == ()
        last = portion
        befalls = data.draw(st.sampled_from(("nothing", "crash", "stop")))
        if befalls == "crash":
            crashed(paper)
        elif befalls == "stop" and not is_decided(paper):
            stopped(paper)
    verdict = paper.newest
    assert isinstance(verdict, VerdictReached)
    assert without_models(decision_in(verdict)) == without_models(decision_in(whole))
    assert PLAYED in verdict.decision.warnings
    dossier = fold(paper.entries, driven=False)
    assert dossier.status in ("decided", "undecided")
    assert (dossier.usage.cost_usd, dossier.usage.tokens, dossier.lost_calls) == (None, None, 0)
    assert dossier.usage.calls == len(dossier.responses)
    before = list(paper.entries)
    assert paper.hand_in(*last) == ()
    assert paper.entries == before, "a retry after the end changes nothing"


@examples(20)
@given(worlds(METHODS, early_close=True))
def test_a_round_that_nothing_can_change_any_more_closes_early_here_too(world: World) -> None:
    scripted = willing(world)
    paper = Paper(played(scripted.case))
    arrival = [*scripted.arrival]
    for _ in range(200):
        given = answers(scripted, paper)
        if not given:
            break
        first = min(given, key=lambda ask_id: arrival.index(ask_id.partition("/")[2]))
        assert paper.hand_in(given[first]) == ()
    whole, verdict = lived(scripted).events[-1], paper.newest
    assert isinstance(verdict, VerdictReached)
    assert isinstance(whole, VerdictReached)
    assert without_models(decision_in(verdict)) == without_models(decision_in(whole))


@examples(15)
@given(worlds(METHODS))
def test_between_two_hand_ins_a_journal_always_awaits_replies(world: World) -> None:
    scripted = willing(world)
    paper = Paper(played(scripted.case))
    while given := answers(scripted, paper):
        dossier = fold(paper.entries, driven=False)
        assert dossier.status == "awaiting_replies"
        assert set(dossier.rounds[-1].unheard) == {a.partition("/")[2] for a in given}
        paper.hand_in(next(iter(given.values())))
    assert isinstance(paper.newest, VerdictReached)


def test_a_world_that_answers_otherwise_would_give_another_verdict() -> None:
    """That the comparison above can fail at all."""
    one, two = Paper(a_callers_case()), Paper(a_callers_case())
    one.hand_in(*votes("yes", "ada", "ben", "cleo"))
    two.hand_in(*votes("no", "ada", "ben", "cleo"))
    assert isinstance(one.newest, VerdictReached)
    assert isinstance(two.newest, VerdictReached)
    assert without_models(decision_in(one.newest)) != without_models(decision_in(two.newest))
