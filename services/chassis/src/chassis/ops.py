"""What operators do with a running service: dead letters, a paused subscriber. Each act is audited."""

from typing import Any

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from chassis import dead_letters
from chassis.acts import Act, Done, Read
from chassis.paging import Page, Paging
from chassis.refusals import NotFound
from chassis.replay import Replayed, discard, replay
from chassis.work import Work

router = APIRouter(prefix="/ops", tags=["operators"])

OPERATOR = "operator"
AUDITOR = "auditor"

#: Fields that an operator must not see even sealed, or has no use for.
HIDDEN = frozenset({"sealed"})


class Discard(BaseModel):
    reason: str = Field(min_length=1, max_length=500)


class Resume(BaseModel):
    accept_failures: bool = Field(default=False, description="let the next minute's failures become dead letters")


@router.get("/dead-letters")
async def list_dead_letters(
    read: Read, page: Paging, state: str | None = None, cause: str | None = None
) -> Page[dict[str, Any]]:
    """Open ones unless a state is asked for; newest last."""
    read.require(OPERATOR, AUDITOR)
    states = [state] if state else ["failed", "parked"]
    where = "state = ANY($1) AND ($2::text IS NULL OR cause = $2)"
    total = await read.connection.fetchval(f"SELECT count(*) FROM dead_letters WHERE {where}", states, cause)  # noqa: S608
    rows = await read.connection.fetch(
        f"SELECT * FROM dead_letters WHERE {where} ORDER BY id LIMIT $3 OFFSET $4",  # noqa: S608
        states,
        cause,
        page.limit,
        page.offset,
    )
    return page.of(total, [_summary(row) for row in rows])


@router.get("/dead-letters/{letter_id}")
async def show_dead_letter(letter_id: int, read: Read) -> dict[str, Any]:
    """One letter with its headers and its payload, the sealed block left out."""
    read.require(OPERATOR, AUDITOR)
    row = await dead_letters.find(read.connection, letter_id)
    if row is None:
        raise NotFound(id=letter_id)
    return _summary(row) | {"headers": row["headers"], "payload_masked": masked(row["payload"])}


@router.post("/dead-letters/{letter_id}/replay")
async def replay_dead_letter(letter_id: int, act: Act) -> Response:
    """Handle it again, then what is parked behind it."""
    act.require(OPERATOR)

    async def use_case(work: Work) -> Done:
        return _done(letter_id, await replay(work.connection, act.runtime.handler, letter_id))

    return await act.once("dead_letter_replayed", use_case)


@router.post("/dead-letters/{letter_id}/discard")
async def discard_dead_letter(letter_id: int, body: Discard, act: Act) -> Response:
    """Give it up, with a reason; what is parked behind it is handled."""
    act.require(OPERATOR)

    async def use_case(work: Work) -> Done:
        done = _done(letter_id, await discard(work.connection, act.runtime.handler, letter_id))
        done.detail["reason"] = body.reason
        return done

    return await act.once("dead_letter_discarded", use_case)


@router.post("/resume")
async def resume(body: Resume, act: Act) -> Response:
    """Let a paused subscriber go on."""
    act.require(OPERATOR)

    async def use_case(_: Work) -> Done:
        act.runtime.handler.guard.resume(accept_failures=body.accept_failures)
        return Done({"resumed": True}, detail={"accept_failures": body.accept_failures})

    return await act.once("subscriber_resumed", use_case)


def _done(letter_id: int, outcome: Replayed) -> Done:
    failure = outcome.failure
    body = {
        "id": letter_id,
        "replayed": outcome.replayed,
        "failed": failure is not None,
        "cause": failure.cause if failure else None,
        "message": failure.message if failure else None,
    }
    return Done(body, subject=str(letter_id), detail={"replayed": outcome.replayed})


def _summary(row: Any) -> dict[str, Any]:
    names = (
        "id",
        "topic",
        "partition",
        "key",
        "ce_type",
        "ce_id",
        "cause",
        "message",
        "state",
        "failed_at",
        "attempts",
    )
    return {name: row[name] for name in names} | {"offset": row["record_offset"]}


def masked(payload: bytes | None) -> Any:
    """The event without its sealed block; what is no JSON object is shown by its length only."""
    try:
        body = orjson.loads(payload or b"")
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        return {"unreadable_bytes": len(payload or b"")}
    return {name: value for name, value in body.items() if name not in HIDDEN}
