"""Recompute the keys of unit names: `text_key` now unifies brackets, quotation marks and dots."""

from chassis.normalization import text_key
from chassis.schema import key_columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key_columns.fill("lines", "unit_name", "unit_name_key", text_key)
