"""Simulates processes that die while they run a job, on a real database."""

from chassis.jobs import MOST_UNENDED, JobWorker
from chassis.testing import Bench


async def lease_is_over(bench: Bench) -> None:
    """Let all leases of jobs, and all pauses before their next attempts, expire now."""
    async with bench.database.connection() as connection:
        await connection.execute("UPDATE jobs SET next_at = now() - interval '1 s'")


async def processes_die(bench: Bench, kind: str, times: int = MOST_UNENDED) -> None:
    """One process after another claims the jobs of this kind and dies while it runs them."""
    for _ in range(times):
        process = JobWorker(bench.database, bench.runtime.job_handlers[kind], bench.runtime.health)
        assert await process._claim(100), f"nothing of {kind} is due"
        await lease_is_over(bench)


async def requests(bench: Bench, kind: str) -> list[tuple[str, str | None]]:
    """State and last error of the jobs of this kind."""
    async with bench.database.read() as connection:
        rows = await connection.fetch(
            "SELECT state, last_error FROM jobs WHERE kind = $1 ORDER BY created_at, id", kind
        )
    return [(row["state"], row["last_error"]) for row in rows]


async def given_up(bench: Bench, kind: str) -> None:
    """Let processes die while they run the job, until the next process gives the job up instead of running it."""
    await lease_is_over(bench)
    await processes_die(bench, kind)
    await JobWorker(bench.database, bench.runtime.job_handlers[kind], bench.runtime.health).run_due()
    [(state, reason)] = await requests(bench, kind)
    assert state == "failed"
    assert reason is not None
    assert "attempts in a row never ended" in reason
