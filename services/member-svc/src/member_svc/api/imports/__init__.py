"""Imports of rosters: upload, report, confirmation, template."""
