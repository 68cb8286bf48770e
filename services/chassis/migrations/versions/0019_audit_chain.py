"""The hash chain over the audit log (ADR 0018). It is append-only, like the log itself."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS = [
    """CREATE TABLE audit_chain (
           position      bigint PRIMARY KEY,
           after_id      bigint NOT NULL,
           up_to_id      bigint NOT NULL,
           row_ids       bigint[] NOT NULL,
           row_hashes    bytea[] NOT NULL,
           name_digests  text[] NOT NULL,
           sealed_at     timestamptz NOT NULL,
           previous_hash bytea NOT NULL,
           hash          bytea NOT NULL,
           seal          text NOT NULL)""",
    """CREATE FUNCTION refuse_change_of_row() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$""",
    """CREATE TRIGGER audit_chain_append_only BEFORE UPDATE OR DELETE ON audit_chain
       FOR EACH ROW EXECUTE FUNCTION refuse_change_of_row()""",
    """CREATE TRIGGER audit_chain_never_emptied BEFORE TRUNCATE ON audit_chain
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()""",
    "ALTER TABLE audit_chain ENABLE ALWAYS TRIGGER audit_chain_append_only",
    "ALTER TABLE audit_chain ENABLE ALWAYS TRIGGER audit_chain_never_emptied",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
