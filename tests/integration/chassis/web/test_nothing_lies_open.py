"""After a service was killed, no file on the disk contains the name of a person whom it exported or received.

While the service runs, an export is in an unlinked file, to which no path leads, and an upload is in memory only.
"""

import asyncio
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import termios
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from integration.chassis.health.test_process_start_and_stop import free_port
from integration.chassis.web import naming_service
from integration.chassis.web.naming_service import MIB, NAME

from chassis.identity import issue_token
from chassis.privacy import load_keys, new_key_file
from chassis.schema import migrate
from support.waiting import eventually

LINE = f"{NAME},110101199003070011\n".encode()
UPLOAD = LINE * (3 * MIB // len(LINE))


class Running:
    """The service as a process; all its temporary files would be in the folder `temporary`."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.port = free_port()
        key_file = folder / "keys.json"
        key_file.write_text(json.dumps(new_key_file()))
        token = issue_token(load_keys(key_file), account="a", role="municipal", scope_id=None)
        self.headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        environment = os.environ | {
            "UE_DATABASE_URL": database_url,
            "UE_HTTP_PORT": str(self.port),
            "UE_KEY_FILE": str(key_file),
            "TMPDIR": str(self.temporary),
        }
        command = [sys.executable, naming_service.__file__]
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self.temporary)

    async def has_said(self, word: str) -> None:
        while word not in self._log.read_text():
            assert self.process.poll() is None, self._log.read_text()
            await asyncio.sleep(0.05)

    async def get(self, path: str) -> None:
        url = f"http://127.0.0.1:{self.port}{path}"
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            answer = await client.get(url, headers=self.headers)
        raise AssertionError(f"answered {answer.status_code} {answer.text[:200]}")

    def send_upload(self, path: str, *, whole: bool) -> socket.socket:
        """Send a form with a file of three MiB; the connection stays open."""
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        body = head + UPLOAD + b"\r\n--x--\r\n"
        lines = [f"POST {path} HTTP/1.1", "Host: a", "Content-Type: multipart/form-data; boundary=x"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()] + [f"Content-Length: {len(body)}", "", ""]
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.sendall("\r\n".join(lines).encode() + (body if whole else body[:-20]))
        return connection

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def named_files(self) -> list[Path]:
        return [path for path in self.temporary.rglob("*") if path.is_file()]

    def deleted_files(self) -> list[int]:
        """Sizes of the unlinked files that the process has open."""
        folder = Path(f"/proc/{self.process.pid}/fd")
        links = [one for one in folder.iterdir() if str(self.temporary) in os.readlink(one)]
        return [one.stat().st_size for one in links]


@pytest.fixture
async def running(tmp_path: Path, database: str) -> AsyncIterator[Running]:
    await migrate(database, ["chassis"])
    one = Running(tmp_path, database)
    try:
        await one.has_said("started")
        yield one
    finally:
        if one.process.poll() is None:
            one.kill()


def hold_the_name(path: Path) -> bool:
    data = path.read_bytes()
    return NAME.encode() in data or NAME.encode() in _inflated(data)


def _inflated(data: bytes) -> bytes:
    """The text that a truncated workbook still contains: every deflated stream, as far as it can be read."""
    found = b""
    start = data.find(b"PK\x03\x04")
    while start >= 0:
        size = 30 + int.from_bytes(data[start + 26 : start + 28], "little")
        size += int.from_bytes(data[start + 28 : start + 30], "little")
        with suppress(zlib.error):
            found += zlib.decompressobj(-15).decompress(data[start + size :], 8 * MIB)
        start = data.find(b"PK\x03\x04", start + 4)
    return found


@pytest.mark.parametrize("format", ["xlsx", "csv"])
async def test_a_service_killed_in_the_middle_of_an_export_leaves_no_name(running: Running, format: str):
    asking = asyncio.create_task(running.get(f"/people?format={format}"))
    await running.has_said("WRITTEN")
    assert running.named_files() == []
    # The file exists, but only a user with access to this process can open it.
    assert sum(running.deleted_files()) > 10_000
    running.kill()
    with pytest.raises(httpx.HTTPError):
        await asking
    assert [path for path in running.temporary.rglob("*") if path.is_dir()] == []
    assert [path for path in running.named_files() if hold_the_name(path)] == []


@pytest.mark.parametrize("path", ["/files", "/acts/without-body"])
@pytest.mark.parametrize("whole", [True, False], ids=["when it was read", "while it arrives"])
async def test_an_upload_touches_no_disk(running: Running, path: str, whole: bool):
    """The upload is three times as large as what a parser keeps in memory by default."""
    connection = await asyncio.to_thread(running.send_upload, path, whole=whole)
    if whole:
        await running.has_said("READ")
    else:
        await asyncio.to_thread(eventually, lambda: not _unread(connection))
    assert running.named_files() == []
    assert running.deleted_files() == []
    running.kill()
    connection.close()
    assert running.named_files() == []


def _unread(connection: socket.socket) -> int:
    """The number of sent bytes that the service's side has not read yet."""
    return int(struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, struct.pack("i", 0)))[0])


async def test_no_core_dump_is_written(running: Running):
    assert resource.prlimit(running.process.pid, resource.RLIMIT_CORE) == (0, 0)
