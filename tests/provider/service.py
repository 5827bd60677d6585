"""The API: which request gets which script, and a record of what became of it.

No sockets and no event loop: a request comes in, an `Answer` goes out. The system's clocks
are read here, for the records and the dates, and nowhere below.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.provider.behaviours import Behaviour, Replies, Status, checked
from tests.provider.chat import ChatRequest, ChatRequestError, parse_chat_request
from tests.provider.connection import Answer, Ending, HttpRequest
from tests.provider.script import error_body, json_body, perform, whole_response

Outcome: TypeAlias = Literal["underway"] | Ending
"""`answered`: the whole script was performed, whatever it said. `dropped`: the provider ended
the connection as told. `client_gone`: the client did, before the end of the script.
`provider_closed`: the provider closed first."""

_Choose: TypeAlias = Callable[[ChatRequest], Behaviour]


@dataclass
class Exchange:
    """One chat request and what became of it; `ended_at_s` is `time.monotonic()`."""

    request: ChatRequest
    behaviour: Behaviour
    outcome: Outcome = "underway"
    ended_at_s: float | None = None


class ChatService:
    """Models by name, each with its replies; every exchange in order of arrival."""

    def __init__(self, default: Replies | None, changed: Callable[[], None]) -> None:
        """`default` answers for models never set; None: they do not exist. `changed` is
        called after every change of `exchanges`."""
        self._models: dict[str, _Choose] = {}
        self._default = _no_such_model if default is None else _in_turn(default)
        self._changed = changed
        self.exchanges: list[Exchange] = []
        self.faults: list[Exception] = []
        """What behaviour functions raised."""

    def set(self, model: str, replies: Replies) -> None:
        self._models[model] = _in_turn(replies)

    def answer(self, request: HttpRequest) -> Answer:
        match request.method, request.path.removeprefix("/v1"):
            case "POST", "/chat/completions":
                return self._chat(request)
            case "GET", "/models":
                return _plain(200, self._model_list())
            case "GET", "/api/tags":
                return _plain(200, self._pulled())
            case "POST", "/api/chat" | "/api/generate" | "/api/show":
                return _plain(404, json_body({"error": "model not found, try pulling it first"}))
            case _, "/chat/completions" | "/models":
                message = f"{request.method} is not allowed on {request.path}."
                return _refusal(405, message)
            case _:
                return _refusal(404, f"Unknown path {request.path}.")

    def _chat(self, http: HttpRequest) -> Answer:
        try:
            request = parse_chat_request(
                http.body,
                number=len(self.exchanges) + 1,
                headers=http.headers,
                received_at_s=time.monotonic(),
            )
        except ChatRequestError as error:
            return _refusal(400, str(error))
        exchange = Exchange(request, self._behaviour_for(request))
        self.exchanges.append(exchange)
        self._changed()
        return Answer(
            perform(exchange.behaviour, request, time.time),
            ended=lambda ending: self._ended(exchange, ending),
        )

    def _behaviour_for(self, request: ChatRequest) -> Behaviour:
        choose = self._models.get(request.model, self._default)
        try:
            return checked(choose(request))
        except Exception as error:  # noqa: BLE001  # anybody's function; raised again on closing
            self.faults.append(error)
            return Status(500, message=f"The behaviour of {request.model!r} raised {error!r}.")

    def _ended(self, exchange: Exchange, ending: Ending) -> None:
        exchange.outcome = ending
        exchange.ended_at_s = time.monotonic()
        self._changed()

    def _model_list(self) -> bytes:
        return json_body(
            {
                "object": "list",
                "data": [
                    {"id": name, "object": "model", "created": 0, "owned_by": "loopback"}
                    for name in tuple(self._models)
                ],
            }
        )

    def _pulled(self) -> bytes:
        """The models as an Ollama lists them, each in its latest version."""
        return json_body({"models": [{"name": f"{name}:latest"} for name in tuple(self._models)]})


def _in_turn(replies: Replies) -> _Choose:
    if callable(replies):
        return replies
    if not isinstance(replies, Sequence):
        replies = (replies,)
    if not replies:
        raise ValueError("a sequence of behaviours needs at least one; the last one repeats")
    each = [checked(reply) for reply in replies]
    turns = itertools.chain(each, itertools.repeat(each[-1]))
    return lambda _request: next(turns)


def _no_such_model(request: ChatRequest) -> Behaviour:
    return Status.model_withdrawn(request.model)


def _refusal(code: int, message: str) -> Answer:
    return _plain(code, error_body(message, "invalid_request_error"))


def _plain(code: int, body: bytes) -> Answer:
    """An answer of which no record is kept."""
    return Answer(iter(whole_response(code, body)), ended=lambda _ending: None)
