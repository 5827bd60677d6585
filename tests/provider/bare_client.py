"""Plain HTTP to a provider, for its own tests: no proxy, no certificates, no retries."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from tests.provider.behaviours import Replies
from tests.provider.server import MisbehavingProvider


def bare_client(provider: MisbehavingProvider) -> httpx.AsyncClient:
    """An asynchronous client with any number of connections and a time-out of 10 s."""
    return httpx.AsyncClient(
        base_url=provider.base_url,
        trust_env=False,
        verify=False,
        timeout=10,
        limits=httpx.Limits(max_connections=None),
    )


def chat(model: str = "a", prompt: str = "Ship on Friday?", **more: object) -> dict[str, object]:
    """The body of a chat request; `more` are further fields."""
    return {"model": model, "messages": [{"role": "user", "content": prompt}], **more}


async def ask(client: httpx.AsyncClient, body: Mapping[str, object]) -> httpx.Response:
    return await client.post("chat/completions", json=body)


async def told(
    provider: MisbehavingProvider, client: httpx.AsyncClient, replies: Replies, **more: object
) -> httpx.Response:
    """How model `a` answers when it is told to reply so; `more` as in `chat`."""
    provider.set("a", replies)
    return await ask(client, {**chat(), **more})
