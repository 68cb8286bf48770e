"""Rebuilds a lost database from topics, and publishes the events that still were in its outbox."""

from chassis.recovery.rebuild import Rebuild, RebuildPlan, rebuild_now

__all__ = [
    "Rebuild",
    "RebuildPlan",
    "rebuild_now",
]
