"""What needs a connection and nothing else of the chassis: revisions, skipped ranges, cursors, search patterns."""

from chassis.sql import abandoned
from chassis.sql.abandoned import Range, is_abandoned
from chassis.sql.cursors import in_batches
from chassis.sql.revisions import migrations_of, pending, version_table
from chassis.sql.sql_text import contains

__all__ = [
    "Range",
    "abandoned",
    "contains",
    "in_batches",
    "is_abandoned",
    "migrations_of",
    "pending",
    "version_table",
]
