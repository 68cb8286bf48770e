"""The program of the child process in which `chassis.files.sandbox` parses an uploaded file.

`python -m chassis.sandbox_child module:function PARENT LIMITS` sets the limits, calls the function, and writes each
record that it yields to stdout as a frame. PARENT is the caller's process id, LIMITS is JSON. The first line of stdin
is a JSON object with the function's keyword arguments; the rest is the file. This module imports only the standard
library and orjson, so that the child starts in a few hundredths of a second.
"""

import ctypes
import importlib
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO, Any, Final

import orjson

#: The header of a frame: the kind and the length of the data that follows.
FRAME: Final = struct.Struct(">BI")
RECORD, END, FAILED = 1, 2, 3
PR_SET_PDEATHSIG: Final = 1
MOST_OPEN_FILES: Final = 64


def main(function: str, parent: int, limits: dict[str, Any]) -> None:
    """Write the records, then an END frame. If the function fails, the last frame is FAILED, with the reason."""
    _die_with(parent)
    output = _frame_output()
    _limit(limits)
    try:
        for record in _records_of(function, sys.stdin.buffer):
            _send(output, RECORD, record)
        _send(output, END, {"peak_bytes": _peak_bytes()})
    except MemoryError:
        _send(output, FAILED, {"reason": "memory", "detail": ""})
    except Exception as error:
        _send(output, FAILED, {"reason": "error", "detail": type(error).__name__})


def _records_of(function: str, source: IO[bytes]) -> Iterator[Any]:
    module, _, name = function.partition(":")
    generator: Callable[..., Iterator[Any]] = getattr(importlib.import_module(module), name)
    arguments = json.loads(source.readline())
    return generator(source.read(), **arguments)


def _send(output: IO[bytes], kind: int, value: Any) -> None:
    data = orjson.dumps(value)
    output.write(FRAME.pack(kind, len(data)) + data)
    output.flush()


def _die_with(parent: int) -> None:
    """Have Linux kill this process when its parent dies.

    If the parent died before this call, Linux has given this process another parent. Then this process exits.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _frame_output() -> IO[bytes]:
    """Return the stdout for frames. Text that library code prints goes to stderr instead."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return output


def _limit(limits: dict[str, Any]) -> None:
    """Set the limits: no core dump (it would hold personal data), no written file, no child process, bounded memory
    and CPU time.
    """
    cpu_s = int(limits["cpu_s"])
    for kind, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES, MOST_OPEN_FILES),
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"]),
    ):
        # Systems other than Linux lack some of these limits.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))


def _peak_bytes() -> int:
    """The peak resident memory of this process, 0 if unknown.

    getrusage is not used, because it also counts the memory that the process shared with its parent before exec.
    """
    with suppress(OSError, StopIteration), open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
