"""Routes for groups of dead letters: an operator decides once for all letters with the same cause."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from chassis.database import UnitOfWork
from chassis.dead_letters import letter_groups
from chassis.domain import NotFound
from chassis.ops.schemas import GroupRehearsed, RunAccepted
from chassis.replay import PER_SECOND, bulk_replay
from chassis.validation import Body, Code, Instant, Reason, example
from chassis.web import Command, CommandResult, Read, Scope, may
from contracts.words import Role

router = APIRouter(prefix="/ops/dead-letters", tags=["operators"])


class GroupReplay(Body):
    model_config = example({"dry_run": False, "per_second": 20})

    dry_run: bool = Field(
        default=False, description="handle the letters, then undo all changes; of a large group only the first 100"
    )
    per_second: float = Field(default=PER_SECOND, gt=0, le=1000, description="records handled in a second, at most")


class GroupDiscard(Body):
    model_config = example({"reason": "test data of a supplier", "per_second": 20})

    reason: Reason
    per_second: float = Field(default=PER_SECOND, gt=0, le=1000)


class LetterGroup(BaseModel):
    """Dead letters with the same cause, event type and shape of the payload."""

    group_id: str
    cause: str
    message: str
    ce_type: str | None
    shape: str
    topics: list[str]
    letters: int
    keys: int
    parked_behind: int
    most_attempts: int
    oldest_at: Instant
    newest_at: Instant
    last_failed_at: Instant
    samples: list[int]


class LetterRun(BaseModel):
    """The progress of a replay or discard of a group.

    `handled` includes letters that were parked behind letters of the group.
    """

    run_id: UUID
    group_id: str | None
    discard_reason: str | None
    per_second: float
    asked_by: str
    asked_at: Instant
    letters: int
    handled: int
    failed: int
    ended_at: Instant | None


@router.get("/groups", dependencies=[may("查看死信分组", Role.OPERATOR, Role.AUDITOR, scope=Scope.CITY)])
async def list_groups(read: Read) -> list[LetterGroup]:
    """Open dead letters grouped by cause, event type and shape of the payload, the largest group first."""
    return [LetterGroup(**dict(row)) for row in await letter_groups.groups(read.connection)]


@router.get("/runs/{run_id}", dependencies=[may("查看死信处理进度", Role.OPERATOR, Role.AUDITOR, scope=Scope.CITY)])
async def show_run(run_id: UUID, read: Read) -> LetterRun:
    """How far a replay or discard of a group has come."""
    row = await read.connection.fetchrow(
        "SELECT *, id AS run_id, account AS asked_by FROM dead_letter_runs WHERE id = $1", run_id
    )
    if row is None:
        raise NotFound(run_id=str(run_id))
    return LetterRun(**dict(row))


@router.post(
    "/groups/{group_id}/replay",
    response_model=GroupRehearsed,
    responses={202: {"model": RunAccepted}},
    dependencies=[may("重放一组死信", Role.OPERATOR, scope=Scope.CITY)],
)
async def replay_group(group_id: Code, body: GroupReplay, command: Command) -> Response:
    """A dry run answers at once. A replay runs in the background at the given rate (202)."""
    handler = command.runtime.handler

    async def rehearsal(work: UnitOfWork) -> CommandResult:
        tried, handled, causes = await bulk_replay.rehearse_group(work.connection, handler, group_id)
        answer: dict[str, Any] = {"dry_run": True, "tried": tried, "would_go_through": handled}
        answer["would_fail"] = dict(causes.most_common())
        return CommandResult(answer, subject=group_id, detail={"tried": tried, "would_fail": causes.total()})

    async def use_case(work: UnitOfWork) -> CommandResult:
        run_id, letters = await bulk_replay.add_run(work, group_id, per_second=body.per_second)
        return _accepted(run_id, group_id, letters, {"per_second": body.per_second})

    if body.dry_run:
        return await command.once("dead_letter_group_rehearsed", rehearsal)
    return await command.once("dead_letter_group_replayed", use_case)


@router.post(
    "/groups/{group_id}/discard",
    status_code=202,
    response_model=RunAccepted,
    dependencies=[may("放弃一组死信", Role.OPERATOR, scope=Scope.CITY)],
)
async def discard_group(group_id: Code, body: GroupDiscard, command: Command) -> Response:
    """Discard a group, with a reason, in the background (202). Letters that are parked behind it are then handled."""

    async def use_case(work: UnitOfWork) -> CommandResult:
        run_id, letters = await bulk_replay.add_run(
            work, group_id, per_second=body.per_second, discard_reason=body.reason
        )
        return _accepted(run_id, group_id, letters, {"reason": body.reason})

    return await command.once("dead_letter_group_discarded", use_case)


def _accepted(run_id: UUID, group_id: str, letters: int, detail: dict[str, Any]) -> CommandResult:
    body = {"dry_run": False, "run_id": str(run_id), "group_id": group_id, "letters": letters}
    return CommandResult(body, status=202, subject=group_id, detail={"letters": letters, **detail})
