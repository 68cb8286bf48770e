"""What a process sets once: logs, core dumps, memory. Also the points at which tests break a process."""

from chassis.system import core_dumps, crash_points, garbage, heap
from chassis.system.crash_points import VARIABLE
from chassis.system.logs import configure_logs

__all__ = [
    "VARIABLE",
    "configure_logs",
    "core_dumps",
    "crash_points",
    "garbage",
    "heap",
]
