"""Rebuilds a lost database from topics, and publishes the events that it had not published."""

from chassis.recovery.rebuild import Plan, Rebuild, rebuild_now

__all__ = [
    "Plan",
    "Rebuild",
    "rebuild_now",
]
