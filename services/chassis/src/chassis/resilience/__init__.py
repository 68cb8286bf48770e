"""Error classification, deadlines, backoff, and the quarantine of jobs that have possibly killed their process."""

from chassis.resilience.backoff import backoff_s
from chassis.resilience.deadlines import wait_up_to, within
from chassis.resilience.error_classification import cause_of, describe, is_infrastructure
from chassis.resilience.quarantine import Quarantine

__all__ = [
    "Quarantine",
    "backoff_s",
    "cause_of",
    "describe",
    "is_infrastructure",
    "wait_up_to",
    "within",
]
