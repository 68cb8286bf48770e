"""Liveness and readiness of the process, and the watchdog that ends a stuck process."""

from chassis.health.life import Life
from chassis.health.room import DISK, FULL, found_no_room, look_for_room
from chassis.health.waiting import until_there
from chassis.health.watchdog import EXIT_CODE, LastResort, Watchdog

__all__ = [
    "DISK",
    "EXIT_CODE",
    "FULL",
    "LastResort",
    "Life",
    "Watchdog",
    "found_no_room",
    "look_for_room",
    "until_there",
]
