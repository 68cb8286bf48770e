"""Temporary files without a name. They hold personal data, and the system removes them when the process ends."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from typing import IO

from starlette.responses import StreamingResponse

CHUNK_BYTES = 256 * 1024


def unnamed_file() -> IO[bytes]:
    """A file without a name. On a file system that requires a name, the name is removed before anything is written."""
    return tempfile.TemporaryFile(prefix="unnamed-")


class UnnamedFileResponse(StreamingResponse):
    """Sends the whole file, then closes it. The file is also closed if the caller disconnects before the end."""

    def __init__(self, file: IO[bytes], *, media_type: str, headers: Mapping[str, str]) -> None:
        size = file.seek(0, 2)
        super().__init__(_chunks(file), media_type=media_type, headers={**headers, "Content-Length": str(size)})


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
