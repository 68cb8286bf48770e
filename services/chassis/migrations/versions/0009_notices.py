"""Adds the notices that a service shows to accounts, and which account has read which notice."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = [
    """CREATE TABLE notices (
           notice_id uuid PRIMARY KEY,
           node_id   uuid NOT NULL,
           role      text NOT NULL,
           kind      text NOT NULL,
           about     text NOT NULL,
           text      text NOT NULL,
           at        timestamptz NOT NULL,
           kept_at   timestamptz NOT NULL DEFAULT now())""",
    "CREATE INDEX notices_of_recipient ON notices (node_id, role, at, notice_id)",
    "CREATE INDEX notices_kept ON notices (kept_at)",
    """CREATE TABLE notice_reads (
           notice_id uuid NOT NULL REFERENCES notices (notice_id) ON DELETE CASCADE,
           account   text NOT NULL,
           read_at   timestamptz NOT NULL DEFAULT now(),
           PRIMARY KEY (notice_id, account))""",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
