"""取消上传: the browser cancels the upload, and the service keeps no data of the upload (F277)."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.voucher_files import photo

BOUNDARY = "cut"


class BrokenOff:
    """An upload that stops after two chunks. `spooled` lists the open temporary files at each chunk."""

    def __init__(self, number: str, spooled: Callable[[], list[str]]) -> None:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="submission_nos"\r\n\r\n{number}\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        self._chunks = [head.encode() + photo(b"") + bytes(2 * 1024 * 1024), bytes(1024)]
        self._spooled = spooled
        self.spooled: list[list[str]] = []
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        self.spooled.append(self._spooled())
        if not self._chunks:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self._chunks.pop(0), "more_body": True}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


def scope(headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/vouchers",
        "raw_path": b"/vouchers",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("service", 80),
    }


def open_files_in(folder: Path) -> list[str]:
    """The open files in the folder. An unlinked temporary file has no name there, but on Linux the list of open
    descriptors shows it."""
    links = [Path(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
    targets = [os.readlink(link) for link in links if link.is_symlink()]
    return [target for target in targets if target.startswith(str(folder))]


@pytest.mark.row("F277")
async def test_cancelled_upload_leaves_neither_voucher_nor_file_nor_temporary_file(
    driver: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await driver.payable("CB202405109620")
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spool))
    upload = BrokenOff(number, lambda: open_files_in(spool))
    headers = driver.reviewer() | {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    await driver.bench.client._transport.app(scope(headers), upload.receive, upload.send)
    # A voucher shows bank accounts, so no temporary file is allowed to contain it during the upload.
    assert len(upload.spooled) == 3
    assert not any(upload.spooled)
    assert open_files_in(spool) == []
    assert list(spool.iterdir()) == []
    assert driver.stored_files() == 0
    assert (await driver.get("/vouchers"))["total"] == 0
    assert (await driver.due(number))["open_fen"] == 3900
    statuses = [message["status"] for message in upload.sent if message["type"] == "http.response.start"]
    assert all(status >= 400 for status in statuses)
