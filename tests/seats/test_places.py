"""How places for calls are shared out: bounded, fair, and never lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

import anyio
import anyio.abc
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.seats.places import Places


@dataclass
class Call:
    """A call that wants a place, and keeps the one it gets until it is told to end."""

    deliberation: str
    provider: str = "openai"
    ending: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)


async def settled() -> None:
    """Let every task run until it waits for a call to end; it takes them a few turns each."""
    for _ in range(8):
        await anyio.lowlevel.checkpoint()


@dataclass
class Hall:
    """Calls that hold a place, and those that were given one, in order."""

    places: Places
    tasks: anyio.abc.TaskGroup
    holding: list[Call] = field(default_factory=list)
    served: list[Call] = field(default_factory=list)

    async def arrive(self, *calls: Call) -> None:
        """The calls ask for places, one after another."""
        for call in calls:
            self.tasks.start_soon(self._hold, call)
            await settled()

    async def end(self, call: Call) -> None:
        """A call ends, and whoever is next has its place."""
        call.ending.set()
        await settled()

    async def cancel(self, call: Call) -> None:
        call.scope.cancel()
        await settled()

    async def _hold(self, call: Call) -> None:
        with call.scope:
            async with self.places.place(call.deliberation, call.provider):
                self.holding.append(call)
                self.served.append(call)
                try:
                    await call.ending.wait()
                finally:
                    self.holding.remove(call)


async def in_hall(places: Places, course: Callable[[Hall], Awaitable[None]]) -> None:
    async with anyio.create_task_group() as tasks:
        await course(Hall(places, tasks))
        tasks.cancel_scope.cancel()


async def test_no_more_calls_than_places_are_under_way() -> None:
    async def course(hall: Hall) -> None:
        calls = [Call("a"), Call("b"), Call("c")]
        await hall.arrive(*calls)
        assert hall.holding == calls[:2]
        await hall.end(calls[0])
        assert hall.holding == calls[1:]

    await in_hall(Places(2), course)


async def test_a_free_place_goes_to_the_deliberation_that_holds_the_fewest() -> None:
    async def course(hall: Hall) -> None:
        first, second = Call("many"), Call("many")
        impatient, modest = Call("many"), Call("few")
        await hall.arrive(first, second, impatient, modest)
        await hall.end(first)
        assert hall.holding == [second, modest]
        await hall.end(second)
        assert hall.holding == [modest, impatient]

    await in_hall(Places(2), course)


async def test_among_equals_the_one_that_has_waited_longest_is_next() -> None:
    async def course(hall: Hall) -> None:
        busy = Call("z")
        waiting = [Call("b"), Call("a"), Call("b")]
        await hall.arrive(busy, *waiting)
        for call in (busy, *waiting[:2]):
            await hall.end(call)
        assert hall.served == [busy, *waiting]

    await in_hall(Places(1), course)


async def test_a_call_whose_provider_is_full_holds_up_nobody() -> None:
    async def course(hall: Hall) -> None:
        busy, blocked, free = Call("a", "slow"), Call("b", "slow"), Call("c", "quick")
        await hall.arrive(busy, blocked, free)
        assert hall.holding == [busy, free]
        await hall.end(busy)
        assert hall.holding == [free, blocked]

    await in_hall(Places(3, 1), course)


async def test_a_waiter_that_is_cancelled_is_forgotten() -> None:
    async def course(hall: Hall) -> None:
        busy, gone, patient = Call("a"), Call("b"), Call("c")
        await hall.arrive(busy, gone, patient)
        await hall.cancel(gone)
        await hall.end(busy)
        assert hall.holding == [patient]

    await in_hall(Places(1), course)


async def test_a_place_that_a_cancelled_waiter_was_just_given_is_passed_on() -> None:
    places = Places(1)

    async def call() -> str:
        async with places.place("b", "openai"):
            return "served"

    async with places.place("a", "openai"):
        gone, patient = asyncio.create_task(call()), asyncio.create_task(call())
        await settled()
    # It has been called, and has not run since.
    gone.cancel()
    with anyio.fail_after(1):
        assert await patient == "served"
    assert gone.cancelled()


async def test_a_call_that_fails_gives_its_place_back() -> None:
    places = Places(1)
    with pytest.raises(ConnectionError):
        async with places.place("a", "openai"):
            raise ConnectionError
    with anyio.fail_after(1):
        async with places.place("b", "openai"):
            pass


@pytest.mark.parametrize(("most", "per_provider"), [(0, None), (1, 0)])
def test_room_for_no_call_at_all_is_refused(most: int, per_provider: int | None) -> None:
    with pytest.raises(ValueError, match="room for one call"):
        Places(most, per_provider)


@dataclass(frozen=True)
class Arrival:
    deliberation: str
    provider: str


@dataclass(frozen=True)
class Departure:
    """Of one of those that hold a place, or of one of those that wait for one."""

    who: Literal["holder", "waiter"]
    number: int

    def among(self, calls: list[Call]) -> Call:
        return calls[self.number % len(calls)]


arrivals = st.builds(
    Arrival, st.sampled_from("abcd"), st.sampled_from(("openai", "anthropic", "ollama"))
)
departures = st.builds(Departure, st.sampled_from(("holder", "waiter")), st.integers(0, 99))


@given(
    most=st.integers(1, 4),
    per_provider=st.none() | st.integers(1, 3),
    course=st.lists(arrivals | departures, max_size=40),
)
def test_whatever_comes_and_goes_bounds_hold_and_everybody_is_served_in_turn(
    most: int, per_provider: int | None, course: list[Arrival | Departure]
) -> None:
    asyncio.run(schedule(most, per_provider, course))


async def schedule(most: int, per_provider: int | None, course: list[Arrival | Departure]) -> None:
    """Play a course of events, and hold the hall against the rule after each of them."""
    waiting: list[Call] = []

    async def play(hall: Hall) -> None:
        for step in course:
            before = list(hall.holding)
            match step:
                case Arrival(deliberation, provider):
                    waiting.append(Call(deliberation, provider))
                    await hall.arrive(waiting[-1])
                case Departure("holder") if before:
                    before.remove(leaver := step.among(before))
                    await hall.end(leaver)
                case Departure("waiter") if waiting:
                    waiting.remove(leaver := step.among(waiting))
                    await hall.cancel(leaver)
                case Departure():
                    pass  # there is nobody to leave
            held_to_the_rule(hall, before)
        while hall.holding:
            before = hall.holding[1:]
            await hall.end(hall.holding[0])
            held_to_the_rule(hall, before)
        assert waiting == [], "somebody was never served"

    def held_to_the_rule(hall: Hall, before: list[Call]) -> None:
        taken = Counter(call.provider for call in hall.holding)
        assert len(hall.holding) <= most
        assert per_provider is None or max(taken.values(), default=0) <= per_provider
        for call in hall.holding[len(before) :]:
            assert call is _next(waiting, before, most, per_provider)
            waiting.remove(call)
            before.append(call)
        assert _next(waiting, before, most, per_provider) is None, "a place is left empty"

    await in_hall(Places(most, per_provider), play)


def _next(
    waiting: list[Call], holding: list[Call], most: int, per_provider: int | None
) -> Call | None:
    """Whose turn it is: the rule, written down without any bookkeeping."""
    if len(holding) >= most:
        return None
    able = [
        call
        for call in waiting
        if per_provider is None
        or sum(other.provider == call.provider for other in holding) < per_provider
    ]
    return min(
        able,
        key=lambda call: sum(other.deliberation == call.deliberation for other in holding),
        default=None,
    )
