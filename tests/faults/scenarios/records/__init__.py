"""Faults of records: doubled, forged, poisoned, out of order."""
