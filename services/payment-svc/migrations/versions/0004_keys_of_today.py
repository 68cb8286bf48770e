"""Recompute the keys of file names: `text_key` now unifies brackets, quotation marks and dots."""

from chassis.normalization import text_key
from chassis.schema import key_columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key_columns.fill("vouchers", "file_name", "file_name_key", text_key)
