"""Edits of dead letters. The letter stays as it is; an edit stores a changed copy with account, reason and hashes."""

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from chassis.domain import Refusal
from chassis.messaging import Record, Subscriptions
from chassis.poll_handling import read_event
from chassis.replay.patches import Change, patched
from chassis.replay.single_replay import open_queue
from chassis.resilience import describe
from chassis.sql import Connection
from contracts.envelope import Envelope

if TYPE_CHECKING:
    import asyncpg

SEALED = "sealed"


class EditUnreadable(Refusal):
    code = "EDIT_UNREADABLE"
    status = 422
    message = "修改后的消息仍不符合契约，请对照说明再改"


class EditOfSealed(Refusal):
    code = "EDIT_OF_SEALED"
    status = 422
    message = "密封的个人信息不能修改，请只修改其他内容"


class EditChangesNothing(Refusal):
    code = "EDIT_CHANGES_NOTHING"
    status = 422
    message = "修改前后没有区别，请先修改内容再提交"


async def edit(
    connection: Connection,
    subscriptions: Subscriptions,
    letter_id: int,
    changes: list[Change],
    headers: dict[str, str | None],
    *,
    account: str,
    reason: str,
) -> tuple[str, str]:
    """Store a changed copy that fits its contract; returns the hashes before and after the edit.

    `headers`: new values by name; None removes a header. Raises NotOpen, NotFirst, PatchMisses and the refusals above.
    """
    [row, *_] = await open_queue(connection, letter_id, 1)
    new_headers = [[name, value] for name, value in row["headers"] if name not in headers]
    new_headers += [[name, value] for name, value in headers.items() if value is not None]
    payload = _changed(row["payload"], changes)
    _require_readable(row, new_headers, payload, subscriptions)
    before, after = content_hash(row["headers"], row["payload"]), content_hash(new_headers, payload)
    if before == after:
        raise EditChangesNothing
    await connection.execute(
        """INSERT INTO dead_letter_edits (letter_id, account, reason, before_hash, after_hash, headers, payload)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        letter_id,
        account,
        reason,
        before,
        after,
        new_headers,
        payload,
    )
    return before, after


async def edits_of(connection: Connection, letter_id: int) -> "list[asyncpg.Record]":
    """The edits of a letter, first to last."""
    return await connection.fetch(
        "SELECT *, account AS by FROM dead_letter_edits WHERE letter_id = $1 ORDER BY id", letter_id
    )


def content_hash(headers: list[Any], payload: bytes | None) -> str:
    """The sha256 of the sorted headers and the payload."""
    return hashlib.sha256(orjson.dumps(sorted(map(list, headers))) + b"\n" + (payload or b"")).hexdigest()


def _changed(payload: bytes | None, changes: list[Change]) -> bytes | None:
    if not changes:
        return payload
    try:
        body = orjson.loads(payload or b"")
    except orjson.JSONDecodeError:
        body = None
    try:
        edited = patched(body, changes)
        if (
            isinstance(body, dict)
            and SEALED in body
            and (not isinstance(edited, dict) or edited.get(SEALED) != body[SEALED])
        ):
            raise EditOfSealed
        return orjson.dumps(edited)
    except (RecursionError, orjson.JSONEncodeError):
        raise EditUnreadable(why="nested too deeply") from None


def _require_readable(
    row: "asyncpg.Record", headers: list[Any], payload: bytes | None, subscriptions: Subscriptions
) -> None:
    """Raises EditUnreadable if the edited record cannot be read, because its replay would fail again."""
    pairs = [(name, value.encode()) for name, value in headers]
    try:
        subscription = subscriptions.find(Envelope.from_headers(pairs).type)
        if subscription is not None:
            read_event(
                subscription[0],
                Record(row["topic"], row["partition"], row["record_offset"], row["key"], pairs, payload),
            )
    except ValueError as error:
        raise EditUnreadable(why=describe(error)) from None
