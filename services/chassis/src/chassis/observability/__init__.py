"""Metrics and traces."""

from chassis.observability import metrics, tracing

__all__ = [
    "metrics",
    "tracing",
]
