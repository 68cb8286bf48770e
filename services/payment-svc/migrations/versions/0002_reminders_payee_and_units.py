"""Add the times of reminders, the center's bank account, the units of lines, and the state 凭证已上传."""

from alembic import op

revision = "0002"
down_revision = "0001"

UP = """
ALTER TABLE dues ADD COLUMN due_soon_told_at timestamptz, ADD COLUMN overdue_told_at timestamptz;
CREATE INDEX dues_open ON dues (due_on) WHERE open_fen > 0;
UPDATE dues SET state = 'voucher_uploaded'
WHERE state IN ('payable', 'partly_paid') AND open_fen = 0 AND pending_fen > 0;
ALTER TABLE due_lines ADD COLUMN union_id uuid, ADD COLUMN unit_id uuid,
                      ADD COLUMN city_fen bigint NOT NULL DEFAULT 0;
DROP INDEX due_lines_by_batch;
CREATE INDEX due_lines_by_batch ON due_lines (batch_no text_pattern_ops);
CREATE TABLE payees (
    version integer PRIMARY KEY CHECK (version > 0),
    name    text NOT NULL,
    bank    text NOT NULL,
    account text NOT NULL,
    set_by  text NOT NULL,
    set_at  timestamptz NOT NULL
)
"""


def upgrade() -> None:
    for statement in UP.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE payees")
    op.execute("DROP INDEX due_lines_by_batch")
    op.execute("CREATE INDEX due_lines_by_batch ON due_lines (batch_no)")
    op.execute("ALTER TABLE due_lines DROP COLUMN union_id, DROP COLUMN unit_id, DROP COLUMN city_fen")
    op.execute(
        "UPDATE dues SET state = CASE WHEN paid_fen > 0 THEN 'partly_paid' ELSE 'payable' END"
        " WHERE state = 'voucher_uploaded'"
    )
    op.execute("DROP INDEX dues_open")
    op.execute("ALTER TABLE dues DROP COLUMN due_soon_told_at, DROP COLUMN overdue_told_at")
