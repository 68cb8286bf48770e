"""An error that occurs before the routing has the same shape as every other error."""

import asyncio
import json
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from chassis.app import create_app
from chassis.server import ShapedProtocol


async def sent(app: FastAPI, request: bytes) -> tuple[bytes, dict[str, Any]]:
    """Send raw bytes; return the status line and the body."""
    config = uvicorn.Config(app, log_config=None, http=ShapedProtocol)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ShapedProtocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(request)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    server.close()
    return head.split(b"\r\n")[0], json.loads(body)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /unions?name=示例 HTTP/1.1".encode(),
        b"GET /unions/\xff HTTP/1.1",
        b"GET /unions\x00 HTTP/1.1",
        b"FOO /unions HTTP/1.1",
        b"GET /unions HTTP/3.7",
        b"POST /unions HTTP/1.1\r\nContent-Length: -5",
        b"GET /unions HTTP/1.1\r\nA: b\x00",
    ],
)
async def test_what_is_no_http_is_answered_in_one_shape(request_line: bytes) -> None:
    app = create_app("sample", [], None)  # type: ignore[arg-type]
    status, body = await sent(app, request_line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert status == b"HTTP/1.1 400 Bad Request"
    assert (body["code"], body["detail"]) == ("REQUEST_UNREADABLE", {})
    assert "百分号编码" in body["message"]
