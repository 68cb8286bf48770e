"""Faults of records: duplicates, forged records, records that cannot be handled, and records out of order."""
