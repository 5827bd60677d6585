"""What a case is said to take is never less than what it takes. Semantics R7; decision 0018."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given

from magi_mcp.core.asks import BALLOT_PURPOSES, Ask, Purpose, Round
from magi_mcp.core.budget import Tariff, prompt_tokens, total
from magi_mcp.core.case import METHODS, PROTOCOLS, Case, Limits, MethodName, ProtocolName
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.planning import HEARD_TOKENS, DeliberationReckoning, worst_case
from magi_mcp.core.replies import Reply
from magi_mcp.core.services import concluding, counting, following, rebuttals_at_most
from tests.core.paper import a_case, deliberated, grouped, rated, said, usual, voted, wrote
from tests.properties.search import examples
from tests.properties.worlds import OPTIONS, SEATS, World, lived, worlds

CENT = Tariff(max_tokens_out=1_000, usd_per_token_in=0.00001, usd_per_token_out=0.00001)


def tariffs_of(case: Case) -> Mapping[str, Tariff]:
    return {seat.name: CENT for seat in case.everybody}


def reckoned(case: Case, tariffs: Mapping[str, Tariff] | None = None) -> DeliberationReckoning:
    return DeliberationReckoning(case, tariffs or tariffs_of(case), opening_of(case))


def opening_of(case: Case) -> Round:
    opening = Deliberation(case).round
    assert opening is not None
    return opening


def willing(world: World) -> World:
    """The same world, in which whoever is asked to serve does so at once."""
    return replace(
        world,
        services=[how if how in ("full", "part") else "full" for how in world.services],
        groupers=[how if how in ("apart", "together") else "apart" for how in world.groupers],
        late={},
    )


def declared(case: Case) -> Counter[Purpose]:
    """How many asks of each purpose a case may take, if nobody fails to serve."""
    rounds, seats = 1 + rebuttals_at_most(case), len(case.seats)
    most = Counter[Purpose]({"answer": seats, "rebuttal": seats * (rounds - 1)})
    for times, services in ((rounds, counting(case)), (1, concluding(case))):
        for service in services:
            most[service.purpose] += times * (seats if service.to == "each" else 1)
    return most


@examples(80)
@given(worlds())
def test_no_deliberation_asks_more_than_its_method_and_protocol_declare(world: World) -> None:
    asks = lived(willing(world)).asks
    asked = Counter(ask.purpose for ask in asks)
    assert asked <= declared(world.case)
    planned = DeliberationReckoning(
        world.case, tariffs_of(world.case), opening_of(world.case)
    ).plan()
    assert len(asks) <= planned.calls == declared(world.case).total()
    assert planned.least_calls <= planned.calls


@examples(60)
@given(worlds())
def test_no_prompt_is_longer_than_it_was_reckoned_to_be(world: World) -> None:
    case, tariffs = world.case, tariffs_of(world.case)
    reckoning = reckoned(case, tariffs)
    whole, kept = reckoning.at_most(), reckoning.kept_for("answer")
    asks = lived(willing(world)).asks
    worst = {ask.ask_id: CENT.worst_case(prompt_tokens(ask)) for ask in asks}
    assert worst == worst_case(Round("", 1, "answer", tuple(asks)), tariffs)
    for ask in asks:
        assert worst[ask.ask_id].within(whole if ask.purpose in BALLOT_PURPOSES else kept)
    assert total(worst.values()).within(whole)


@examples(60)
@given(worlds())
def test_what_is_kept_covers_all_that_follows_the_last_ballots(world: World) -> None:
    case, asks = world.case, lived(willing(world)).asks
    places = [place for place, ask in enumerate(asks) if ask.purpose in BALLOT_PURPOSES]
    after = asks[places[-1] + 1 :] if places else []
    tariffs = tariffs_of(case)
    for place in range(len(after)):
        due: Purpose = after[place - 1].purpose if place else "rebuttal"
        if place and after[place].purpose == due:
            continue
        rest = total(CENT.worst_case(prompt_tokens(ask)) for ask in after[place:])
        assert rest.within(reckoned(case, tariffs).kept_for(due))


@pytest.mark.parametrize("seats", [1, 2, 3, 5])
@pytest.mark.parametrize("min_rounds", [0, 1])
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("method", METHODS)
def test_a_council_that_agrees_at_once_takes_the_least_calls(
    method: MethodName, protocol: ProtocolName, min_rounds: int, seats: int
) -> None:
    case = a_case(
        method,
        protocol,
        seats=SEATS[:seats],
        options=OPTIONS if method == "options" else (),
        limits=Limits(min_rounds=min_rounds, max_rounds=2, min_voices=1),
        arbiter="anthropic/claude-opus-4.5",
    )
    positions = {"options": OPTIONS[0], "probability": "0.7", "majority": "Ship"}
    names = SEATS[:seats]
    scores = {r: {a: 9 if a == names[0] else 1 for a in names if a != r} for r in names}

    def answer(ask: Ask) -> Reply:
        if ask.purpose == "rating":
            return rated(scores)(ask)
        if ask.purpose not in BALLOT_PURPOSES:
            return usual(ask)
        if method == "compose":
            return wrote(f"Draft by {ask.seat}: we ship.")
        return voted(positions.get(method, "yes"))

    course = deliberated(case, answer)
    assert len(course.asks) == reckoned(case).plan().least_calls


@pytest.mark.parametrize("method", METHODS)
def test_seats_may_say_as_much_as_was_reckoned_with(method: MethodName) -> None:
    case = a_case(
        method,
        "adaptive",
        options=OPTIONS if method == "options" else (),
        limits=Limits(min_rounds=1, max_rounds=1, critique_share=0.1),
        arbiter="anthropic/claude-opus-4.5",
        rapporteur="always",
    )
    at_length = "Because. " * (HEARD_TOKENS * 3 // 9 - 20)
    sides = {"options": OPTIONS[:2], "probability": ("0.7", "0.1")}.get(method, ("yes", "no"))

    def answer(ask: Ask) -> Reply:
        match ask.purpose:
            case "grouping":
                return grouped()(ask)
            case "rating":
                return said('{"ratings": []}')
            case "draft" | "ruling":
                return wrote(at_length)
            case "ratification":
                return voted("object", at_length)
            case _ if method == "compose":
                return wrote(at_length)
            case _:
                side = sides[0] if ask.seat == "ada" else sides[1]
                return voted(side, at_length, would_flip="A rehearsal.")

    course = deliberated(case, answer)
    tariffs = tariffs_of(case)
    asks = Round("", 1, "answer", tuple(course.asks))
    whole = total(worst_case(asks, tariffs).values())
    assert whole.within(reckoned(case, tariffs).at_most())
    services: list[Purpose] = [each.purpose for each in (*counting(case), *concluding(case))]
    for before, purpose in pairwise(("answer", *services)):
        rounds = {ask.ask_id.partition("/")[0] for ask in course.asks if ask.purpose == purpose}
        kept = reckoned(case, tariffs).kept_for(before) - reckoned(case, tariffs).kept_for(purpose)
        for round_id in rounds:
            held = tuple(ask for ask in course.asks if ask.ask_id.startswith(f"{round_id}/"))
            taken = total(worst_case(Round("", 1, purpose, held), tariffs).values())
            assert taken.within(kept), purpose


def test_a_price_that_is_unknown_leaves_no_total_but_tokens() -> None:
    case = a_case()
    tariffs = {**tariffs_of(case), "ben": Tariff(1_000, None, None)}
    planned = reckoned(case, tariffs).plan()
    assert planned.cost_usd is None
    assert [seat.cost_usd is None for seat in planned.seats] == [False, True, False]
    assert planned.tokens == reckoned(case, tariffs).at_most().tokens > 12 * 1_000


def test_an_arbiter_that_is_never_asked_is_no_part_of_the_plan() -> None:
    def seats_in(protocol: ProtocolName, method: MethodName) -> list[str]:
        case = a_case(method, protocol, arbiter="anthropic/claude-opus-4.5")
        return [s.seat for s in reckoned(case).plan().seats]

    assert seats_in("adaptive", "yes_no")[-1] == "arbiter"
    assert "arbiter" not in seats_in("critique", "yes_no") + seats_in("adaptive", "consensus")


def test_what_follows_a_service_are_those_that_come_after_it() -> None:
    case = a_case("majority", "adaptive", arbiter="anthropic/claude-opus-4.5")
    after = {
        purpose: [service.purpose for service in following(case, purpose)]
        for purpose in ("answer", "rebuttal", "grouping", "arbitration", "ruling")
    }
    everything = ["grouping", "arbitration", "ruling"]
    assert after["answer"] == after["rebuttal"] == everything
    assert after["grouping"] == everything[1:]
    assert (after["arbitration"], after["ruling"]) == (["ruling"], [])
