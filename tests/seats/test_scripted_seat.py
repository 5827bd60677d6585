"""A scripted seat: what every seat does, and what its script says."""

from collections.abc import Callable

from magi_mcp.core.replies import Answered, Failed
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import FREE, ScriptedSeat
from tests.seats.asks import BALLOT, ask
from tests.seats.every_seat import PATIENCE_S, EverySeat


class TestAScriptedSeat(EverySeat):
    async def answering(self, answer: Callable[[str], str]) -> SeatPort:
        return ScriptedSeat(lambda asked: answer(asked.prompt))

    async def failing(self) -> SeatPort:
        return ScriptedSeat([])

    async def silent(self) -> SeatPort:
        return ScriptedSeat(lambda _: BALLOT)


async def test_a_script_is_read_line_by_line_and_then_it_is_exhausted() -> None:
    failed = Failed(failure="server", detail="500")
    seat = ScriptedSeat(["words", {"position": "no"}, failed], model="scripted/x")
    said = [await seat.ask(ask(), PATIENCE_S) for _ in range(4)]
    assert said[:3] == [
        Answered(text="words", served_by="scripted/x", usage=FREE),
        Answered(text='{"position": "no"}', served_by="scripted/x", usage=FREE),
        failed,
    ]
    assert isinstance(said[3], Failed)
    assert (said[3].failure, said[3].retryable) == ("exhausted", False)
    assert [asked.seat for asked in seat.asked] == ["melchior"] * 4


async def test_a_script_that_is_a_function_sees_the_whole_ask() -> None:
    seat = ScriptedSeat(lambda asked: f"{asked.seat} in {asked.ask_id}")
    reply = await seat.ask(ask(seat="casper"), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert reply.text == "casper in r1/casper"
