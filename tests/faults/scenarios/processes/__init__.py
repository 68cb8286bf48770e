"""Faults of processes: killed, stopped, frozen."""
