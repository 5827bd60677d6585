"""The provider: a real HTTP server on loopback whose faults are set per model name.

One implementation, two ways in. Inside a running event loop:

    async with MisbehavingProvider({"a": Say("yes"), "b": Hang()}) as provider:
        ...  # provider.base_url, provider.set("a", ...), provider.requests

and, for synchronous code and subprocesses, in a thread with an event loop of its own:

    with running_provider({"a": Say("yes")}) as provider: ...
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

from anyio.from_thread import start_blocking_portal

from tests.provider.behaviours import Replies
from tests.provider.chat import ChatRequest
from tests.provider.connection import Connections
from tests.provider.service import ChatService, Exchange
from tests.provider.watch import Condition, Watch

LOOPBACK: Final = "127.0.0.1"
PATIENCE_S: Final = 10.0
"""How long the waiting methods wait before they say what did not happen."""

_BACKLOG: Final = 1024


class MisbehavingProvider:
    """An OpenAI-compatible provider: `POST /v1/chat/completions` and `GET /v1/models`,
    with or without `/v1`; of an Ollama only the list of its models, none of which it serves.

    Models that were never set do not exist (404), unless `default` answers for them. What
    reads, and `set`, may be called from any thread. It is entered once: a closed provider
    stays closed, its record stays readable.
    """

    def __init__(
        self,
        models: Mapping[str, Replies] | None = None,
        *,
        default: Replies | None = None,
        port: int = 0,
    ) -> None:
        """`port` 0 takes any free one."""
        self._port = port
        self._watch = Watch()
        self._service = ChatService(default, self._watch.changed)
        self._connections = Connections(self._service.answer, self._watch.changed)
        self._server: asyncio.Server | None = None
        for model, replies in (models or {}).items():
            self.set(model, replies)

    def set(self, model: str, replies: Replies) -> None:
        """From now on requests for `model` are answered so; a sequence starts anew."""
        self._service.set(model, replies)

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base URL (`http://127.0.0.1:PORT/v1`)."""
        return f"http://{LOOPBACK}:{self._port}/v1"

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every chat request in order of arrival, with its behaviour and outcome so far."""
        return tuple(self._service.exchanges)

    @property
    def requests(self) -> tuple[ChatRequest, ...]:
        return tuple(exchange.request for exchange in self.exchanges)

    def requests_for(self, model: str) -> tuple[ChatRequest, ...]:
        return tuple(request for request in self.requests if request.model == model)

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    async def wait_for_requests(self, count: int, *, timeout_s: float = PATIENCE_S) -> None:
        """Returns when `count` chat requests have arrived in all."""
        await self.wait_until(
            lambda: len(self._service.exchanges) >= count,
            what=f"{count} requests",
            timeout_s=timeout_s,
        )

    async def wait_until(
        self, condition: Condition, *, what: str = "a condition", timeout_s: float = PATIENCE_S
    ) -> None:
        """Returns when `condition` holds; it is looked at whenever a connection opens or
        closes and an exchange begins or ends. TimeoutError says what did happen."""
        await self._watch.until(condition, timeout_s, lambda: f"{what}; {self._state()}")

    def block_until(
        self, condition: Condition, *, what: str = "a condition", timeout_s: float = PATIENCE_S
    ) -> None:
        """`wait_until` for code without an event loop; never call it in the provider's own."""
        self._watch.block_until(condition, timeout_s, lambda: f"{what}; {self._state()}")

    def _state(self) -> str:
        arrived = ", ".join(f"{e.request.model} {e.outcome}" for e in self.exchanges) or "none"
        return f"requests: {arrived}; open connections: {self.open_connections}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connections.make, LOOPBACK, self._port, backlog=_BACKLOG
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes everything. A behaviour function that raised is raised here."""
        if self._server is not None:
            self._server.close()
            self._connections.abort_all()
            await self.wait_until(lambda: self.open_connections == 0, what="the last connection")
            await self._server.wait_closed()
        if self._service.faults:
            raise ExceptionGroup("behaviour functions raised", self._service.faults)


@contextmanager
def running_provider(
    models: Mapping[str, Replies] | None = None,
    *,
    default: Replies | None = None,
    port: int = 0,
) -> Iterator[MisbehavingProvider]:
    """The provider in a thread with its own event loop, for as long as the block lasts."""
    provider = MisbehavingProvider(models, default=default, port=port)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(provider):
        yield provider
