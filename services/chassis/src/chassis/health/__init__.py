"""Liveness and readiness of the process, and the watchdog that ends a stuck process."""

from chassis.health.disk_space import DISK, FULL, check_disk_space, is_disk_full
from chassis.health.health_state import HealthState
from chassis.health.waiting import retry_until_available
from chassis.health.watchdog import EXIT_CODE, LastResort, Watchdog

__all__ = [
    "DISK",
    "EXIT_CODE",
    "FULL",
    "HealthState",
    "LastResort",
    "Watchdog",
    "check_disk_space",
    "is_disk_full",
    "retry_until_available",
]
