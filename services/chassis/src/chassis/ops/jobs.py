"""Routes for jobs: list, retry, abandon."""

from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.database import UnitOfWork
from chassis.jobs import Job, job_repair
from chassis.ops.schemas import JobRepaired, JobShown
from chassis.sql import Statement
from chassis.validation import Body, Code, example, parameters
from chassis.web import Command, CommandResult, Page, Paging, Read, Scope, may
from contracts.event import Event
from contracts.words import Role

router = APIRouter(prefix="/ops/jobs", tags=["operators"])

FILTER = "state = :state AND (:kind::text IS NULL OR kind = :kind)"
COUNT = Statement("SELECT count(*) FROM jobs WHERE {filter}", filter=FILTER)
PAGE = Statement(
    "SELECT {fields} FROM jobs WHERE {filter} ORDER BY created_at, id LIMIT :limit OFFSET :offset",
    fields=job_repair.FIELDS,
    filter=FILTER,
)


class Reason(Body):
    model_config = example({"reason": "the center was informed by telephone"})

    reason: parameters.Reason


@router.get("", dependencies=[may("查看外部请求", Role.OPERATOR, Role.AUDITOR, scope=Scope.CITY)])
async def list_jobs(read: Read, page: Paging, state: Code = "failed", kind: Code | None = None) -> Page[JobShown]:
    """All failed jobs, or the jobs in another state (due, done, held, abandoned), the oldest first."""
    total = await COUNT.fetchval(read.connection, state=state, kind=kind)
    rows = await PAGE.fetch(read.connection, page, state=state, kind=kind)
    return page.of(total, [JobShown.model_validate(dict(row)) for row in rows])


@router.post(
    "/{job_id}/retry",
    response_model=JobRepaired,
    dependencies=[may("重试外部请求", Role.OPERATOR, scope=Scope.CITY)],
)
async def retry_job(job_id: UUID, command: Command) -> Response:
    """Run a failed or held job again. The service first looks up whether an earlier attempt has done the work."""

    async def use_case(work: UnitOfWork) -> CommandResult:
        job, former_state = await job_repair.retry(work.connection, job_id)
        return _done(job, former_state, "due")

    return await command.once("job_retried", use_case)


@router.post(
    "/{job_id}/abandon",
    response_model=JobRepaired,
    dependencies=[may("放弃外部请求", Role.OPERATOR, scope=Scope.CITY)],
)
async def abandon_job(job_id: UUID, body: Reason, command: Command) -> Response:
    """End a job for good, with a reason, if it is not done. Afterwards nothing waits for its answer.

    If an attempt is running, its answer will be dropped.
    """

    async def use_case(work: UnitOfWork) -> CommandResult:
        job, former_state = await job_repair.abandon(work.connection, job_id)
        kind = command.runtime.job_handlers.get(job.kind)
        events = await kind.given_up(job, work) if kind else ()
        return _done(job, former_state, "abandoned", events or (), reason=body.reason)

    return await command.once("job_abandoned", use_case)


def _done(job: Job, former_state: str, state: str, events: Iterable[Event] = (), **detail: str) -> CommandResult:
    """The result: the job's new state and its former state."""
    facts = {"kind": job.kind, "was": former_state, "state": state}
    return CommandResult({"id": str(job.id), **facts}, list(events), subject=str(job.id), detail={**facts, **detail})
