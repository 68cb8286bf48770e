"""Uploads: forms with one file, sent with or without a declared length, and forms with defects."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import Mock

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Form, UploadFile
from pydantic import BaseModel
from starlette.formparsers import MultiPartParser

from chassis.app import create_app
from chassis.domain import Refusal
from chassis.identity import TokenVerifier, issue_token
from chassis.privacy import new_key_file, read_keys
from chassis.runtime import Runtime
from chassis.web import UploadRoute, content_of, idempotency
from chassis.web.uploads import MARGIN_BYTES

MIB = 1024 * 1024
MOST = 2 * MIB
KEYS = read_keys(new_key_file())
SIGNED_IN = {"Authorization": f"Bearer {issue_token(KEYS, account='a', role='handler', scope_id=None)}"}
MULTIPART = "multipart/form-data; boundary=b"
TEXT = b'--b\r\nContent-Disposition: form-data; name="payer"\r\n\r\na\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'


class TooLarge(Refusal):
    code = "FILE_TOO_LARGE"
    status = 413
    message = "文件过大"


class SmallRoute(UploadRoute):
    most_file_bytes = MOST
    too_large = TooLarge


class Given(BaseModel):
    file: UploadFile
    payer: str


router = APIRouter(route_class=SmallRoute)
#: The files that were open while the route handled the form.
opened: list[str] = []
#: The content of the file of the last form.
contents: list[bytes] = []


@router.post("/uploads")
async def post_upload(form: Annotated[Given, Form()]) -> int:
    opened[:] = open_files()
    contents[:] = [content_of(form.file)]
    return len(await form.file.read())


def open_files() -> list[str]:
    """The open files. On Linux the list of open descriptors also shows a temporary file that has no name any more."""
    links = [Path(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
    return [os.readlink(link) for link in links if link.is_symlink()]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    runtime = Mock(spec=Runtime)
    runtime.verifier = TokenVerifier(KEYS)
    return create_app("sample", [router], runtime)


async def call(app: FastAPI, **request: Any) -> httpx.Response:
    headers = request.pop("headers", {})
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.post("/uploads", headers=SIGNED_IN | headers, **request)


async def sent(app: FastAPI, *pieces: bytes, media_type: str = MULTIPART, **headers: str) -> httpx.Response:
    """Send the form in pieces, as with `Transfer-Encoding: chunked`: no header declares its length."""

    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return await call(app, content=body(), headers={"Content-Type": media_type, **headers})


def refusal(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"code", "message", "detail"}
    assert any("\u4e00" <= character <= "\u9fff" for character in body["message"])
    return answer.status_code, body["code"]


@pytest.mark.parametrize("size", [0, 1, 1_500_000, MOST])
async def test_an_upload_without_a_declared_length_is_taken_and_touches_no_disk(
    app: FastAPI, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = bytes(size)
    pieces = [content[at : at + 65_536] for at in range(0, size, 65_536)]
    answer = await sent(app, TEXT, FILE, *pieces, b"\r\n--b--\r\n")
    assert (answer.status_code, answer.json()) == (200, size)
    assert [name for name in opened if name.startswith(str(tmp_path))] == []


@pytest.mark.parametrize("over", [1, 1000, MARGIN_BYTES, 4 * 1024 * 1024])
@pytest.mark.parametrize("is_declared", [True, False])
async def test_what_is_really_too_large_is_refused_by_its_size(app: FastAPI, over: int, is_declared: bool) -> None:
    pieces = [TEXT, FILE, bytes(MOST + over), b"\r\n--b--\r\n"]
    if is_declared:
        answer = await call(app, content=b"".join(pieces), headers={"Content-Type": MULTIPART})
    else:
        answer = await sent(app, *pieces)
    assert refusal(answer) == (413, "FILE_TOO_LARGE")


async def test_the_rest_of_what_is_too_large_is_not_read(app: FastAPI) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        yield TEXT + FILE
        for _ in range(1000):
            read += 1024 * 1024
            yield bytes(1024 * 1024)

    answer = await call(app, content=body(), headers={"Content-Type": MULTIPART})
    assert refusal(answer) == (413, "FILE_TOO_LARGE")
    assert read <= 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (TEXT + FILE + b"1", MULTIPART, (400, "FORM_UNREADABLE")),
        (TEXT + FILE + b"1\r\n", MULTIPART, (400, "FORM_UNREADABLE")),
        (TEXT + FILE + b"1\r\n--b", MULTIPART, (400, "FORM_UNREADABLE")),
        (TEXT, MULTIPART, (400, "FORM_UNREADABLE")),
        (b"", MULTIPART, (400, "FORM_UNREADABLE")),
        (TEXT + FILE + b"1\r\n--b--\r\n", "multipart/form-data; boundary=other", (400, "FORM_UNREADABLE")),
        (TEXT + FILE + b"1\r\n--b--\r\n", "multipart/form-data", (400, "FORM_UNREADABLE")),
        (TEXT + b"--b--\r\n", MULTIPART, (422, "INVALID")),
        (TEXT + FILE.replace(b"a.pdf", b"") + b"\r\n--b--\r\n", MULTIPART, (422, "INVALID")),
        (TEXT + (FILE + b"1\r\n") * 2 + b"--b--\r\n", MULTIPART, (422, "ONE_FILE_ONLY")),
        (TEXT + (FILE + b"1\r\n") * 5 + b"--b--\r\n", MULTIPART, (422, "ONE_FILE_ONLY")),
        (TEXT.replace(b"payer", b"file") + b"--b--\r\n", MULTIPART, (422, "FILE_EXPECTED")),
        (FILE.replace(b'"file"', b'"payer"') + b"1\r\n--b--\r\n", MULTIPART, (422, "TEXT_EXPECTED")),
        (b"payer=a", "application/x-www-form-urlencoded", (422, "INVALID")),
    ],
)
async def test_a_form_that_is_no_upload_is_refused_in_one_shape(
    app: FastAPI, body: bytes, media_type: str, expected: tuple[int, str]
) -> None:
    assert refusal(await sent(app, body, media_type=media_type)) == expected


async def test_what_follows_the_form_and_the_case_of_its_type_do_not_matter(app: FastAPI) -> None:
    answer = await sent(app, TEXT, FILE, b"1\r\n--b--\r\nanything", media_type="Multipart/Form-Data; boundary=b")
    assert (answer.status_code, answer.json()) == (200, 1)


@pytest.mark.parametrize("size", [0, 1, MIB])
async def test_the_content_of_a_file_is_all_of_it(app: FastAPI, size: int) -> None:
    answer = await sent(app, TEXT, FILE, b"1" * size, b"\r\n--b--\r\n")
    assert (answer.status_code, contents) == (200, [b"1" * size])


def test_the_fingerprint_of_a_request_does_not_depend_on_the_pieces_of_its_body() -> None:
    assert idempotency.fingerprint("POST", "/imports", [b"a=1", b"\n", b"b=2"]) == idempotency.fingerprint(
        "POST", "/imports", [b"a=1\nb=2"]
    )


async def test_a_compressed_form_is_told_to_come_as_it_is(app: FastAPI) -> None:
    answer = await sent(app, b"\x1f\x8b\x08", **{"Content-Encoding": "gzip"})
    assert refusal(answer) == (415, "CONTENT_ENCODING_UNSUPPORTED")


async def test_nobody_unknown_has_a_file_read(app: FastAPI) -> None:
    answer = await sent(app, TEXT, FILE, b"1\r\n--b--\r\n", Authorization="Bearer x")
    assert refusal(answer) == (401, "UNAUTHENTICATED")


def test_the_parser_of_everybody_else_is_left_alone() -> None:
    assert MultiPartParser.spool_max_size == 1024 * 1024
