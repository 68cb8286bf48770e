"""Creates the table of samples."""

from alembic import op

revision = "0001"
down_revision = None

UP = """
CREATE TABLE samples (
    event_id     uuid PRIMARY KEY,
    event_key    text NOT NULL,
    published_at timestamptz NOT NULL
);
CREATE INDEX samples_by_time ON samples (published_at)
"""


def upgrade() -> None:
    for statement in UP.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE samples")
