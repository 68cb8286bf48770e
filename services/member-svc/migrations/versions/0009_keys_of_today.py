"""Recompute stored keys: the normalizer now unifies all brackets, all quotation marks and all dots."""

from chassis.normalization import text_key
from chassis.schema import key_columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key_columns.fill("members", "tag", "tag_key", text_key)
    key_columns.fill("unions", "name", "name_key", text_key)
