"""Functions that do what a faulty parser might do, such as die or never end. They run in the child process of a
sandbox, never in the tests' own process.
"""

import os
import time
from collections.abc import Iterator
from typing import Any


def echoes(data: bytes, **arguments: Any) -> Iterator[Any]:
    yield {"size": len(data), "arguments": arguments, "environment": sorted(os.environ), "parent": os.getppid()}


def counts(data: bytes, *, to: int, width: int = 1) -> Iterator[Any]:
    yield from ([number, "x" * width] for number in range(to))


def prints(data: bytes) -> Iterator[Any]:
    print("noise")
    os.system("echo noise")
    yield "said"


def aborts(data: bytes) -> Iterator[Any]:
    yield "first"
    os.abort()


def exits(data: bytes) -> Iterator[Any]:
    yield "first"
    os._exit(0)


def eats(data: bytes) -> Iterator[Any]:
    yield len(bytes(1024 * 1024 * 1024))


def spins(data: bytes) -> Iterator[Any]:
    while True:
        pass
    yield None


def sleeps(data: bytes) -> Iterator[Any]:
    yield os.getpid()
    time.sleep(600)


def scribbles(data: bytes) -> Iterator[Any]:
    for place in range(3, 20):
        try:
            os.write(place, b"\x01\x00\x00\x00\x05hello" + b"\xff" * 100)
        except OSError:
            continue
    yield "never"


def raises(data: bytes) -> Iterator[Any]:
    yield "first"
    raise LookupError("a person's name")


def writes_a_file(data: bytes) -> Iterator[Any]:
    try:
        with open(os.path.join(os.environ.get("TMPDIR", "/tmp"), "sandbox-wrote-this"), "wb") as file:
            file.write(data)
    except OSError as error:
        yield type(error).__name__
