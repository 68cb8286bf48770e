"""HTTP routes for screens and operators: checks and their progress."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.validation import Instant, example
from chassis.web import Labelled, Page, Paging, Read, ReadContext, Scope, may, reach, reached_row, require_reach
from contracts.words import CardStatus, EmploymentStatus, Role
from status_checker import store
from status_checker.domain import NO_RECORD, CheckJobState, Origin
from status_checker.store import CheckJobFilter

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["checks"])

READERS = (Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL, Role.OPERATOR, Role.AUDITOR)
CARD_LABELS = {NO_RECORD: NO_RECORD} | {word.value: word.label for word in CardStatus}
EMPLOYMENT_LABELS = {NO_RECORD: NO_RECORD} | {word.value: word.label for word in EmploymentStatus}


class CheckJob(BaseModel):
    """One check and its progress. `parts` counts all parts of the check: answered, given-up and open parts."""

    model_config = example(
        {
            "job_id": "5f8b0a52-6c0e-4d5c-9c6b-0f6a3b1d2e01",
            "union_id": "5f8b0a52-6c0e-4d5c-9c6b-0f6a3b1d2e02",
            "origin": {"code": "request", "label": "经办人发起"},
            "state": {"code": "done", "label": "校验完成"},
            "people": 1200,
            "answered_people": 1200,
            "parts": 3,
            "answered_parts": 3,
            "given_up_people": 0,
            "given_up_parts": 0,
            "started_at": "2024-05-10T10:00:00+08:00",
            "finished_at": "2024-05-10T10:02:00+08:00",
        }
    )

    job_id: UUID
    union_id: UUID
    origin: Labelled[Origin]
    state: Labelled[CheckJobState]
    people: int
    answered_people: int
    parts: int
    answered_parts: int
    given_up_people: int = 0
    given_up_parts: int = 0
    started_at: Instant
    finished_at: Instant | None


class StatusCount(BaseModel):
    """The number of people with a status. Code "-" means that the registry has no record or was not asked (A42)."""

    code: str
    label: str
    people: int


class Figures(BaseModel):
    """Counts of the stored checks. `card` and `employment` count people of answered parts.

    A person in two checks is counted twice.
    """

    model_config = example(
        {
            "jobs": 1,
            "parts": 1,
            "answered_parts": 1,
            "people": 2,
            "answered_people": 2,
            "card": [
                {"code": "normal", "label": "正常", "people": 1},
                {"code": "-", "label": "-", "people": 1},
            ],
            "employment": [{"code": "employed", "label": "在职", "people": 2}],
        }
    )

    jobs: int
    parts: int
    answered_parts: int
    people: int
    answered_people: int
    card: list[StatusCount]
    employment: list[StatusCount]


@router.get("/jobs", dependencies=[may("查看校验任务", *READERS, scope=Scope.SUBTREE)])
async def list_jobs(read: Read, page: Paging, union_id: UUID | None = None) -> Page[CheckJob]:
    """Checks of the caller's subtree, the latest first."""
    job_filter = await _filter_of(read, union_id)
    total = await store.count_jobs(read.connection, job_filter)
    return page.of(total, [_job(row) for row in await store.list_jobs(read.connection, job_filter, page)])


@router.get("/jobs/{job_id}", dependencies=[may("查看校验任务", *READERS, scope=Scope.SUBTREE)])
async def show_job(job_id: UUID, read: Read) -> CheckJob:
    """One check. 403 if it does not exist or is outside the caller's subtree."""
    return _job(await reached_row(read.connection, read.principal, await store.find_job(read.connection, job_id)))


@router.get("/figures", dependencies=[may("查看校验统计", *READERS, scope=Scope.SUBTREE)])
async def show_figures(read: Read, union_id: UUID | None = None, job_id: UUID | None = None) -> Figures:
    """Sums over the checks of the caller's subtree, of one union, or of one check."""
    job_filter = await _filter_of(read, union_id, job_id)
    sums = await store.count_figures(read.connection, job_filter)
    tallies = await store.sum_tallies(read.connection, job_filter)
    return Figures(
        **dict(sums),
        card=[_count(row, CARD_LABELS) for row in tallies if row["registry"] == "card"],
        employment=[_count(row, EMPLOYMENT_LABELS) for row in tallies if row["registry"] == "employment"],
    )


async def _filter_of(read: ReadContext, union_id: UUID | None, job_id: UUID | None = None) -> CheckJobFilter:
    """The filter for a request. Raises Forbidden for a union outside the caller's subtree."""
    if union_id:
        await require_reach(read.connection, read.principal, union_id)
    return CheckJobFilter(reach(read.principal), union_id, job_id)


def _job(row: "asyncpg.Record") -> CheckJob:
    ended = CheckJobState.INCOMPLETE if row["given_up_parts"] else CheckJobState.DONE
    state = ended if row["finished_at"] else CheckJobState.RUNNING
    return CheckJob.model_validate({**row, "state": state})


def _count(row: "asyncpg.Record", labels: Mapping[str, str]) -> StatusCount:
    return StatusCount(code=row["code"], label=labels[row["code"]], people=row["people"])
