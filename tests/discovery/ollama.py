"""A server on the loopback interface that answers as Ollama does, or as something else."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

Model = str | tuple[str, str]
"""A model's name, with the family that Ollama tells of it or without."""


def tags(*models: Model) -> bytes:
    """What `GET /api/tags` gives for these models."""
    listed: list[Mapping[str, object]] = []
    for model in models:
        name, family = model if isinstance(model, tuple) else (model, "")
        listed.append({"name": name, "size": 1, "details": {"family": family, "format": "gguf"}})
    return http(json.dumps({"models": listed}))


def http(body: str, status: str = "200 OK") -> bytes:
    """An HTTP response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n{body}".encode()


@contextmanager
def hanging() -> Iterator[str]:
    """The address of a server that lets everybody connect and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@asynccontextmanager
async def serving(reply: bytes) -> AsyncIterator[tuple[str, Sequence[str]]]:
    """The server's address, and the first lines of all requests so far."""
    asked: list[str] = []
    answering: set[asyncio.Task[None]] = set()

    def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.add(asyncio.create_task(respond(reader, writer)))

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().strip())
        while (await reader.readline()).strip():
            continue
        writer.write(reply)
        writer.close()
        with suppress(ConnectionError):  # the client may have hung up already
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}", asked
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*answering)
