"""Adds the maintenance state, by which a backup stops a service, and the ranges of records that readers skip after a
restore.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE maintenance (
    id integer PRIMARY KEY, state text NOT NULL, account text NOT NULL, reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT now());
INSERT INTO maintenance (id, state, account, reason) VALUES (1, 'open', '', '');
CREATE FUNCTION maintenance_state() RETURNS text LANGUAGE plpgsql VOLATILE AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7315202406); RETURN (SELECT state FROM maintenance); END $$;
CREATE INDEX outbound_requests_given_up ON outbound_requests (state, created_at) WHERE state IN ('failed', 'held');
CREATE TABLE abandoned_records (
    topic text, partition integer, first_offset bigint, end_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition, first_offset));
"""


def upgrade() -> None:
    # The driver executes one statement at a time; a statement ends with a semicolon at the end of a line.
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
