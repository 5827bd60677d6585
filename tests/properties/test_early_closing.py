"""A round is closed early only where what is still to come can change nothing. Semantics R7."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.case import METHODS
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.events import (
    CouncilFailed,
    RoundAsked,
    RoundClosed,
    VerdictReached,
)
from magi_mcp.core.replies import Reply
from magi_mcp.core.tallies import decide, stands
from tests.core.paper import decision_in, voted
from tests.properties.search import examples
from tests.properties.worlds import POSITIONS, Life, World, lived, resumed, worlds

LOYAL = 4
"""Seats that hold the same from the first round to the last, in worlds where most agree."""


@st.composite
def _worlds(draw: st.DrawFn) -> World:
    """Worlds that argue, in half of which so many agree that the rest may not matter."""
    world = draw(worlds(("yes_no", "options"), early_close=True))
    if draw(st.booleans()):
        return world
    loyal = [seat.name for seat in world.case.seats][:LOYAL]
    held: list[Reply] = [voted(POSITIONS[world.case.method][0])]
    most = draw(st.integers(1, 2))
    limits = {"max_rounds": most, "min_rounds": draw(st.integers(1, most)), "vote_threshold": 0.5}
    case = world.case.model_copy(update={"limits": world.case.limits.model_copy(update=limits)})
    return replace(world, case=case, said={**world.said, **dict.fromkeys(loyal, held)})


CLOSED = _worlds()
EVERY = worlds(METHODS, early_close=True)


def patient(world: World) -> World:
    """The same world under an owner that waits for everyone."""
    limits = world.case.limits.model_copy(update={"early_close": False})
    return replace(world, case=world.case.model_copy(update={"limits": limits}))


def settled(life: Life) -> list[RoundClosed]:
    closed = [event for event in life.events if isinstance(event, RoundClosed)]
    return [event for event in closed if event.reason == "settled"]


def decision(life: Life) -> VerdictReached | CouncilFailed:
    end = life.events[-1]
    assert isinstance(end, VerdictReached | CouncilFailed)
    return end


@st.composite
def _halls(draw: st.DrawFn) -> tuple[dict[str, str], int, int, Fraction, int]:
    council = draw(st.integers(1, 6))
    still_open = draw(st.integers(0, min(council, 4)))
    seats = [f"seat{n}" for n in range(council - still_open)]
    votes = {seat: draw(st.sampled_from("AB")) for seat in seats if draw(st.integers(0, 5))}
    threshold = draw(st.sampled_from([Fraction(1, 2), Fraction(2, 5), Fraction(2, 3), Fraction(1)]))
    return votes, still_open, council, threshold, draw(st.integers(1, 3))


@examples(400)
@given(_halls(), st.sampled_from([None, Fraction(4, 5), Fraction(1, 2)]))
def test_what_stands_wins_whatever_the_open_seats_say(
    hall: tuple[dict[str, str], int, int, Fraction, int], share: Fraction | None
) -> None:
    votes, still_open, council, threshold, min_voices = hall
    ends = [
        decide(
            {**votes, **{f"open{n}": said for n, said in enumerate(more) if said}},
            council=council,
            threshold=threshold,
            min_voices=min_voices,
        )
        for more in product(("A", "B", "C", ""), repeat=still_open)
    ]
    if stands(
        votes,
        still_open,
        council=council,
        threshold=threshold,
        min_voices=min_voices,
        settled=share,
    ):
        assert len({end.ruling for end in ends}) == 1
        assert ends[0].ruling is not None
        assert share is None or all(end.routing_share >= share for end in ends)
    elif threshold < 1 and share is None:
        assert len({end.ruling for end in ends}) > 1 or ends[0].ruling is None


@examples(80)
@given(CLOSED)
def test_the_ruling_is_the_one_that_waiting_would_have_brought(world: World) -> None:
    hasty, whole = decision(lived(world)), decision(lived(patient(world)))
    if isinstance(whole, CouncilFailed):
        assert hasty == whole
        return
    assert isinstance(hasty, VerdictReached)
    assert decision_in(hasty).ruling == decision_in(whole).ruling
    assert decision_in(hasty).findings.decided_by == decision_in(whole).findings.decided_by
    assert hasty.decision.rounds == whole.decision.rounds


@examples(80)
@given(CLOSED)
def test_a_verdict_says_that_a_round_was_closed_early_and_is_never_unanimous(world: World) -> None:
    life = lived(world)
    closings = settled(life)
    end = decision(life)
    told = isinstance(end, VerdictReached) and [
        warning for warning in end.decision.warnings if "was closed early" in warning
    ]
    assert len(closings) == len(told or [])
    if closings:
        assert isinstance(end, VerdictReached)
        assert end.decision.outcome in ("majority", "plurality")
        last = [e for e in life.events if isinstance(e, RoundAsked) and e.purpose == "rebuttal"][-1]
        assert closings[0].round_id == last.round_id


@examples(40)
@given(EVERY)
def test_no_blind_round_is_ever_closed_early_and_no_open_question_is(world: World) -> None:
    for closed in settled(lived(world)):
        assert closed.round_id != "r1"
        assert world.case.method in ("yes_no", "options")


@examples(40)
@given(CLOSED)
def test_a_deliberation_with_a_round_closed_early_is_taken_up_at_every_step(world: World) -> None:
    whole = lived(world)
    assert Deliberation.restore(whole.events).ended
    for length in range(1, len(whole.events) + 1):
        assert resumed(world, whole.events[:length]).events == whole.events[length:]
