"""Add a normalized key of file names, so that a search finds a voucher however the user writes the name."""

from alembic import op

from chassis.normalization import text_key
from chassis.schema import key_columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE vouchers ADD COLUMN file_name_key text NOT NULL DEFAULT ''")
    key_columns.fill("vouchers", "file_name", "file_name_key", text_key)
    op.execute("ALTER TABLE vouchers ALTER COLUMN file_name_key DROP DEFAULT")
