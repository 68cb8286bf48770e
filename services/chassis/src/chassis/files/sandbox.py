"""Bytes from outside are opened in a child process with limits: whatever they do to a parser, the service lives on.

The child (`chassis.sandbox_child`) gets the bytes over stdin and answers with records over stdout, in frames of JSON.
It has a limit of memory, CPU time, wall time and output, writes no file, sees none of the service's settings, and dies
with its parent. Its death, whatever the cause, is one exception here: `SandboxFailed`.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from chassis.sandbox_child import END, FRAME, RECORD

MIB: Final = 1024 * 1024
#: The bytes that the pipe holds before the child has to wait.
PIPE_BYTES: Final = 256 * 1024
#: The time that a child may take to exit after it has closed its output.
ENDS_WITHIN_S: Final = 5.0
#: Where Python finds its modules; nothing else of the service's environment reaches the child.
PASSED_ON: Final = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH")


class SandboxFailure(StrEnum):
    KILLED = "killed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    #: What came back is no frame, or more than was asked for.
    GARBAGE = "garbage"
    #: The function raised an exception that it does not answer for; `detail` is its class.
    ERROR = "error"


class SandboxFailed(Exception):
    """The child's output is not complete. The message holds no personal data."""

    def __init__(self, reason: SandboxFailure, detail: str = "") -> None:
        super().__init__(f"{reason.value} {detail}".strip())
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one child. `wall_s` counts the time that the caller waits for it, not the time that the caller works."""

    memory_bytes: int = 240 * MIB
    cpu_s: int = 60
    wall_s: float = 180.0
    output_bytes: int = 512 * MIB
    record_bytes: int = 8 * MIB


class Records:
    """The records of a child, in order: iterate once. `peak_bytes` is known afterwards: the child's largest memory."""

    def __init__(self, process: asyncio.subprocess.Process, feeding: "asyncio.Task[None]", limits: Limits) -> None:
        assert process.stdout is not None
        self._process = process
        self._stdout = process.stdout
        self._feeding = feeding
        self._limits = limits
        self._left_s = limits.wall_s
        self._left_bytes = limits.output_bytes
        self.peak_bytes = 0

    def __aiter__(self) -> "Records":
        return self

    async def __anext__(self) -> Any:
        kind, size = FRAME.unpack(await self._read(FRAME.size))
        self._left_bytes -= size
        if size > self._limits.record_bytes or self._left_bytes < 0:
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
        raise _told(value)

    async def _read(self, count: int) -> bytes:
        now = asyncio.get_running_loop().time
        started = now()
        try:
            async with asyncio.timeout(self._left_s):
                return await self._stdout.readexactly(count)
        except TimeoutError as error:
            raise SandboxFailed(SandboxFailure.TIMEOUT, "wall time") from error
        except asyncio.IncompleteReadError as error:
            raise await self._death(garbage=bool(error.partial)) from error
        finally:
            self._left_s -= now() - started

    async def _death(self, *, garbage: bool) -> BaseException:
        """Why the output is not complete. If reading the caller's bytes failed, that exception."""
        if self._feeding.done() and not self._feeding.cancelled() and (own := self._feeding.exception()):
            return own
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
    function: str, data: bytes | Iterable[bytes], *, limits: Limits | None = None, **arguments: Any
) -> AsyncIterator[Records]:
    """Run `module:function(data, **arguments)`, a generator of JSON-able records, in a child process.

    `data` may come in pieces, which are taken as fast as the child reads. Records are read as they are asked for, and
    the child waits meanwhile. Leaving the block, by cancellation too, ends the child. Iterating raises SandboxFailed.
    """
    limits = limits or Limits()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-B", "-m", "chassis.sandbox_child", function, str(os.getpid())),
        json.dumps(asdict(limits)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # A traceback could quote the data that the parser failed on.
        stderr=asyncio.subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"} | {name: os.environ[name] for name in PASSED_ON if name in os.environ},
        limit=PIPE_BYTES,
    )
    pieces = [data] if isinstance(data, bytes) else data
    feeding = asyncio.create_task(_feed(process, arguments, pieces))
    try:
        yield Records(process, feeding, limits)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        feeding.cancel()
        await asyncio.gather(feeding, process.wait(), return_exceptions=True)


async def first_record(function: str, data: bytes, *, limits: Limits | None = None, **arguments: Any) -> Any:
    """The only record of a function that gives one. Raises SandboxFailed."""
    async with sandboxed(function, data, limits=limits, **arguments) as records:
        async for record in records:
            return record
    raise SandboxFailed(SandboxFailure.GARBAGE, "no record")


async def _feed(process: asyncio.subprocess.Process, arguments: dict[str, Any], pieces: Iterable[bytes]) -> None:
    """Arguments in a line of JSON, then the bytes. They are no command line, which other processes could read."""
    stdin = process.stdin
    assert stdin is not None
    try:
        stdin.write(orjson.dumps(arguments) + b"\n")
        for piece in pieces:
            stdin.write(piece)
            await stdin.drain()
        stdin.close()
    except ConnectionError:
        # The child has ended; its output says why.
        return
    except BaseException:
        # The parser must not take half a file for a whole one.
        with suppress(ProcessLookupError):
            process.kill()
        raise


def _told(value: dict[str, str]) -> SandboxFailed:
    return SandboxFailed(SandboxFailure(value["reason"]), value["detail"])
