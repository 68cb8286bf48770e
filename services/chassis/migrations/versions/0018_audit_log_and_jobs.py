"""Renames two tables to standard terms: `acts` becomes `audit_log`, `outbound_requests` becomes `jobs`.

While replicas are replaced, replicas of the former release still read and write the former table names. So in this
release these names are views. The next release drops the views.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATEMENTS = [
    "ALTER TABLE acts RENAME TO audit_log",
    "ALTER TABLE audit_log RENAME COLUMN act_id TO command_id",
    "ALTER TABLE audit_log RENAME CONSTRAINT acts_pkey TO audit_log_pkey",
    "ALTER SEQUENCE acts_id_seq RENAME TO audit_log_id_seq",
    "ALTER INDEX acts_subscriber_resumed RENAME TO audit_log_subscriber_resumed",
    "ALTER TRIGGER acts_append_only ON audit_log RENAME TO audit_log_append_only",
    "ALTER TRIGGER acts_never_emptied ON audit_log RENAME TO audit_log_never_emptied",
    """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$""",
    """CREATE VIEW acts AS
       SELECT id, at, account, role, scope_id, command_id AS act_id, name, subject, detail, address, actor_sealed
       FROM audit_log""",
    "ALTER TABLE outbound_requests RENAME TO jobs",
    "ALTER TABLE jobs RENAME CONSTRAINT outbound_requests_pkey TO jobs_pkey",
    "ALTER TABLE jobs RENAME CONSTRAINT outbound_requests_kind_key TO jobs_kind_key",
    "ALTER INDEX outbound_requests_due RENAME TO jobs_due",
    "ALTER INDEX outbound_requests_suspects RENAME TO jobs_suspects",
    "ALTER INDEX outbound_requests_given_up RENAME TO jobs_given_up",
    "ALTER INDEX outbound_requests_ended RENAME TO jobs_ended",
    "CREATE VIEW outbound_requests AS SELECT * FROM jobs",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
