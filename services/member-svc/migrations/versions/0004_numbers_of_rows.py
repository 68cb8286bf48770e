"""Index report rows by document number, so that a search also finds a person whose rows were all rejected."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE import_rows ADD COLUMN number_key text")
    op.execute("CREATE INDEX import_rows_number ON import_rows (number_key) WHERE number_key IS NOT NULL")
