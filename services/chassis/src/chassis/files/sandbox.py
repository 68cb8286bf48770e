"""Parses uploaded bytes in a child process with limits, so that no upload can crash the service.

The child (`chassis.sandbox_child`) reads the bytes from stdin and writes records to stdout, in frames of JSON. Its
memory, CPU time, wall time and output are limited; it writes no file, sees none of the service's settings, and dies
with its parent. However the child dies, the caller gets one exception: `SandboxFailed`.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from chassis.sandbox_child import END, FRAME, RECORD

MIB: Final = 1024 * 1024
#: The `limit` of asyncio's buffer for the child's output. If the buffer and the pipe are full, the child waits.
PIPE_BYTES: Final = 256 * 1024
#: The time that a child is given to exit after it has closed its output.
ENDS_WITHIN_S: Final = 5.0
#: The only variables of the service's environment that the child gets. Python needs them to find its modules.
PASSED_ON: Final = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")


class SandboxFailure(StrEnum):
    KILLED = "killed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    #: The output does not consist of frames with JSON, or is larger than its limit.
    GARBAGE = "garbage"
    #: The function raised an exception; `detail` is the class of the exception.
    ERROR = "error"


class SandboxFailed(Exception):
    """The child failed, so its output is incomplete or cannot be used. The message holds no personal data."""

    def __init__(self, reason: SandboxFailure, detail: str = "") -> None:
        super().__init__(f"{reason.value} {detail}".strip())
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one child. `wall_s` counts only the time during which the caller waits for the child."""

    memory_bytes: int = 240 * MIB
    cpu_s: int = 60
    wall_s: float = 180.0
    output_bytes: int = 512 * MIB
    record_bytes: int = 8 * MIB


class Records:
    """The records of a child, in order. Iterate only once. Afterwards `peak_bytes` is the child's peak memory."""

    def __init__(self, process: asyncio.subprocess.Process, feeding: "asyncio.Task[None]", limits: Limits) -> None:
        assert process.stdout is not None
        self._process = process
        self._stdout = process.stdout
        self._feeding = feeding
        self._limits = limits
        self._remaining_s = limits.wall_s
        self._remaining_bytes = limits.output_bytes
        self.peak_bytes = 0

    def __aiter__(self) -> "Records":
        return self

    async def __anext__(self) -> Any:
        kind, size = FRAME.unpack(await self._read(FRAME.size))
        self._remaining_bytes -= size
        if size > self._limits.record_bytes or self._remaining_bytes < 0:
            raise SandboxFailed(SandboxFailure.GARBAGE, "too much output")
        try:
            value = orjson.loads(await self._read(size))
        except orjson.JSONDecodeError as error:
            raise SandboxFailed(SandboxFailure.GARBAGE, "no JSON") from error
        if kind == RECORD:
            return value
        if kind == END:
            self.peak_bytes = int(value["peak_bytes"])
            raise StopAsyncIteration
        raise _failure_of(value)

    async def drain(self) -> None:
        """Read the output of the ended child to its end."""
        while await self._stdout.read(PIPE_BYTES):
            pass

    async def _read(self, count: int) -> bytes:
        now = asyncio.get_running_loop().time
        started = now()
        try:
            async with asyncio.timeout(self._remaining_s):
                return await self._stdout.readexactly(count)
        except TimeoutError as error:
            raise SandboxFailed(SandboxFailure.TIMEOUT, "wall time") from error
        except asyncio.IncompleteReadError as error:
            raise await self._death(garbage=bool(error.partial)) from error
        finally:
            self._remaining_s -= now() - started

    async def _death(self, *, garbage: bool) -> BaseException:
        """The exception for incomplete output. If the iterable with the child's input has raised an exception, that
        exception is returned, otherwise SandboxFailed.
        """
        if self._feeding.done() and not self._feeding.cancelled() and (feeding_error := self._feeding.exception()):
            return feeding_error
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDS_WITHIN_S):
                await self._process.wait()
        code = self._process.returncode
        if code == -signal.SIGXCPU:
            return SandboxFailed(SandboxFailure.TIMEOUT, "CPU time")
        if code == 0 and garbage:
            return SandboxFailed(SandboxFailure.GARBAGE, "half a frame")
        return SandboxFailed(SandboxFailure.KILLED, f"exit {code}")


@asynccontextmanager
async def sandboxed(
    function: str,
    data: bytes | Iterable[bytes] | AsyncIterable[bytes],
    *,
    limits: Limits | None = None,
    **arguments: Any,
) -> AsyncIterator[Records]:
    """Run `module:function(data, **arguments)`, a generator of JSON-able records, in a child process.

    `data` can be an iterable of pieces; the next piece is taken only after the pipe has accepted the last one. A record
    is read only when the caller asks for it, so a child that is faster than the caller waits. The child ends with the
    `async with` block, even if the block is canceled. If the child fails, the iteration raises SandboxFailed.
    """
    limits = limits or Limits()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-B", "-m", "chassis.sandbox_child", function, str(os.getpid())),
        json.dumps(asdict(limits)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # stderr is not read, because a traceback could quote the data that the parser failed on.
        stderr=asyncio.subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"} | {name: os.environ[name] for name in PASSED_ON if name in os.environ},
        limit=PIPE_BYTES,
    )
    feeding = asyncio.create_task(_feed(process, arguments, _pieces_of(data)))
    records = Records(process, feeding, limits)
    try:
        yield records
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        feeding.cancel()
        # `wait` returns only when the output has been read to its end. asyncio stops reading while its buffer is full,
        # so read the remaining output here. Not much output remains, only what the buffer and the pipe hold, because
        # the child was killed.
        await asyncio.gather(feeding, records.drain(), process.wait(), return_exceptions=True)


async def first_record(function: str, data: bytes, *, limits: Limits | None = None, **arguments: Any) -> Any:
    """The record of a function that yields only one record. Raises SandboxFailed."""
    async with sandboxed(function, data, limits=limits, **arguments) as records:
        async for record in records:
            return record
    raise SandboxFailed(SandboxFailure.GARBAGE, "no record")


async def _pieces_of(data: bytes | Iterable[bytes] | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(data, AsyncIterable):
        async for piece in data:
            yield piece
    else:
        for piece in [data] if isinstance(data, bytes) else data:
            yield piece


async def _feed(process: asyncio.subprocess.Process, arguments: dict[str, Any], pieces: AsyncIterator[bytes]) -> None:
    """Write the arguments as a line of JSON, then the bytes. The arguments are not on the child's command line, because
    other processes could read them there.
    """
    stdin = process.stdin
    assert stdin is not None
    try:
        stdin.write(orjson.dumps(arguments) + b"\n")
        async for piece in pieces:
            stdin.write(piece)
            try:
                await stdin.drain()
            except ConnectionError:
                # The child has ended. `Records` finds out why from its output and exit code. A ConnectionError of
                # `pieces` itself, for example of the database, is not caught here.
                return
        stdin.close()
    except BaseException:
        # Kill the child, so that its parser does not mistake half a file for a whole one.
        with suppress(ProcessLookupError):
            process.kill()
        raise


def _failure_of(value: dict[str, str]) -> SandboxFailed:
    return SandboxFailed(SandboxFailure(value["reason"]), value["detail"])
