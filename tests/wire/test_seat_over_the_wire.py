"""The battery of every seat, for a seat whose model is behind HTTP."""

from collections.abc import Callable

import pytest

from magi_mcp.ports import SeatPort
from tests.provider import ChatRequest, MisbehavingProvider, Say
from tests.seats.every_seat import EverySeat
from tests.wire.conftest import SeatOn


class TestASeatOverTheWire(EverySeat):
    @pytest.fixture(autouse=True)
    def _wired(self, provider: MisbehavingProvider, seat_on: SeatOn) -> None:
        self.provider = provider
        self.seat_on = seat_on

    async def answering(self, answer: Callable[[str], str]) -> SeatPort:
        def say(request: ChatRequest) -> Say:
            return Say(answer(request.messages[1].content))

        self.provider.set("answering", say)
        return self.seat_on("openai/answering")

    async def failing(self) -> SeatPort:
        return self.seat_on("openai/drop-mid-body")

    async def silent(self) -> SeatPort:
        return self.seat_on("openai/hang")
