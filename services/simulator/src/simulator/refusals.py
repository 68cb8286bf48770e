"""Refusals over HTTP: `{"code", "message", "detail"}`, without personal data."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError

log = structlog.get_logger()


class Answer(Response):
    """A JSON answer written by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        # asyncpg's UUIDs are a subclass of UUID. orjson does not serialize the subclass, so `str` converts them.
        return orjson.dumps(content, default=str)


class Refused(Exception):
    """A request that is refused; `code` is for programs, `message` for the operator."""

    def __init__(self, status: int, code: str, message: str, **detail: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.detail = status, code, message, detail

    def answer(self, headers: Mapping[str, str] | None = None) -> Answer:
        body = {"code": self.code, "message": self.message, "detail": self.detail}
        return Answer(body, status_code=self.status, headers=headers)


class DatabaseAway(Exception):
    """PostgreSQL does not answer, or its schema is missing."""


#: Errors after which the client should try again later. They mean that PostgreSQL is away, restarts, lacks memory, disk
#: or connections, grants a lock too late, or has ended a deadlock.
_TROUBLE = (
    DatabaseAway,
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
)


def _refused(_: Request, error: Exception) -> Answer:
    assert isinstance(error, Refused)
    return error.answer()


def _unreadable(_: Request, error: Exception) -> Answer:
    # FastAPI's own answer would repeat the input, which can contain personal data.
    assert isinstance(error, RequestValidationError)
    places = [{"place": list(e["loc"]), "what": e["type"]} for e in error.errors()[:20]]
    return Refused(422, "BODY_INVALID", "the request does not have the documented shape", errors=places).answer()


def _away(_: Request, error: Exception) -> Answer:
    log.warning("database_away", error=type(error).__name__)
    return Refused(503, "DATABASE_AWAY", "PostgreSQL does not answer: try again later").answer({"Retry-After": "1"})


def install_refusals(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    for trouble in _TROUBLE:
        app.add_exception_handler(trouble, _away)


def is_trouble(error: BaseException) -> bool:
    """Whether the database caused the error, and the same statement can succeed later."""
    return isinstance(error, _TROUBLE)
