"""Statements, and modules that need only a connection: schema revisions, skipped ranges, cursors, search patterns."""

from chassis.sql import abandoned
from chassis.sql.abandoned import Range, is_abandoned
from chassis.sql.columns import columns_of, rows_of, set_of
from chassis.sql.connection import Connection
from chassis.sql.copies import Copy
from chassis.sql.cursors import in_batches
from chassis.sql.revisions import migrations_of, pending, version_table
from chassis.sql.sql_text import contains
from chassis.sql.statements import Statement

__all__ = [
    "Connection",
    "Copy",
    "Range",
    "Statement",
    "abandoned",
    "columns_of",
    "contains",
    "in_batches",
    "is_abandoned",
    "migrations_of",
    "pending",
    "rows_of",
    "set_of",
    "version_table",
]
