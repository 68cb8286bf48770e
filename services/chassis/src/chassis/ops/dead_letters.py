"""Routes for single dead letters: list, show masked, edit, replay, discard."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from chassis.database import UnitOfWork
from chassis.dead_letters import GROUP_ID, letters
from chassis.domain import NotFound
from chassis.ops.schemas import DeadLetter, DeadLetterDetail, LetterEdit, LetterEdited, LetterReplayed
from chassis.privacy import masked, masked_headers
from chassis.replay import Change, Replayed, bulk_replay, discard, edits, rehearse, replay
from chassis.sql import Statement
from chassis.validation import Body, Code, Line, LongText, Reason, RowId, example
from chassis.web import MASKED, Command, CommandResult, Page, Paging, Read, Scope, may, runtime_of
from contracts.event import Event
from contracts.words import Role

router = APIRouter(prefix="/ops/dead-letters", tags=["operators"])

#: A cause, compared exactly as it is stored.
Cause = Annotated[str, StringConstraints(max_length=500)]
FILTER = """state = ANY(:states) AND (:cause::text IS NULL OR cause = :cause)
            AND (:group::text IS NULL OR {group_id} = :group)"""
COUNT = Statement("SELECT count(*) FROM dead_letters WHERE {filter}", filter=FILTER, group_id=GROUP_ID)
PAGE = Statement(
    "SELECT *, {group_id} AS group_id FROM dead_letters WHERE {filter} ORDER BY id LIMIT :limit OFFSET :offset",
    filter=FILTER,
    group_id=GROUP_ID,
)


class Replay(Body):
    model_config = example({"dry_run": True})

    dry_run: bool = Field(default=False, description="handle the letter, then undo all changes")


class Discard(Body):
    model_config = example({"reason": "sent twice by mistake"})

    reason: Reason


class Edit(Body):
    """Changes of the payload (JSON Patch: add, replace, remove) and of headers (a value, or null to remove one)."""

    model_config = example({"changes": [{"op": "replace", "path": "/part/count", "value": 3}], "reason": "wrong count"})

    changes: list[Change] = Field(default=[], max_length=100)
    headers: dict[Line, LongText | None] = Field(default={}, max_length=50)
    reason: Reason


@router.get("", dependencies=[may("查看死信", Role.OPERATOR, Role.AUDITOR, scope=Scope.CITY)])
async def list_dead_letters(
    read: Read, page: Paging, state: Code | None = None, cause: Cause | None = None, group: Code | None = None
) -> Page[DeadLetter]:
    """All open dead letters, or the letters in one state, the oldest first."""
    filters = {"states": [state] if state else list(letters.OPEN_STATES), "cause": cause, "group": group}
    total = await COUNT.fetchval(read.connection, **filters)
    rows = await PAGE.fetch(read.connection, page, **filters)
    return page.of(total, [_summary(row, group_id=_group(row)) for row in rows])


@router.get(
    "/{letter_id}", dependencies=[may("查看死信内容", Role.OPERATOR, Role.AUDITOR, scope=Scope.CITY, shown=MASKED)]
)
async def show_dead_letter(letter_id: RowId, read: Read, request: Request) -> DeadLetterDetail:
    """One dead letter with headers, masked payload and edits. A replay handles the record as the last edit left it."""
    row = await letters.find(read.connection, letter_id)
    if row is None:
        raise NotFound(id=letter_id)
    subscription = runtime_of(request).handler.subscriptions.find(row["ce_type"] or "")
    kind = subscription[0] if subscription else None
    letter_edits = await edits.edits_of(read.connection, letter_id)
    return DeadLetterDetail(
        **dict(_summary(row)),
        fingerprint=row["fingerprint"],
        behind=row["behind"],
        headers=masked_headers(row["headers"]),
        payload_masked=masked(row["payload"], kind),
        edits=[_edit(edit, kind) for edit in letter_edits],
    )


@router.post(
    "/{letter_id}/replay",
    response_model=LetterReplayed,
    dependencies=[may("重放死信", Role.OPERATOR, scope=Scope.CITY)],
)
async def replay_dead_letter(letter_id: RowId, command: Command, body: Replay | None = None) -> Response:
    """Handle the letter again, with its last edit, then the letters that are parked behind it."""
    handler = command.runtime.handler

    async def rehearsal(work: UnitOfWork) -> CommandResult:
        return _done(letter_id, await rehearse(work.connection, handler, letter_id), dry_run=True)

    async def use_case(work: UnitOfWork) -> CommandResult:
        return await _released(work, letter_id, await replay(work.connection, handler, letter_id))

    if body is not None and body.dry_run:
        return await command.once("dead_letter_rehearsed", rehearsal)
    return await command.once("dead_letter_replayed", use_case)


@router.post(
    "/{letter_id}/edit",
    response_model=LetterEdited,
    dependencies=[may("修改死信副本", Role.OPERATOR, scope=Scope.CITY, shown=MASKED)],
)
async def edit_dead_letter(letter_id: RowId, body: Edit, command: Command) -> Response:
    """Store a changed copy for the next replay; the original stays."""

    async def use_case(work: UnitOfWork) -> CommandResult:
        before, after = await edits.edit(
            work.connection,
            command.runtime.handler.subscriptions,
            letter_id,
            body.changes,
            body.headers,
            account=command.principal.account,
            reason=body.reason,
        )
        hashes = {"before_hash": before, "after_hash": after}
        return CommandResult(
            {"id": letter_id, **hashes}, subject=str(letter_id), detail={"reason": body.reason, **hashes}
        )

    return await command.once("dead_letter_edited", use_case)


@router.post(
    "/{letter_id}/discard",
    response_model=LetterReplayed,
    dependencies=[may("放弃死信", Role.OPERATOR, scope=Scope.CITY)],
)
async def discard_dead_letter(letter_id: RowId, body: Discard, command: Command) -> Response:
    """Discard the letter, with a reason. Then the letters that are parked behind it are handled."""

    async def use_case(work: UnitOfWork) -> CommandResult:
        outcome = await discard(work.connection, command.runtime.handler, letter_id)
        done = await _released(work, letter_id, outcome)
        done.detail["reason"] = body.reason
        return done

    return await command.once("dead_letter_discarded", use_case)


async def _released(work: UnitOfWork, letter_id: RowId, outcome: Replayed) -> CommandResult:
    """If more letters are parked than one transaction handles, add a job that handles the letters that are left."""
    if outcome.unfinished:
        await bulk_replay.add_run(work, None)
    return _done(letter_id, outcome)


def _done(letter_id: RowId, outcome: Replayed, *, dry_run: bool = False) -> CommandResult:
    failure = outcome.failure
    body = {
        "id": letter_id,
        "dry_run": dry_run,
        "replayed": outcome.replayed,
        "failed": failure is not None,
        "cause": failure.cause if failure else None,
        "message": failure.message if failure else None,
        "left": outcome.still_blocking,
    }
    return CommandResult(
        body, subject=str(letter_id), detail={"replayed": outcome.replayed, "failed": failure is not None}
    )


def _summary(row: Any, group_id: str | None = None) -> DeadLetter:
    return DeadLetter.model_validate({**row, "offset": row["record_offset"], "group_id": group_id})


def _group(row: Any) -> str | None:
    """A parked letter has not failed, so it belongs to no group."""
    return None if row["state"] == "parked" else row["group_id"]


def _edit(row: Any, kind: type[Event] | None) -> LetterEdit:
    shown = {"headers": masked_headers(row["headers"]), "payload_masked": masked(row["payload"], kind)}
    return LetterEdit.model_validate({**row, **shown})
