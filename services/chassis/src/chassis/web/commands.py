"""HTTP commands and reads: the caller, the transaction, the response."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import asyncpg
import structlog
from fastapi import Depends, Request, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.domain import IdempotencyKeyMissing, IdempotencyKeyUnusable
from chassis.identity import Principal
from chassis.observability import metrics
from chassis.privacy import BlindIndex, RowCipher
from chassis.resilience import describe
from chassis.runtime import Runtime
from chassis.server import BodyTooLarge, FormUnreadable
from chassis.sql import Connection
from chassis.validation import json_of
from chassis.web import idempotency
from chassis.web.idempotency import StoredAnswer
from chassis.web.reachable import refuses
from chassis.web.requests import principal_of, record_request, runtime_of
from chassis.web.uploads import content_of
from contracts.event import Event

log = structlog.get_logger()

#: An Idempotency-Key: visible ASCII without spaces. Logs, headers and the database all show such a key unchanged.
KEY_PATTERN = re.compile(r"[\x21-\x7e]{1,200}")

#: How often a command is run at most. A command that deadlocks three times would probably meet the same transactions
#: again.
MOST_ATTEMPTS = 3


@dataclass(slots=True)
class CommandResult:
    """The result of a command: its response and the events to publish.

    `status`: None = the status that the route declares. `subject` and `detail` go to the audit log and must hold no
    personal data.
    """

    body: BaseModel | dict[str, Any] | list[Any]
    events: Sequence[Event] = ()
    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    status: int | None = None

    def json(self) -> bytes:
        if isinstance(self.body, BaseModel):
            return self.body.model_dump_json().encode()
        return json_of(self.body, _jsonable)


def _jsonable(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is not JSON")


class CommandContext:
    """One command: a POST, PUT or DELETE that an account sent."""

    request: Request
    runtime: Runtime
    principal: Principal

    def __init__(
        self, request: Request, runtime: Runtime, principal: Principal, key: str, body: Iterable[bytes]
    ) -> None:
        self.request = request
        self.runtime = runtime
        self.principal = principal
        self.key = key
        self.command_id = idempotency.command_id(principal.account, key)
        self._fingerprint = idempotency.fingerprint(request.method, request.url.path, body)

    @property
    def now(self) -> datetime:
        return self.runtime.clock.now()

    async def once(self, name: str, use_case: Callable[[UnitOfWork], Awaitable[CommandResult]]) -> Response:
        """Run the use case in one transaction, once per Idempotency-Key; record the command and publish its events.

        If PostgreSQL aborts the transaction because it conflicts with another transaction, for example in a deadlock,
        nothing is stored and the use case is run again.
        """
        for attempt in range(1, MOST_ATTEMPTS):
            try:
                return await self._attempt(name, use_case)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
                metrics.commands_retried.labels(name).inc()
                log.warning("command_retried", command=name, attempt=attempt, message=describe(error))
        return await self._attempt(name, use_case)

    async def _attempt(self, name: str, use_case: Callable[[UnitOfWork], Awaitable[CommandResult]]) -> Response:
        account = self.principal.account
        async with self.runtime.database.work(self.command_id, actor=self.principal) as work:
            stored = await idempotency.claim(work.connection, self.principal, self.key, self._fingerprint)
            if stored is not None:
                return _respond(stored, replayed=True)
            result = await use_case(work)
            work.emit(result.events)
            await self._record(work, name, result)
            answer = StoredAnswer(result.status or self.request.scope["route"].status_code or 200, result.json())
            await idempotency.store(work.connection, account, self.key, answer)
        log.info(name, subject=result.subject, account=account, **result.detail)
        return _respond(answer, replayed=False)

    async def _record(self, work: UnitOfWork, name: str, result: CommandResult) -> None:
        """Write the command to the audit log."""
        await record_request(
            work.connection,
            self.request,
            self.principal,
            name,
            command_id=self.command_id,
            subject=result.subject,
            detail=result.detail,
        )


def _respond(answer: StoredAnswer, *, replayed: bool) -> Response:
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(answer.body, answer.status, headers, "application/json")


@refuses(BodyTooLarge, FormUnreadable)
async def command_of(request: Request) -> CommandContext:
    principal = await principal_of(request)
    key = request.headers.get("idempotency-key", "")
    if not key:
        raise IdempotencyKeyMissing
    if not KEY_PATTERN.fullmatch(key):
        raise IdempotencyKeyUnusable
    return CommandContext(request, runtime_of(request), principal, key, await _body_of(request))


async def _body_of(request: Request) -> list[bytes]:
    """The content of the request in pieces, to compare it with other requests that have the same Idempotency-Key.

    A client encodes the same form differently each time, so the content of a form is its fields and files, not its raw
    body. A route that accepts uploads has parsed the form before this function is called (`chassis.web.uploads`). For
    every other route the content is the raw body, even if this body is a form. Parsing such a form here would write its
    files, unencrypted, to a disk.
    """
    form = request._form
    if form is None:
        return [await request.body()]
    pieces: list[bytes] = []
    for name, value in form.multi_items():
        if pieces:
            pieces.append(b"\n")
        if isinstance(value, str):
            pieces.append(f"{name}={value}".encode())
        else:
            pieces += [f"{name}:{value.filename}:{value.size}".encode(), content_of(value)]
    return pieces


@dataclass(slots=True)
class ReadContext:
    """A request that only reads: a GET or a search by POST. `end` ends the transaction before the response is sent."""

    principal: Principal
    connection: Connection
    now: datetime
    row_cipher: RowCipher
    index: BlindIndex
    request: Request
    runtime: Runtime
    _transaction: AsyncExitStack

    async def end(self) -> None:
        """Release the connection before the response is built. Other requests possibly wait for a connection, and
        PostgreSQL aborts a transaction that is idle for ten seconds.
        """
        await self._transaction.aclose()

    async def resume(self) -> None:
        """Continue to read after `end`, in a new transaction."""
        self.connection = await self._transaction.enter_async_context(self.runtime.database.read())

    @property
    def shows_names(self) -> bool:
        """Whether the caller sees full names: its role is among the `names` that the route declares (A29, A61)."""
        allowed = getattr(self.request.state, "allowed", None)
        return allowed is not None and allowed.shown is not None and self.principal.role in allowed.shown.names

    def name_of(self, row: "asyncpg.Record") -> str:
        """A person's name: in full if `shows_names`, masked for all other roles.

        The row must have `sealed`, `masked_name` and `member_id`.
        """
        if self.shows_names:
            return self.row_cipher.unseal(row["sealed"], row["member_id"]).name
        return str(row["masked_name"])

    async def audit(self, name: str, *, subject: str = "", detail: dict[str, Any] | None = None) -> None:
        """Write a read (a reveal, an opened file, an export) to the audit log, and commit before the response is sent.

        Call this after the last query, because it first releases the connection of the read. If a request kept this
        connection, it would need two connections at the same time. If all connections were in use by such requests,
        these requests would wait for one another forever.
        """
        await self.end()
        async with self.runtime.database.connection() as connection:
            await record_request(connection, self.request, self.principal, name, subject=subject, detail=detail)
        log.info(name, subject=subject, account=self.principal.account, **(detail or {}))


async def _read(request: Request) -> AsyncIterator[ReadContext]:
    runtime = runtime_of(request)
    principal = await principal_of(request)
    async with AsyncExitStack() as transaction:
        connection = await transaction.enter_async_context(runtime.database.read())
        now, row_cipher, index = runtime.clock.now(), runtime.row_cipher, runtime.index
        yield ReadContext(principal, connection, now, row_cipher, index, request, runtime, transaction)


Command = Annotated[CommandContext, Depends(command_of)]
Read = Annotated[ReadContext, Depends(_read)]
