"""Store those rows of an import's report that have no fault in portions.

A portion is one row of `import_row_portions`. It has up to 500 rows of the report, with a list for each column. Rows of
former imports stay in `import_rows`. A replica of the former release would not show the rows in portions, so every
replica must be stopped first.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE import_row_portions (
               import_id uuid, unit_id uuid, last_row integer, row_no integer[] NOT NULL, outcome text[] NOT NULL,
               masked_name text[] NOT NULL, masked_number text[] NOT NULL, person_key uuid[] NOT NULL,
               PRIMARY KEY (import_id, unit_id, last_row))"""
    )
    # The person keys are not compressed, because compression does not make them shorter.
    op.execute("ALTER TABLE import_row_portions ALTER COLUMN person_key SET STORAGE EXTERNAL")
    op.execute("CREATE INDEX import_row_portions_unit ON import_row_portions (unit_id)")
    op.execute(
        """CREATE INDEX imports_open ON imports (import_id)
           WHERE state IN ('checking', 'checked', 'applying', 'interrupted')"""
    )
