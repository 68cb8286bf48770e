"""If a client does not read its response, the server soon closes the connection and cancels the route. A client that
reads slowly gets the whole response.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import cast

import pytest
import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from uvicorn.server import ServerState

from chassis.server import ShapedProtocol, Timeouts
from chassis.server.unread_responses import WatchedTransport

#: Far longer than the server's time-out in these tests: only a response that waits for ever lasts as long.
LONG_S = 20
#: More than the kernels of both sides buffer for a client that reads nothing.
LARGE = 24_000_000
CHUNK = b"x" * 100_000
SHORT = Timeouts(answer_s=0.2)
#: A time-out that does not expire during a test. A test calls the function that the expired time-out would call.
PATIENT = Timeouts(answer_s=1e6)


class Server:
    """Serves large responses. `ended` is set when the server closes a response's stream, read to the end or not."""

    def __init__(self, patience: Timeouts) -> None:
        self.ended = asyncio.Event()
        self.made: list[ShapedProtocol] = []
        self.state = ServerState()
        self._config = uvicorn.Config(self._app(), log_config=None, http=ShapedProtocol.with_patience(patience))
        self._config.load()

    def accept(self) -> ShapedProtocol:
        protocol: ShapedProtocol = self._config.http_protocol_class(self._config, self.state, {})
        self.made.append(protocol)
        return protocol

    @property
    def transport(self) -> WatchedTransport:
        return cast(WatchedTransport, self.made[-1].transport)

    def _app(self) -> FastAPI:
        app = FastAPI()

        async def chunks() -> AsyncIterator[bytes]:
            try:
                for _ in range(LARGE // len(CHUNK)):
                    yield CHUNK
            finally:
                self.ended.set()

        @app.get("/stream")
        async def stream() -> Response:
            return StreamingResponse(chunks())

        @app.get("/whole")
        async def whole() -> Response:
            return Response(b"x" * LARGE)

        return app


@asynccontextmanager
async def asked(patience: Timeouts, path: str) -> AsyncIterator[tuple[Server, asyncio.StreamReader]]:
    """A client that has sent a request and has read nothing; its own receive buffer is small."""
    server = Server(patience)
    listener = await asyncio.get_running_loop().create_server(server.accept, "127.0.0.1", 0)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, listener.sockets[0].getsockname())
    reader, writer = await asyncio.open_connection(sock=connection, limit=4096)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    try:
        async with asyncio.timeout(LONG_S):
            yield server, reader
    finally:
        listener.close()
        for one in server.made:
            one.transport.abort()
        writer.transport.abort()


async def all_of(reader: asyncio.StreamReader) -> int:
    """The number of bytes that arrive until the connection ends."""
    got = 0
    with suppress(ConnectionResetError):
        while part := await reader.read(1_000_000):
            got += len(part)
    return got


async def until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110 - the state is that of the server
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("path", ["/stream", "/whole"])
async def test_an_answer_that_nobody_reads_is_given_up(path: str) -> None:
    async with asked(SHORT, path) as (server, reader):
        await until(lambda: bool(server.made))
        await until(lambda: not server.state.connections)
        if path == "/stream":
            await server.ended.wait()
        # The tasks of both responses have ended: no task waits for the client.
        await until(lambda: not server.state.tasks)
        assert await all_of(reader) < LARGE


@pytest.mark.parametrize("path", ["/stream", "/whole"])
async def test_a_client_that_reads_slowly_gets_the_whole_answer(path: str) -> None:
    """Each time enough bytes have been sent, the test lets the time-out expire. The server must not close the
    connection.
    """
    async with asked(PATIENT, path) as (server, reader):
        got, periods = 0, 0
        while got < LARGE and (part := await reader.read(1_000_000)):
            got += len(part)
            if server.transport._timer is not None and server.transport.sent >= server.transport._due:
                server.transport._is_due()
                periods += 1
        assert got >= LARGE
        assert periods > 10


async def test_an_answer_that_is_read_leaves_no_timer_behind() -> None:
    async with asked(PATIENT, "/whole") as (server, reader):
        got = 0
        while got < LARGE and (part := await reader.read(1_000_000)):
            got += len(part)
        server.transport._is_due()
        assert server.transport._timer is None
        assert not server.made[-1].transport.is_closing()
