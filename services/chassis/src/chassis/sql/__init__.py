"""SQL statements and their columns, COPY, cursors, search patterns; schema revisions; skipped ranges."""

from chassis.sql import skipped_ranges
from chassis.sql.columns import columns_of, rows_of, set_of
from chassis.sql.connection import Connection
from chassis.sql.copies import Copy
from chassis.sql.cursors import in_batches
from chassis.sql.kept_sums import FOLD_EVERY_S, KeptSums
from chassis.sql.revisions import migrations_of, pending, version_table
from chassis.sql.skipped_ranges import SkippedRange, is_skipped
from chassis.sql.sql_text import contains
from chassis.sql.statements import Statement

__all__ = [
    "FOLD_EVERY_S",
    "Connection",
    "Copy",
    "KeptSums",
    "SkippedRange",
    "Statement",
    "columns_of",
    "contains",
    "in_batches",
    "is_skipped",
    "migrations_of",
    "pending",
    "rows_of",
    "set_of",
    "skipped_ranges",
    "version_table",
]
