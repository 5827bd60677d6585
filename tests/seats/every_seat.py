"""What every kind of seat has to do, whoever answers in it (``SeatPort``)."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

import anyio
from pydantic import TypeAdapter

from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Answered, Failed, Reply, Usage
from magi_mcp.ports import SeatPort
from tests.seats.asks import BALLOT, ask

SOON_S = 0.1
PATIENCE_S = 5.0

_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)


class EverySeat(ABC):
    """The battery; a subclass says how seats of its kind are made."""

    @abstractmethod
    async def answering(self, answer: Callable[[str], str]) -> SeatPort:
        """A seat that answers a question by that function of what it was sent."""

    @abstractmethod
    async def failing(self) -> SeatPort:
        """A seat that has nothing but faults to offer."""

    @abstractmethod
    async def silent(self) -> SeatPort:
        """A seat that nothing comes from, if its kind can be silent."""

    async def test_words_come_back_as_they_were_said(self) -> None:
        seat = await self.answering(lambda _: BALLOT)
        reply = await seat.ask(ask(), PATIENCE_S)
        assert isinstance(reply, Answered)
        assert reply.text == BALLOT
        assert reply.served_by
        assert reply.repairs == 0
        assert reply.usage.calls == 1

    async def test_words_without_a_ballot_come_back_all_the_same(self) -> None:
        seat = await self.answering(lambda _: "Well, that rather depends.")
        reply = await seat.ask(ask(), PATIENCE_S)
        assert isinstance(reply, Answered)
        assert reply.text == "Well, that rather depends."

    async def test_a_fault_is_a_reply_that_says_why_and_no_exception(self) -> None:
        seat = await self.failing()
        for _ in range(2):
            reply = await seat.ask(ask(), PATIENCE_S)
            assert isinstance(reply, Failed)
            assert reply.detail.strip()
            assert "\n" not in reply.detail

    async def test_no_reply_takes_longer_than_the_deadline(self) -> None:
        seat = await self.silent()
        began = anyio.current_time()
        reply = await seat.ask(ask(), SOON_S)
        took_s = anyio.current_time() - began
        assert took_s < PATIENCE_S
        assert reply.elapsed_s <= took_s
        if isinstance(reply, Failed):
            assert (reply.failure, reply.retryable) == ("timeout", True)

    async def test_a_deadline_that_has_passed_is_no_error(self) -> None:
        seat = await self.silent()
        reply = await seat.ask(ask(), 0)
        assert reply.elapsed_s < PATIENCE_S

    async def test_time_and_usage_are_never_below_zero_nor_made_up(self) -> None:
        for seat in (await self.answering(lambda _: BALLOT), await self.failing()):
            began = anyio.current_time()
            reply = await seat.ask(ask(), PATIENCE_S)
            assert 0 <= reply.elapsed_s <= anyio.current_time() - began
            _check(reply.usage)

    async def test_two_asks_at_once_on_one_seat_do_not_mix(self) -> None:
        def echo(sent: str) -> str:
            number = sent.partition("build ")[2].partition("?")[0]
            return f'{{"argument": "I was asked about {number}.", "position": "yes"}}'

        seat = await self.answering(echo)
        asks = {str(number): ask(f"Ship build {number}?") for number in range(8)}
        replies: dict[str, Reply] = {}

        async def put(number: str, one: Ask) -> None:
            replies[number] = await seat.ask(one, PATIENCE_S)

        async with anyio.create_task_group() as tasks:
            for number, one in asks.items():
                tasks.start_soon(put, number, one)
        for number, reply in replies.items():
            assert isinstance(reply, Answered)
            assert reply.text == echo(asks[number].prompt)
            assert reply.usage.calls == 1

    async def test_every_reply_can_be_journaled_and_read_again(self) -> None:
        for seat in (
            await self.answering(lambda _: "\x00, \x1b[31m, \u2028 and \U0001f600"),
            await self.failing(),
        ):
            reply = await seat.ask(ask(), PATIENCE_S)
            journaled = _REPLY.dump_json(reply)
            assert _REPLY.validate_json(journaled) == reply

    async def test_whoever_stops_waiting_is_not_held_up(self) -> None:
        seat = await self.silent()
        with anyio.move_on_after(SOON_S):
            await seat.ask(ask(), PATIENCE_S)
        assert asyncio.current_task() is not None


def _check(usage: Usage) -> None:
    for amount in (usage.calls, usage.tokens_in, usage.tokens_out, usage.cost_usd):
        assert amount is None or amount >= 0
