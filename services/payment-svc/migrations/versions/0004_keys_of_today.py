"""Stored keys as the normalizer of today makes them: brackets, quotation marks and dots of every kind are one."""

from chassis.normalization import text_key
from chassis.schema import key_columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key_columns.fill("vouchers", "file_name", "file_name_key", text_key)
