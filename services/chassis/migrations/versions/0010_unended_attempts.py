"""Counts the attempts of a job that began but never ended, for example because the process was killed.

An index finds the jobs with such attempts among all waiting jobs.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS = [
    "ALTER TABLE outbound_requests ADD COLUMN unended integer NOT NULL DEFAULT 0",
    """CREATE INDEX outbound_requests_suspects ON outbound_requests (kind, next_at)
       WHERE state = 'due' AND (unended > 0 OR leased_by IS NOT NULL)""",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
