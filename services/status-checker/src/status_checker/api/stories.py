"""The steps of a person's story in status-checker.

They say when a check of the person was requested, and when the first registry answered.
"""

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
    parts = await store.parts_of_person(read.connection, body.person_keys(read.index), scope_id)
    return [step for part in parts for step in _steps(part)]


router = story_router("status-checker", find)


def _steps(part: "asyncpg.Record") -> Iterator[StoryStep]:
    step_ids = ids(job_id=part["job_id"], unit_id=part["unit_id"])
    words = f"向登记机构查询状态（{Origin(part['origin']).label}）"
    yield StoryStep(at=part["asked_at"], stage=Stage.VERIFICATION, what="check_asked", words=words, ids=step_ids)
    if part["checked_at"]:
        yield StoryStep(
            at=part["checked_at"],
            stage=Stage.VERIFICATION,
            what="check_answered",
            words="登记机构已答复",
            ids=step_ids,
        )
