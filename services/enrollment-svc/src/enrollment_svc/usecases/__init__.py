"""Load, decide, save, return events."""
