"""Records the answers of routes during tests, so that `tests/answers` can compare them with the API documents.

By default nothing is recorded.
"""

import os
from pathlib import Path
from typing import Any, Final

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The environment variable with the path of the file to which all processes of a test run append. Unset = no record.
RECORD: Final = "UE_ANSWERS_RECORD"


class AnswerRecord:
    """ASGI middleware: records service, method, route, status and error code of each answer, without repetitions."""

    def __init__(self, app: ASGIApp, service: str, path: Path) -> None:
        self._app = app
        self._service = service
        self._path = path
        self._seen: set[tuple[Any, ...]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, body = 0, b""

        async def send_and_note(message: Message) -> None:
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"") if status >= 400 else b""
            await send(message)

        await self._app(scope, receive, send_and_note)
        self._write(scope["method"], getattr(scope.get("route"), "path", None), status, _code_of(body))

    def _write(self, *answer: Any) -> None:
        if answer in self._seen:
            return
        self._seen.add(answer)
        with self._path.open("ab") as file:
            file.write(orjson.dumps([self._service, *answer]) + b"\n")


def _code_of(body: bytes) -> str | None:
    try:
        code: str | None = orjson.loads(body).get("code")
    except (orjson.JSONDecodeError, AttributeError):
        return None
    return code


def record_path() -> Path | None:
    path = os.environ.get(RECORD)
    return Path(path) if path else None
