"""Routes for the notices that this service has for the caller's role and union (D06)."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from chassis.database import Recipient, UnitOfWork
from chassis.domain import NotFound
from chassis.identity import Principal
from chassis.routes import notice_queries
from chassis.validation import Body, Instant, example
from chassis.web import MOST_PAGE_SIZE, Command, CommandResult, Labelled, Page, Paging, Read, Scope, may
from contracts.words import NoticeKind

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(prefix="/notices", tags=["notices"])

NOTICE = "6f1c2a34-0000-4000-8000-000000000011"


class NoticeShown(BaseModel):
    """`about`: number or id of the case. `text` names no person. `read_at`: when this account read the notice."""

    model_config = example(
        {
            "notice_id": NOTICE,
            "kind": {"code": "returned", "label": "参保批次已退回"},
            "about": "CB202405090002",
            "text": "参保批次CB202405090002已被退回，请在批次详情中查看原因，修改后可重新提交。",
            "at": "2024-05-10T14:41:00+08:00",
            "read_at": "2024-05-10T15:02:00+08:00",
        }
    )

    notice_id: UUID
    kind: Labelled[NoticeKind]
    about: str
    text: str
    at: Instant
    read_at: Instant | None


class NoticesRead(BaseModel):
    """`read`: how many notices this request has marked; `unread`: how many unread notices the account still has."""

    model_config = example({"read": 1, "unread": 4})

    read: int
    unread: int


class MarkRead(Body):
    """What to mark as read: either the notices with these ids, or all notices."""

    model_config = example({"notice_ids": [NOTICE]}, {"all": True})

    notice_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_PAGE_SIZE)] | None = None
    all: bool = False

    @model_validator(mode="after")
    def _ids_or_all(self) -> "MarkRead":
        if self.all == (self.notice_ids is not None):
            raise ValueError("either notice_ids or all")
        return self


@router.get("", dependencies=[may("查看通知", scope=Scope.SELF)])
async def list_notices(
    read: Read, page: Paging, unread: bool = False, kind: NoticeKind | None = None
) -> Page[NoticeShown]:
    """The notices of this service for the caller's role and union, newest first.

    To learn only how many are unread, ask with `unread=true&page_size=1` and read `total`.
    """
    recipient = _recipient(read.principal)
    rows = await notice_queries.page(read.connection, recipient, page, unread=unread, kind=kind)
    total = await notice_queries.count(read.connection, recipient, unread=unread, kind=kind)
    return page.of(total, [_shown(row) for row in rows])


@router.post("/read", response_model=NoticesRead, dependencies=[may("标记通知已读", scope=Scope.SELF)])
async def read_notices(body: MarkRead, command: Command) -> Response:
    """Mark notices as read, for this account only. A notice that the account has read before keeps its `read_at`."""

    async def mark(work: UnitOfWork) -> CommandResult:
        return await _mark(work, body.notice_ids)

    return await command.once("notices_read", mark)


@router.post("/{notice_id}/read", response_model=NoticesRead, dependencies=[may("标记通知已读", scope=Scope.SELF)])
async def read_notice(notice_id: UUID, command: Command) -> Response:
    """Mark one notice as read, for this account only."""

    async def mark(work: UnitOfWork) -> CommandResult:
        return await _mark(work, [notice_id])

    return await command.once("notices_read", mark)


async def _mark(work: UnitOfWork, notice_ids: list[UUID] | None) -> CommandResult:
    """Mark these notices as read, or all if `notice_ids` is None. Raises NotFound if one of them does not exist or has
    another recipient.
    """
    assert work.actor is not None
    recipient = _recipient(work.actor)
    if notice_ids is not None:
        unknown = set(notice_ids) - await notice_queries.known(work.connection, recipient, notice_ids)
        if unknown:
            raise NotFound(notice_ids=sorted(map(str, unknown)))
    read = await notice_queries.mark(work.connection, recipient, notice_ids)
    unread = await notice_queries.count(work.connection, recipient, unread=True)
    return CommandResult(NoticesRead(read=read, unread=unread), detail={"read": read})


def _recipient(principal: Principal) -> Recipient:
    return Recipient(principal.scope_id, principal.role, principal.account)


def _shown(row: "asyncpg.Record") -> NoticeShown:
    return NoticeShown.model_validate(dict(row))
