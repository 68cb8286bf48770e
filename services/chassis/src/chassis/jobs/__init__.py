"""Jobs, which run outside a transaction under a lease; and periodic jobs, which run on one replica at a time."""

from chassis.jobs import outbound, outbound_repair
from chassis.jobs.outbound import (
    IDLE_S,
    MOST_UNENDED,
    GiveUp,
    Outbound,
    OutboundRequest,
    OutboundWorker,
    Unavailable,
    is_given_up,
)
from chassis.jobs.periodic import Periodic, PeriodicLoop
from chassis.jobs.remote import Remote, code_of, retry_after_s
from chassis.jobs.retention import Retention

__all__ = [
    "IDLE_S",
    "MOST_UNENDED",
    "GiveUp",
    "Outbound",
    "OutboundRequest",
    "OutboundWorker",
    "Periodic",
    "PeriodicLoop",
    "Remote",
    "Retention",
    "Unavailable",
    "code_of",
    "is_given_up",
    "outbound",
    "outbound_repair",
    "retry_after_s",
]
