"""A TCP proxy between a service and what it calls: latency, resets, connections that are open and dead."""

import asyncio
import random
import socket
import struct
import threading
from contextlib import suppress

#: Closing with this set sends RST instead of FIN.
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Listens on a port of its own and passes everything on to `target`. Settings take effect at once."""

    def __init__(self, target: int, seed: int = 0) -> None:
        self.target = target
        self.latency_s = 0.0
        #: Share of the pieces passed on after which the connection is reset.
        self.reset_rate = 0.0
        #: Connections stay open and nothing passes.
        self.half_open = False
        self.resets = 0
        self._dice = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listening = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._listening.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def heal(self) -> None:
        self.latency_s, self.reset_rate, self.half_open = 0.0, 0.0, False

    def reset_all(self) -> None:
        self._loop.call_soon_threadsafe(self._reset_writers)

    def _reset_writers(self) -> None:
        for writer in list(self._writers):
            self._reset(writer)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self._reset(writer)
            return
        self._writers |= {writer, back}
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer), return_exceptions=True)
        self._writers -= {writer, back}

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await source.read(65_536):
                await asyncio.sleep(self.latency_s)
                await self._until_whole()
                if self._dice.random() < self.reset_rate:
                    self._reset(sink)
                    return
                sink.write(piece)
                await sink.drain()
        sink.close()

    async def _until_whole(self) -> None:
        while self.half_open:  # noqa: ASYNC110 - set by another thread
            await asyncio.sleep(0.05)

    def _reset(self, writer: asyncio.StreamWriter) -> None:
        self.resets += 1
        found = writer.get_extra_info("socket")
        if found is not None:
            with suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
