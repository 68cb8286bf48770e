"""Jobs, which run outside a transaction under a lease; and periodic jobs, which run on one replica at a time."""

from chassis.jobs import outbound, outbound_repair
from chassis.jobs.callbacks import CALLBACK_URL, AskAfterSilence, SendOnce, callback_url
from chassis.jobs.outbound import (
    IDLE_S,
    MOST_UNENDED,
    GiveUp,
    Outbound,
    OutboundRequest,
    OutboundWorker,
    Unavailable,
)
from chassis.jobs.periodic import Periodic, PeriodicLoop
from chassis.jobs.remote import Remote, code_of, retry_after_s
from chassis.jobs.retention import Retention

__all__ = [
    "CALLBACK_URL",
    "IDLE_S",
    "MOST_UNENDED",
    "AskAfterSilence",
    "GiveUp",
    "Outbound",
    "OutboundRequest",
    "OutboundWorker",
    "Periodic",
    "PeriodicLoop",
    "Remote",
    "Retention",
    "SendOnce",
    "Unavailable",
    "callback_url",
    "code_of",
    "outbound",
    "outbound_repair",
    "retry_after_s",
]
