"""Jobs run outside a transaction, under a lease. Periodic jobs run at intervals, each on one replica at a time."""

from chassis.jobs import job_repair, job_worker
from chassis.jobs.callbacks import CALLBACK_URL, AskAfterSilence, SendOnce, callback_url
from chassis.jobs.due_jobs import DueJobs
from chassis.jobs.job_worker import (
    IDLE_S,
    MOST_UNENDED,
    GiveUp,
    Job,
    JobHandler,
    JobWorker,
    Unavailable,
    WaitUntil,
)
from chassis.jobs.periodic import PeriodicJob, PeriodicLoop, PeriodicStatement
from chassis.jobs.remote import Remote, code_of, retry_after_s
from chassis.jobs.retention import Retention

__all__ = [
    "CALLBACK_URL",
    "IDLE_S",
    "MOST_UNENDED",
    "AskAfterSilence",
    "DueJobs",
    "GiveUp",
    "Job",
    "JobHandler",
    "JobWorker",
    "PeriodicJob",
    "PeriodicLoop",
    "PeriodicStatement",
    "Remote",
    "Retention",
    "SendOnce",
    "Unavailable",
    "WaitUntil",
    "callback_url",
    "code_of",
    "job_repair",
    "job_worker",
    "retry_after_s",
]
