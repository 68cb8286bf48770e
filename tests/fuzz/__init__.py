"""Seeded random input from outside the system: files and requests that no user would write on purpose."""
