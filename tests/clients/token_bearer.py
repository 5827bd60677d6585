"""Shows a token in the name of clients that have none to show: a proxy on loopback.

It changes nothing else, but for carrying one request over each connection.
"""

import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, SocketListener, SocketStream
from anyio.from_thread import start_blocking_portal
from anyio.streams.buffered import BufferedByteReceiveStream

LONGEST_HEAD = 1_000_000


@contextmanager
def token_bearer(address: str, token: str) -> Iterator[str]:
    """An address that stands for another one, where the token is shown with each request."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_passing_on(address, token)) as own,
    ):
        yield own


@asynccontextmanager
async def _passing_on(address: str, token: str) -> AsyncIterator[str]:
    server = urlsplit(address)
    assert server.hostname is not None
    assert server.port is not None
    host, port = server.hostname, server.port
    added = f"Authorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode()

    async def carry(near: SocketStream) -> None:
        asked = BufferedByteReceiveStream(near)
        async with near:
            try:
                head = await asked.receive_until(b"\r\n\r\n", LONGEST_HEAD)
            except (anyio.EndOfStream, anyio.IncompleteRead):  # opened, and never used
                return
            kept = re.sub(rb"(?im)^connection:[^\r]*(\r\n|$)", b"", head).removesuffix(b"\r\n")
            async with await anyio.connect_tcp(host, port) as far:
                await far.send(kept + b"\r\n" + added)
                async with anyio.create_task_group() as both:
                    both.start_soon(_pour, asked, far, both.cancel_scope)
                    both.start_soon(_pour, far, near, both.cancel_scope)

    here = socket.create_server(("127.0.0.1", 0))
    async with (
        await SocketListener.from_socket(here) as listener,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(listener.serve, carry)
        yield f"http://127.0.0.1:{here.getsockname()[1]}{server.path}"
        tasks.cancel_scope.cancel()


async def _pour(
    source: ByteReceiveStream, sink: ByteSendStream, connection: anyio.CancelScope
) -> None:
    """Carry bytes until one side has no more to say; then the connection is over."""
    try:
        async for piece in source:
            await sink.send(piece)
    except anyio.BrokenResourceError:
        pass  # it is over in any case
    connection.cancel()
