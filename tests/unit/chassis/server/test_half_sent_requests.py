"""The server soon closes the connection of a client that sends half a request; a client that sends slowly succeeds."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from uvicorn.server import ServerState

from chassis.server import ShapedProtocol, Timeouts

#: Far longer than the server's time-outs in these tests. Only a connection that is never closed lasts as long.
LONG_S = 20
SHORT = Timeouts(header_s=0.2, body_s=0.2)
#: Time-outs that do not expire during a test.
PATIENT = Timeouts(header_s=1e6, body_s=1e6)
HEAD = b"POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n"


class Server:
    def __init__(self, patience: Timeouts) -> None:
        self.connections: list[ShapedProtocol] = []
        self._config = uvicorn.Config(_app(), log_config=None, http=ShapedProtocol.with_patience(patience))
        self._config.load()
        self._state = ServerState()

    def accept(self) -> ShapedProtocol:
        made: ShapedProtocol = self._config.http_protocol_class(self._config, self._state, {})
        self.connections.append(made)
        return made

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.address)

    address: tuple[str, int]


def _app() -> FastAPI:
    app = FastAPI()

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    return app


@asynccontextmanager
async def serving(patience: Timeouts) -> AsyncIterator[Server]:
    server = Server(patience)
    listener = await asyncio.get_running_loop().create_server(server.accept, "127.0.0.1", 0)
    server.address = listener.sockets[0].getsockname()
    yield server
    listener.close()
    for one in server.connections:
        one.transport.abort()


async def answered(reader: asyncio.StreamReader) -> tuple[bytes, dict[str, Any]]:
    """The status line and the body of the last answer, once the server has closed the connection."""
    async with asyncio.timeout(LONG_S):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0], json.loads(body)


@pytest.mark.parametrize(
    "half",
    [b"G", b"GET /size", b"GET /size HTTP/1.1\r\n", b"GET /size HTTP/1.1\r\nHost: a\r\nX-Name", HEAD, HEAD + b"x"],
)
async def test_half_a_request_is_refused_in_time(half: bytes) -> None:
    async with serving(SHORT) as server:
        reader, writer = await server.connect()
        writer.write(half)
        status, body = await answered(reader)
        writer.close()
    assert (status, body["code"]) == (b"HTTP/1.1 408 Request Timeout", "REQUEST_TOO_SLOW")
    assert body["message"] == "提交的内容未能及时传完，请检查网络后重新提交"


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_a_connection_without_a_request_is_closed(sent: bytes) -> None:
    async with serving(SHORT) as server, asyncio.timeout(LONG_S):
        reader, writer = await server.connect()
        writer.write(sent)
        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nX: ", HEAD])
async def test_a_trickle_ends_like_silence(begun: bytes) -> None:
    """A client that sends single bytes extends neither the time-out of a request's head nor that of its body."""
    async with serving(SHORT) as server:
        reader, writer = await server.connect()
        writer.write(begun)

        async def trickle() -> None:
            with suppress(ConnectionError):
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        # If a byte arrives after the server has closed the connection, the connection is reset, and the answer is lost.
        with suppress(ConnectionResetError):
            async with asyncio.timeout(LONG_S):
                await reader.read()
        trickling.cancel()
        writer.close()


async def test_the_second_request_of_a_connection_is_bounded_too() -> None:
    async with serving(SHORT) as server:
        reader, writer = await server.connect()
        writer.write(b"POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabGET /si")
        async with asyncio.timeout(LONG_S):
            await reader.readuntil(b"\r\n\r\n2")
            writer.write(b"ze HTTP/1.1\r\n")
            await reader.read()
        writer.close()


async def test_a_slow_upload_that_moves_goes_through() -> None:
    """After each chunk the test lets the body's period end. Each chunk is large enough to start a new period."""
    async with serving(PATIENT) as server:
        reader, writer = await server.connect()
        writer.write(HEAD)
        for _ in range(5):
            writer.write(b"x" * 5000)
            await _until(lambda: any(one._arrived >= 5000 for one in server.connections))
            server.connections[0]._body_is_due()
        writer.write(b"x" * 5000)
        async with asyncio.timeout(LONG_S):
            assert await reader.readuntil(b"30000")
        writer.close()


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG_S):
        while not reached():  # noqa: ASYNC110 - the state is that of the server
            await asyncio.sleep(0.001)


async def test_beyond_the_bound_the_longest_waiting_connection_goes() -> None:
    async with serving(Timeouts(header_s=1e6, body_s=1e6, most_connections=2)) as server:
        working = await server.connect()
        working[1].write(HEAD)
        await _until(lambda: any(one.has_request for one in server.connections))
        waiting = await server.connect()
        newest = await server.connect()
        status, body = await answered(waiting[0])
        assert (status, body["code"]) == (b"HTTP/1.1 503 Service Unavailable", "TOO_MANY_CONNECTIONS")
        for reader, writer in (working, newest):
            writer.write(b"x" * 30000 if reader is working[0] else HEAD + b"x" * 30000)
            async with asyncio.timeout(LONG_S):
                assert await reader.readuntil(b"30000")
        for _, writer in (working, waiting, newest):
            writer.close()
