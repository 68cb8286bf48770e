"""Limits how long a service waits for a client that does not read its answer. uvicorn would wait forever.

While an answer is not read, its route waits, and the temporary file of an export stays open.
"""

import asyncio

import structlog

log = structlog.get_logger()


class WatchedTransport:
    """A connection's transport that is aborted when its client stops reading.

    While bytes wait to be sent, `least_bytes` bytes have to be sent in each period of `seconds`. If fewer bytes wait,
    all of them have to be sent. Bytes that the kernel has accepted count as sent, although the client has possibly not
    read them yet. That does no harm, because the kernel's buffer holds some megabytes at most, and the route has
    finished with these bytes.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, seconds: float, least_bytes: int
    ) -> None:
        self._transport, self._loop = transport, loop
        self._seconds, self._least_bytes = seconds, least_bytes
        self._timer: asyncio.TimerHandle | None = None
        self._written = self._due = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    @property
    def sent(self) -> int:
        """The number of bytes that the kernel has accepted."""
        return self._written - self._transport.get_write_buffer_size()

    def write(self, data: bytes) -> None:
        self._transport.write(data)
        self._written += len(data)
        if self._timer is None:
            self._await_reader()

    def stop(self) -> None:
        """Stop watching, because the connection is closed."""
        if self._timer is not None:
            self._timer.cancel()

    def _await_reader(self) -> None:
        if unsent := self._transport.get_write_buffer_size():
            self._due = self.sent + min(unsent, self._least_bytes)
            self._timer = self._loop.call_later(self._seconds, self._is_due)

    def _is_due(self) -> None:
        self._timer = None
        if self.sent >= self._due:
            self._await_reader()
            return
        log.warning(
            "unread_answer_given_up", seconds=self._seconds, unsent_bytes=self._transport.get_write_buffer_size()
        )
        self._transport.abort()
