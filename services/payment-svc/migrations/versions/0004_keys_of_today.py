"""Recompute stored keys: the normalizer now treats all kinds of brackets, quotation marks and dots as one."""

from chassis.normalization import text_key
from chassis.schema import key_columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key_columns.fill("vouchers", "file_name", "file_name_key", text_key)
