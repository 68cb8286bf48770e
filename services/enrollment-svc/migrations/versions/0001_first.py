"""Add candidates, checks, rates, submissions and their outcomes."""

from alembic import op

revision = "0001"
down_revision = None

# The fill factor leaves room on the pages of candidates: statuses arrive after the import, and an update that finds
# room on the same page changes no index.
CANDIDATES = """
CREATE TABLE candidates (
    member_id             uuid PRIMARY KEY,
    union_id              uuid NOT NULL,
    unit_id               uuid NOT NULL,
    person_key            text NOT NULL,
    member_no             text NOT NULL,
    document_type         text NOT NULL,
    masked_name           text NOT NULL,
    masked_number         text NOT NULL,
    sealed                bytea NOT NULL,
    name_key              text NOT NULL,
    tag                   text,
    has_service_card      boolean NOT NULL,
    channel               text,
    standing              text NOT NULL,
    standing_confirmed    text NOT NULL,
    to_confirm            boolean NOT NULL,
    confirmed_years       integer[] NOT NULL DEFAULT '{}',
    card_status           text,
    card_raw              text,
    card_checked_at       timestamptz,
    employment_status     text,
    employment_raw        text,
    employment_checked_at timestamptz,
    renamed_at            timestamptz,
    removed_at            timestamptz
) WITH (fillfactor = 50);
CREATE INDEX candidates_by_union ON candidates (union_id, member_no);

CREATE TABLE early_statuses (
    member_id             uuid PRIMARY KEY,
    card_status           text,
    card_raw              text,
    card_checked_at       timestamptz,
    employment_status     text,
    employment_raw        text,
    employment_checked_at timestamptz
);

CREATE TABLE check_sets (
    job_id          uuid NOT NULL,
    unit_id         uuid NOT NULL,
    union_id        uuid NOT NULL,
    origin          text,
    requested_at    timestamptz,
    due_at          timestamptz,
    part_count      integer NOT NULL,
    people          integer NOT NULL DEFAULT 0,
    answered_parts  integer NOT NULL DEFAULT 0,
    answered_people integer NOT NULL DEFAULT 0,
    completed_at    timestamptz,
    PRIMARY KEY (job_id, unit_id)
);
CREATE INDEX check_sets_open ON check_sets (union_id) WHERE completed_at IS NULL;

CREATE TABLE working_days (
    day     date PRIMARY KEY,
    working boolean NOT NULL,
    origin  text NOT NULL
);
"""

SUBMISSIONS = """
CREATE TABLE rates (
    year         integer NOT NULL,
    plan         text NOT NULL,
    term         text NOT NULL,
    scope        text NOT NULL,
    plan_name    text NOT NULL,
    city_fen     bigint NOT NULL,
    district_fen bigint NOT NULL,
    unit_fen     bigint NOT NULL,
    enabled      boolean NOT NULL,
    sample       boolean NOT NULL,
    version      integer NOT NULL,
    set_at       timestamptz NOT NULL,
    sealed_at    timestamptz,
    PRIMARY KEY (year, plan, term, scope)
);

CREATE TABLE plan_locks (
    union_id uuid NOT NULL,
    year     integer NOT NULL,
    plan     text NOT NULL,
    PRIMARY KEY (union_id, year)
);

CREATE TABLE batch_counters (
    day  date PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE batches (
    batch_no        text PRIMARY KEY,
    union_id        uuid NOT NULL,
    union_name      text NOT NULL,
    year            integer NOT NULL,
    plan            text NOT NULL,
    plan_name       text NOT NULL,
    enrollment_type text NOT NULL,
    numbered_on     date NOT NULL,
    submitted_at    timestamptz NOT NULL
);
CREATE INDEX batches_by_union ON batches (union_id, submitted_at);

CREATE TABLE lines (
    line_id           uuid PRIMARY KEY,
    batch_no          text NOT NULL,
    union_id          uuid NOT NULL,
    unit_id           uuid NOT NULL,
    unit_name         text NOT NULL,
    organization_code text,
    credit_code       text,
    year              integer NOT NULL,
    channel           text NOT NULL,
    term              text NOT NULL,
    start_on          date NOT NULL,
    end_on            date NOT NULL,
    rate_city_fen     bigint NOT NULL,
    rate_district_fen bigint NOT NULL,
    rate_unit_fen     bigint NOT NULL,
    submitted_heads   integer NOT NULL,
    heads             integer NOT NULL,
    city_fen          bigint NOT NULL,
    district_fen      bigint NOT NULL,
    unit_fen          bigint NOT NULL,
    chain             jsonb NOT NULL,
    round             integer NOT NULL,
    replaces          text,
    state             text NOT NULL,
    withdrawal        text,
    submission_no     text,
    submitted_at      timestamptz NOT NULL,
    submitted_by      text NOT NULL,
    decided_at        timestamptz,
    updated_at        timestamptz NOT NULL,
    version           integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX lines_of_batch ON lines (batch_no, unit_id, channel);
CREATE INDEX lines_by_union ON lines (union_id, year);
CREATE INDEX lines_by_submission ON lines (submission_no) WHERE submission_no IS NOT NULL;

CREATE TABLE enrollments (
    line_id           uuid NOT NULL,
    member_id         uuid NOT NULL,
    year              integer NOT NULL,
    person_key        text NOT NULL,
    member_no         text NOT NULL,
    document_type     text NOT NULL,
    masked_name       text NOT NULL,
    masked_number     text NOT NULL,
    sealed            bytea NOT NULL,
    card_status       text,
    employment_status text,
    confirmed_by_hand boolean NOT NULL,
    round             integer NOT NULL,
    state             text NOT NULL,
    reason            text,
    PRIMARY KEY (line_id, member_id)
);
CREATE UNIQUE INDEX enrollments_city_key ON enrollments (person_key, year) WHERE state = 'held';

CREATE TABLE line_history (
    id      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    line_id uuid NOT NULL,
    at      timestamptz NOT NULL,
    what    text NOT NULL,
    by      text NOT NULL,
    heads   integer NOT NULL,
    reason  text
);
CREATE INDEX line_history_of_line ON line_history (line_id, id);

CREATE TABLE center_answers (
    submission_no text NOT NULL,
    line_id       uuid NOT NULL,
    answer        text NOT NULL,
    reason        text,
    answered_at   timestamptz NOT NULL,
    PRIMARY KEY (submission_no, line_id)
);
"""

TABLES = (
    "center_answers",
    "line_history",
    "enrollments",
    "lines",
    "batches",
    "batch_counters",
    "plan_locks",
    "rates",
    "working_days",
    "check_sets",
    "early_statuses",
    "candidates",
)


def upgrade() -> None:
    for script in (CANDIDATES, SUBMISSIONS):
        for statement in filter(None, (part.strip() for part in script.split(";\n"))):
            op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
