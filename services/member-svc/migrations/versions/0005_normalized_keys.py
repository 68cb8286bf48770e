"""Add normalized keys, so that a search finds names, tags and unions however they are written."""

from alembic import op

from chassis.normalization import text_key
from chassis.schema import key_columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE members ADD COLUMN name_written_key text, ADD COLUMN tag_key text;
ALTER TABLE import_people ADD COLUMN name_written_key text;
ALTER TABLE unions ADD COLUMN name_key text NOT NULL DEFAULT '';
"""


def upgrade() -> None:
    # The driver executes one statement per call. Every statement in STATEMENTS ends with a semicolon at a line's end.
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    key_columns.fill("members", "tag", "tag_key", text_key)
    key_columns.fill("unions", "name", "name_key", text_key)
    op.execute("ALTER TABLE unions ALTER COLUMN name_key DROP DEFAULT")
