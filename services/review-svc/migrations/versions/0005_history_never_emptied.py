"""Make `line_history` refuse TRUNCATE too. Its triggers now fire under every `session_replication_role`."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = [
    """CREATE FUNCTION refuse_history_truncate() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'line_history is append-only'; END $$""",
    """CREATE TRIGGER line_history_never_emptied BEFORE TRUNCATE ON line_history
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_history_truncate()""",
    "ALTER TABLE line_history ENABLE ALWAYS TRIGGER line_history_append_only",
    "ALTER TABLE line_history ENABLE ALWAYS TRIGGER line_history_never_emptied",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
