"""A server on the loopback interface that answers as Ollama does, or as something else."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

Model = str | tuple[str, str]
"""A model's name, with the family that Ollama tells of it or without."""

HANGS = None
"""The reply of a server that takes the request and says nothing."""


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


@asynccontextmanager
async def serving(reply: bytes | None) -> AsyncIterator[tuple[str, Sequence[str]]]:
    """The server's address, and the first lines of all requests so far."""
    asked: list[str] = []
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().strip())
        while (await reader.readline()).strip():
            continue
        if reply is None:
            await over.wait()
        else:
            writer.write(reply)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}", asked
    finally:
        over.set()
        server.close()
        await server.wait_closed()
