"""Creates the tables of checks and of their parts."""

from alembic import op

revision = "0001"
down_revision = None

UP = """
CREATE TABLE check_jobs (
    job_id     uuid PRIMARY KEY,
    union_id   uuid NOT NULL,
    origin     text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX check_jobs_by_union ON check_jobs (union_id, started_at);
CREATE INDEX check_jobs_by_start ON check_jobs (started_at);

CREATE TABLE check_parts (
    part_id          uuid PRIMARY KEY,
    job_id           uuid NOT NULL,
    union_id         uuid NOT NULL,
    unit_id          uuid NOT NULL,
    part_index       integer NOT NULL,
    part_count       integer NOT NULL,
    heads            integer NOT NULL,
    people           jsonb NOT NULL,
    numbers          bytea,
    card_heard       jsonb,
    employment_heard jsonb,
    tally            jsonb,
    stored_at        timestamptz NOT NULL DEFAULT now(),
    answered_at      timestamptz,
    CONSTRAINT check_parts_place UNIQUE (job_id, unit_id, part_index)
)
"""


def upgrade() -> None:
    for statement in UP.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE check_parts")
    op.execute("DROP TABLE check_jobs")
