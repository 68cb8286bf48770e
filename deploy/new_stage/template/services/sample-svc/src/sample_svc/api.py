"""The HTTP routes of sample-svc."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from chassis.validation import Instant
from chassis.web import Page, Paging, Read, Scope, may
from contracts.words import Role
from sample_svc import store

router = APIRouter(tags=["samples"])

READERS = (Role.MUNICIPAL, Role.OPERATOR, Role.AUDITOR)


class SampleRecord(BaseModel):
    """HTTP schema of a sample. `published_at` is the time at which the event was published."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "event_id": "5f8b0a52-6c0e-4d5c-9c6b-0f6a3b1d2e01",
                    "event_key": "5f8b0a52-6c0e-4d5c-9c6b-0f6a3b1d2e02",
                    "published_at": "2024-05-10T10:00:00+08:00",
                }
            ]
        }
    )

    event_id: UUID
    event_key: str
    published_at: Instant


@router.get("/samples", dependencies=[may("查看环节记录", *READERS, scope=Scope.CITY)])
async def list_samples(read: Read, page: Paging) -> Page[SampleRecord]:
    """All samples, the latest first."""
    total = await store.count_samples(read.connection)
    rows = await store.list_samples(read.connection, page)
    return page.of(total, [SampleRecord.model_validate(dict(row)) for row in rows])
