"""Indexes by age, for rows that are kept for a limited time. An edit may be deleted 400 days after its dead letter was
closed.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = [
    "CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at)",
    "CREATE INDEX outbound_requests_ended ON outbound_requests (ended_at) WHERE state IN ('done', 'abandoned')",
    "CREATE INDEX dead_letters_ended ON dead_letters (ended_at) WHERE state IN ('replayed', 'discarded')",
    # Topics keep their records for 400 days; every edit must be available for the same time.
    """CREATE OR REPLACE FUNCTION refuse_change_of_edit() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
           IF TG_OP = 'DELETE' AND EXISTS (
               SELECT 1 FROM dead_letters WHERE id = OLD.letter_id AND state IN ('replayed', 'discarded')
                                            AND ended_at < now() - interval '400 days')
           THEN RETURN OLD;
           END IF;
           RAISE EXCEPTION 'edits of dead letters are append-only';
       END $$""",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
