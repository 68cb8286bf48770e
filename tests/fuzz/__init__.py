"""Seeded chance against what comes from outside: files and requests that nobody would write."""
