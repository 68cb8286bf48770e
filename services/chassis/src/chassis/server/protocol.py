"""The connections of a service's HTTP server: refuses bytes that are not HTTP, and limits how long the server waits for
a client.

uvicorn waits forever for the rest of a request. Clients that send only half of a request could therefore use up all
connections. Clients that do not read their answers could do the same (`chassis.server.unread_responses`).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Self, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.domain import Refusal
from chassis.server.error_responses import RequestTooSlow, RequestUnreadable, TooManyConnections, refusal_answer
from chassis.server.unread_responses import WatchedTransport


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long the server waits for a client.

    `header_s`: the time for a whole request head. For the first request of a connection, the time starts when the
    connection is opened. For a later request, it starts with the first byte of the head. `body_s`: a period. In each
    period of this length at least `body_bytes` of the body must arrive, until the body is complete. `answer_s`: a
    period. In each period of this length the client must take at least `answer_bytes` of the answer.
    `most_connections`: if there are more connections, an idle connection is closed.
    """

    header_s: float = 10.0
    body_s: float = 20.0
    body_bytes: int = 4096
    answer_s: float = 30.0
    answer_bytes: int = 4096
    most_connections: int = 1000


class ShapedProtocol(HttpToolsProtocol):
    """If a request is too slow or not HTTP, answers with an error in the usual shape and closes the connection."""

    patience: ClassVar[Timeouts] = Timeouts()
    _timer: asyncio.TimerHandle | None = None
    _in_head: bool = True
    _head_has_begun: bool = False
    _arrived: int = 0
    _began_paused: bool = False
    waiting_since: float = 0.0

    @classmethod
    def with_patience(cls, patience: Timeouts) -> type[Self]:
        """A subclass with these limits. uvicorn creates the objects itself, so our settings have to be in the class."""
        return type(cls.__name__, (cls,), {"patience": patience})

    @property
    def has_request(self) -> bool:
        """Whether a request of this connection is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watched = WatchedTransport(transport, self.loop, self.patience.answer_s, self.patience.answer_bytes)
        # uvicorn writes its answers to `self.transport`, so they go through the watched transport.
        self.transport = cast(asyncio.Transport, self._watched)
        self._await_head()
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._watched.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._timer is None and not self.has_request and not self.transport.is_closing():
            # After an answer, uvicorn closes the connection if no bytes follow in time. Any bytes end this time-out,
            # even bytes that begin no request, such as an empty line. So our own time-out starts here.
            self._await_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_has_begun = True
        if not self._in_head:
            self._await_head()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False
        self._await_body()

    def on_body(self, body: bytes) -> None:
        self._arrived += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._head_has_begun = False
        self._stop_timer()

    def send_400_response(self, msg: str) -> None:
        self._refuse(RequestUnreadable())

    def _await_head(self) -> None:
        self._in_head = True
        self.waiting_since = time.monotonic()
        self._start_timer(self.patience.header_s, self._head_is_late)

    def _head_is_late(self) -> None:
        self._timer = None
        if self.has_request:
            # The client sends the next request before it has the current answer. uvicorn can stop reading until it has
            # sent the current answer, so the client is possibly not the cause of the delay.
            self._await_head()
        elif self._head_has_begun:
            self._refuse(RequestTooSlow(seconds=self.patience.header_s))
        else:
            self.transport.close()

    def _await_body(self) -> None:
        self._arrived, self._began_paused = 0, self._holds_body_up
        self._start_timer(self.patience.body_s, self._body_is_due)

    def _body_is_due(self) -> None:
        self._timer = None
        if self._holds_body_up or self._began_paused or self._arrived >= self.patience.body_bytes:
            self._await_body()
        else:
            self._refuse(RequestTooSlow(seconds=self.patience.body_s, least_bytes=self.patience.body_bytes))

    @property
    def _holds_body_up(self) -> bool:
        """Whether the service itself delays the body: it reads slowly, or has not answered `Expect: 100-continue`."""
        return self.flow.read_paused or (self.has_request and self.cycle.waiting_for_100_continue)

    def _start_timer(self, seconds: float, late: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _make_room(self) -> None:
        """If there are too many connections, close the idle one whose last request began longest ago.

        For a connection without any request, the time of its opening counts. The new connection is idle, too. So if all
        other connections have a request, the new connection itself is closed.
        """
        if len(self.connections) <= self.patience.most_connections:
            return
        idle = [one for one in self.connections if isinstance(one, ShapedProtocol) and one.is_idle]
        min(idle, key=lambda one: one.waiting_since)._refuse(TooManyConnections())

    @property
    def is_idle(self) -> bool:
        return not self.has_request and not self.transport.is_closing()

    def _refuse(self, refusal: Refusal) -> None:
        """Send the refusal, unless another answer has been begun already. Then close the connection."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        if not (self.has_request and self.cycle.response_started):
            self._write(refusal)
        self.transport.close()

    def _write(self, refusal: Refusal) -> None:
        answer = refusal_answer(refusal)
        head = "".join(f"{name.decode()}: {value.decode()}\r\n" for name, value in answer.raw_headers)
        status = f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n"
        self.transport.write(f"{status}{head}connection: close\r\n\r\n".encode() + answer.body)
