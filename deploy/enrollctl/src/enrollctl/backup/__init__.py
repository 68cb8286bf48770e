"""Backups of one point, and databases restored, rebuilt and exchanged."""
