"""The steps of a person's story in status-checker: when the registries were asked, and when they had answered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.routes import StoryRequest, StoryStep, ids, story_router
from chassis.web import ReadContext
from contracts.words import Stage
from status_checker import store
from status_checker.domain import Origin

if TYPE_CHECKING:
    import asyncpg


async def find(read: ReadContext, body: StoryRequest, scope_id: UUID | None) -> list[StoryStep]:
    checks = await store.checks_of(read.connection, body.person_keys(read.index), scope_id)
    return [step for check in checks for step in _steps(check)]


router = story_router("status-checker", find)


def _steps(check: "asyncpg.Record") -> Iterator[StoryStep]:
    known = ids(job_id=check["job_id"], unit_id=check["unit_id"])
    words = f"向登记机构查询状态（{Origin(check['origin']).label}）"
    yield StoryStep(at=check["asked_at"], stage=Stage.VERIFICATION, what="check_asked", words=words, ids=known)
    if check["checked_at"]:
        yield StoryStep(
            at=check["checked_at"],
            stage=Stage.VERIFICATION,
            what="check_answered",
            words="登记机构已答复",
            ids=known,
        )
