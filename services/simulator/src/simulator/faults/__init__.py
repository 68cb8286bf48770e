"""Faults that the simulator injects on purpose."""
