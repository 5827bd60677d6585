"""Lets gated seats answer when a test says so: they connect here and wait for a byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class GateKeeper:
    """Who waits, and whether they may go on. ``port`` is where seats knock."""

    def __init__(self) -> None:
        self.port = 0
        self._waiting = 0
        self._knocked = asyncio.Condition()
        self._opened = asyncio.Event()

    async def asked(self, seats: int) -> None:
        """Wait until so many seats have been asked."""
        async with self._knocked, asyncio.timeout(30):
            await self._knocked.wait_for(lambda: self._waiting >= seats)

    def open(self) -> None:
        """Let everybody answer, those to come too."""
        self._opened.set()

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._knocked:
            self._waiting += 1
            self._knocked.notify_all()
        gone = asyncio.create_task(reader.read())
        opened = asyncio.create_task(self._opened.wait())
        await asyncio.wait({gone, opened}, return_when=asyncio.FIRST_COMPLETED)
        for task in (gone, opened):
            task.cancel()
        if not gone.done() or self._opened.is_set():
            writer.write(b"!")
        writer.close()


@asynccontextmanager
async def gate_keeper() -> AsyncIterator[GateKeeper]:
    """A gate that is closed; seats that still wait at the end are let go."""
    keeper = GateKeeper()
    server = await asyncio.start_server(keeper.hear, "127.0.0.1", 0)
    keeper.port = server.sockets[0].getsockname()[1]
    try:
        yield keeper
    finally:
        keeper.open()
        server.close()
