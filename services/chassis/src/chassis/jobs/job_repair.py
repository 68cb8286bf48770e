"""What an operator can do with a job: retry or abandon it. Bodies are not shown, because they can hold sealed data."""

from uuid import UUID

from chassis.domain import NotFound, Refusal
from chassis.jobs.job_worker import Job
from chassis.sql import Connection, Statement

#: The columns that an operator sees.
FIELDS = """id, kind, key, state, attempts, unended, leased_by IS NOT NULL AS in_hand, next_at, last_error,
            correlation_id, created_at, ended_at"""
CHANGE = """
    UPDATE jobs AS r SET {changes}
    FROM (SELECT id, state FROM jobs WHERE id = :job_id FOR UPDATE) AS old
    WHERE r.id = old.id AND old.state IN ({states})
    RETURNING r.id, r.kind, r.key, r.body, r.attempts, r.correlation_id, r.traceparent, r.unended, old.state AS was"""
RETRY = Statement(
    CHANGE,
    changes="state = 'due', next_at = now(), leased_by = NULL, unended = 0, ended_at = NULL",
    states="'failed', 'held'",
)
ABANDON = Statement(
    CHANGE,
    changes="state = 'abandoned', ended_at = now(), leased_by = NULL",
    states="'due', 'failed', 'held'",
)
STATE = Statement("SELECT state FROM jobs WHERE id = :job_id")


class JobNotFailed(Refusal):
    code = "JOB_NOT_FAILED"
    message = "该请求不是失败状态，不能执行此操作，请刷新后查看状态"


class JobEnded(Refusal):
    code = "JOB_ENDED"
    message = "该请求已经完成或已被放弃，不能执行此操作，请刷新后查看状态"


async def retry(connection: Connection, job_id: UUID) -> tuple[Job, str]:
    """Make a failed or held job due again. Returns the job and its former state.

    `attempts` is kept, so the next attempt has a number above 1. From this number the job handler knows that it must
    first look up whether an earlier attempt has done the work. `unended` becomes 0. Raises NotFound or JobNotFailed.
    """
    return await _change(connection, RETRY, job_id, JobNotFailed)


async def abandon(connection: Connection, job_id: UUID) -> tuple[Job, str]:
    """End a job for good. Returns the job and its former state.

    The answer of an attempt that is still running will be dropped. Raises NotFound or JobEnded.
    """
    return await _change(connection, ABANDON, job_id, JobEnded)


async def _change(connection: Connection, change: Statement, job_id: UUID, refusal: type[Refusal]) -> tuple[Job, str]:
    """Change the job if its state allows it; otherwise raise NotFound or the refusal."""
    row = await change.fetchrow(connection, job_id=job_id)
    if row is None:
        state = await STATE.fetchval(connection, job_id=job_id)
        raise NotFound(id=str(job_id)) if state is None else refusal(id=str(job_id), state=state)
    *values, was = row.values()
    return Job(*values), was
