"""A lost database learns again from topics, and publishes again what it had not published."""

from chassis.recovery.rebuild import Plan, Rebuild, rebuild_now

__all__ = [
    "Plan",
    "Rebuild",
    "rebuild_now",
]
