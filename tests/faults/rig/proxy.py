"""A TCP proxy between a service and another system: delays, resets, half-open connections."""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

#: If a socket has this option, closing it sends RST instead of FIN.
RESET = struct.pack("ii", 1, 0)
#: After this time a server's own keepalives close a dead connection.
KEEPALIVE_S = 20.0


@dataclass(eq=False)
class Line:
    """One connection through the proxy. Each connection has its own random generator, so that its faults do not depend
    on the data of other connections.
    """

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    dice: random.Random
    dark: bool = False


class Proxy:
    """Listens on its own port and forwards all data to the port `target`. Settings take effect at once."""

    def __init__(self, target: int, seed: int = 0) -> None:
        self.target = target
        self.latency_s = 0.0
        #: The probability that the connection is reset after a chunk of data.
        self.reset_rate = 0.0
        #: Connections stay open and no data pass, as long as this is set.
        self.half_open = False
        #: How many connections were reset, how many became half open, and how many chunks came late.
        self.resets = 0
        self.darkened = 0
        self.delayed = 0
        self._seed = seed
        self._opened = 0
        self._loop = asyncio.new_event_loop()
        self._lines: set[Line] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listening = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._listening.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def dice_of(self, number: int) -> random.Random:
        """The random generator of the nth connection."""
        return random.Random(f"{self._seed}/{number}")

    def heal(self) -> None:
        self.latency_s, self.reset_rate, self.half_open = 0.0, 0.0, False

    def reset_all(self) -> int:
        """Reset every connection that is open now; returns how many."""
        return self._in_loop(self._reset_lines)

    def go_dark(self) -> int:
        """Let all open connections stay open but carry no more data, as if the servers had lost power.

        New connections work as usual. Returns the number of connections that became half open.
        """
        return self._in_loop(self._darken)

    def _in_loop(self, act: Callable[[], int]) -> int:
        async def call() -> int:
            return act()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)

    def _reset_lines(self) -> int:
        before = self.resets
        for line in list(self._lines):
            self._reset(line)
        return self.resets - before

    def _darken(self) -> int:
        fresh = [line for line in self._lines if not line.dark]
        for line in fresh:
            line.dark = True
            self._loop.call_later(KEEPALIVE_S, _abort, line.far)
        self.darkened += len(fresh)
        return len(fresh)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            there, far = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            # Nothing listens behind the proxy. Reset the connection, so that the caller sees a refused connection.
            _abort(near)
            return
        self._opened += 1
        line = Line(near, far, self.dice_of(self._opened))
        self._lines.add(line)
        await asyncio.gather(self._pump(line, reader, far), self._pump(line, there, near), return_exceptions=True)
        self._lines.discard(line)

    async def _pump(self, line: Line, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await source.read(65_536):
                self.delayed += self.latency_s > 0 or self.half_open
                await asyncio.sleep(self.latency_s)
                await self._until_whole()
                if line.dark:
                    continue
                if line.dice.random() < self.reset_rate:
                    self._reset(line)
                    return
                sink.write(piece)
                await sink.drain()
        if not line.dark:
            sink.close()

    async def _until_whole(self) -> None:
        while self.half_open:  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.05)

    def _reset(self, line: Line) -> None:
        """Reset the connection at both ends, like a router that has lost its table of connections."""
        self.resets += 1
        self._lines.discard(line)
        _abort(line.near)
        _abort(line.far)


def _abort(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
