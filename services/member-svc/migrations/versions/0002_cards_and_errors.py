"""Add the original cells of rejected rows, card batches with their cancellations, and moves of units."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE imports ADD COLUMN originals_until timestamptz;
CREATE INDEX imports_originals_until ON imports (originals_until) WHERE originals_until IS NOT NULL;
CREATE TABLE import_originals (
    import_id uuid, row_no integer, sealed bytea NOT NULL, PRIMARY KEY (import_id, row_no));
CREATE INDEX members_with_card ON members (union_id, member_no) WHERE removed_at IS NULL AND card_key IS NOT NULL;
CREATE SEQUENCE card_batch_numbers;
CREATE TABLE card_batches (
    batch_id uuid PRIMARY KEY, batch_no text NOT NULL, union_id uuid NOT NULL, state text NOT NULL,
    heads integer NOT NULL, version integer NOT NULL, created_by text NOT NULL,
    created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
    CONSTRAINT card_batches_batch_no UNIQUE (batch_no));
CREATE INDEX card_batches_union ON card_batches (union_id, created_at);
CREATE TABLE card_batch_members (
    batch_id uuid, member_id uuid, open boolean NOT NULL, PRIMARY KEY (batch_id, member_id));
CREATE UNIQUE INDEX card_batch_members_open ON card_batch_members (member_id) WHERE open;
CREATE TABLE card_cancellations (
    cancellation_id uuid PRIMARY KEY, batch_id uuid NOT NULL, state text NOT NULL, reason text NOT NULL,
    requested_by text NOT NULL, requested_at timestamptz NOT NULL,
    decided_by text, decided_at timestamptz, decision_reason text);
CREATE INDEX card_cancellations_batch ON card_cancellations (batch_id, requested_at);
CREATE TABLE unit_moves (
    move_id uuid PRIMARY KEY, unit_id uuid NOT NULL, from_union_id uuid NOT NULL, to_union_id uuid NOT NULL,
    reason text NOT NULL, parts integer NOT NULL, told_up_to text NOT NULL,
    moved_at timestamptz NOT NULL, done_at timestamptz);
CREATE UNIQUE INDEX unit_moves_running ON unit_moves (unit_id) WHERE done_at IS NULL;
"""


def upgrade() -> None:
    # The driver executes one statement per call. Every statement in STATEMENTS ends with a semicolon at a line's end.
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
