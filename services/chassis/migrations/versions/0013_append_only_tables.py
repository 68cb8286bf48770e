"""Append-only tables refuse TRUNCATE too, and their triggers fire under every `session_replication_role`."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = [
    """CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$""",
    """CREATE TRIGGER acts_never_emptied BEFORE TRUNCATE ON acts
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()""",
    """CREATE TRIGGER dead_letter_edits_never_emptied BEFORE TRUNCATE ON dead_letter_edits
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()""",
    "ALTER TABLE acts ENABLE ALWAYS TRIGGER acts_append_only",
    "ALTER TABLE acts ENABLE ALWAYS TRIGGER acts_never_emptied",
    "ALTER TABLE dead_letter_edits ENABLE ALWAYS TRIGGER dead_letter_edits_append_only",
    "ALTER TABLE dead_letter_edits ENABLE ALWAYS TRIGGER dead_letter_edits_never_emptied",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
