"""One client connection: bytes in, `h11` events, a script performed, bytes out.

An `asyncio.Protocol` and not a task: a pause is a timer, a client that leaves is a callback,
so nothing can leak that would have to be cancelled. Requests on one connection are answered
one after the other (keep-alive, pipelining); chunked requests are `h11`'s business.

It knows HTTP/1.1 and scripts; what is asked and answered is its
caller's affair.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never, cast

import h11

from tests.provider.script import Drop, Pause, Script, error_body, whole_response

Ending: TypeAlias = Literal["answered", "dropped", "client_gone", "provider_closed"]

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER switched on with 0 seconds: closing sends RST."""

_Incoming: TypeAlias = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]


@dataclass(frozen=True)
class HttpRequest:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What to perform, and whom to tell how it ended."""

    script: Script
    ended: Callable[[Ending], None]


class Connections:
    """The connections of one server: makes them, counts them, ends them."""

    def __init__(
        self, answer: Callable[[HttpRequest], Answer], changed: Callable[[], None]
    ) -> None:
        """`changed` is called whenever one opens or closes."""
        self.answer = answer
        self._changed = changed
        self._open: set[Connection] = set()
        self._closing = False

    def __len__(self) -> int:
        return len(self._open)

    def make(self) -> Connection:
        """The protocol factory of the server."""
        return Connection(self)

    def opened(self, connection: Connection) -> None:
        self._open.add(connection)
        if self._closing:
            connection.abort()
        self._changed()

    def closed(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._changed()

    def abort_all(self) -> None:
        """Ends every connection, and every one still to come."""
        self._closing = True
        for connection in self._open:
            connection.abort()


class Connection(asyncio.Protocol):
    """Bound to one socket; `group` answers its requests and is told of its end."""

    def __init__(self, group: Connections) -> None:
        self._group = group
        self._http = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._answer: Answer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending_if_lost: Ending = "client_gone"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._group.opened(self)

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._end(self._ending_if_lost)
        self._group.closed(self)

    def abort(self) -> None:
        """Ends the connection from the provider's side, whatever is going on."""
        self._ending_if_lost = "provider_closed"
        self._transport.abort()

    def _read(self) -> None:
        """Takes in what has arrived, and answers every request that is complete."""
        try:
            more = True
            while more and self._answer is None and not self._transport.is_closing():
                more = self._take(self._http.next_event())
        except h11.RemoteProtocolError as error:
            self._refuse(str(error))

    def _take(self, event: _Incoming) -> bool:
        """False when there is no more to be taken for now."""
        match event:
            case h11.Request():
                self._head = event
                self._body.clear()
                if self._http.they_are_waiting_for_100_continue:
                    self._write(h11.InformationalResponse(status_code=100, headers=[]))
            case h11.Data():
                self._body += event.data
            case h11.EndOfMessage():
                self._answer = self._group.answer(self._request())
                self._play()
            case h11.ConnectionClosed():
                self._close()
            case _:
                return False
        return True

    def _request(self) -> HttpRequest:
        assert self._head is not None, "h11 gives a head before the end of a message"
        return HttpRequest(
            method=self._head.method.decode(),
            path=self._head.target.decode().partition("?")[0],
            headers={name.decode(): value.decode("latin-1") for name, value in self._head.headers},
            body=bytes(self._body),
        )

    def _play(self) -> None:
        """Performs the script up to its next pause or its end."""
        assert self._answer is not None, "there is a script only for a request"
        pending: list[h11.Event] = []
        for action in self._answer.script:
            match action:
                case Pause(seconds):
                    self._write(*pending)
                    if seconds is not None:
                        loop = asyncio.get_running_loop()
                        self._timer = loop.call_later(seconds, self._resume)
                    return
                case Drop(reset):
                    self._write(*pending)
                    self._end("dropped")
                    self._close(reset=reset)
                    return
                case h11.Response() | h11.Data() | h11.EndOfMessage():
                    pending.append(action)
                case _:
                    assert_never(action)
        self._write(*pending)
        self._end("answered")
        self._await_next_request()

    def _resume(self) -> None:
        self._timer = None
        self._play()
        self._read()

    def _end(self, ending: Ending) -> None:
        if self._answer is not None:
            answer, self._answer = self._answer, None
            answer.ended(ending)

    def _await_next_request(self) -> None:
        if self._http.our_state is h11.MUST_CLOSE:
            self._close()
        else:
            self._http.start_next_cycle()

    def _refuse(self, reason: str) -> None:
        """Not HTTP: says so while that is still possible, and ends the connection."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = error_body(f"This is not HTTP/1.1: {reason}", "invalid_request_error")
            self._write(*whole_response(400, body, {"connection": "close"}))
        self._close()

    def _write(self, *events: h11.Event) -> None:
        """One write for all, so that a response in one go is one packet."""
        self._transport.write(b"".join(self._http.send(event) or b"" for event in events))

    def _close(self, *, reset: bool = False) -> None:
        """FIN behind what was written, or RST instead of it."""
        if not reset:
            self._transport.close()
            return
        client: socket.socket = self._transport.get_extra_info("socket")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()
