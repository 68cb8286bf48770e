"""Add a normalized key of unit names, so that a search finds a unit's lines however the user writes the name."""

from alembic import op

from chassis.normalization import text_key
from chassis.schema import key_columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE lines ADD COLUMN unit_name_key text NOT NULL DEFAULT ''")
    key_columns.fill("lines", "unit_name", "unit_name_key", text_key)
    op.execute("ALTER TABLE lines ALTER COLUMN unit_name_key DROP DEFAULT")
