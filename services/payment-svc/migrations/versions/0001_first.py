"""Create the tables of dues and vouchers."""

from alembic import op

revision = "0001"
down_revision = None

UP = """
CREATE TABLE dues (
    submission_no   text PRIMARY KEY,
    union_id        uuid NOT NULL,
    union_name      text,
    year            integer NOT NULL,
    enrollment_type text NOT NULL,
    submitted       jsonb,
    confirmed       jsonb,
    rejected        jsonb,
    version         integer NOT NULL DEFAULT 0,
    heads           integer NOT NULL DEFAULT 0,
    city_fen        bigint NOT NULL DEFAULT 0,
    district_fen    bigint NOT NULL DEFAULT 0,
    unit_fen        bigint NOT NULL DEFAULT 0,
    due_fen         bigint NOT NULL DEFAULT 0,
    paid_fen        bigint NOT NULL DEFAULT 0,
    pending_fen     bigint NOT NULL DEFAULT 0,
    open_fen        bigint NOT NULL DEFAULT 0,
    state           text NOT NULL DEFAULT 'awaiting_confirmation',
    submitted_at    timestamptz,
    confirmed_at    timestamptz,
    due_on          date,
    voucher_at      timestamptz,
    feedback_at     timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dues_never_overpaid CHECK (paid_fen >= 0 AND pending_fen >= 0 AND paid_fen + pending_fen <= due_fen)
);
CREATE INDEX dues_by_union ON dues (union_id, confirmed_at);
CREATE INDEX dues_by_state ON dues (state, confirmed_at);

CREATE TABLE due_lines (
    submission_no text NOT NULL,
    version       integer NOT NULL,
    line_id       uuid NOT NULL,
    batch_no      text NOT NULL,
    heads         integer NOT NULL,
    district_fen  bigint NOT NULL,
    unit_fen      bigint NOT NULL,
    PRIMARY KEY (submission_no, version, line_id)
);
CREATE INDEX due_lines_by_batch ON due_lines (batch_no);

CREATE TABLE vouchers (
    voucher_id      uuid PRIMARY KEY,
    union_id        uuid NOT NULL,
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    due_fen         bigint NOT NULL,
    filled_fen      bigint NOT NULL CHECK (filled_fen <= amount_fen),
    result          text NOT NULL,
    reason          text,
    paid_on         date NOT NULL,
    sealed          bytea NOT NULL,
    reference_key   text NOT NULL,
    file_id         uuid NOT NULL,
    file_sha256     text NOT NULL,
    file_name       text NOT NULL,
    file_type       text NOT NULL,
    file_bytes      integer NOT NULL,
    state           text NOT NULL,
    uploaded_by     text NOT NULL,
    uploaded_at     timestamptz NOT NULL,
    decided_at      timestamptz,
    decision_reason text
);
CREATE UNIQUE INDEX vouchers_file ON vouchers (file_sha256) WHERE state <> 'rejected';
CREATE UNIQUE INDEX vouchers_reference ON vouchers (reference_key) WHERE state <> 'rejected';
CREATE INDEX vouchers_by_union ON vouchers (union_id, uploaded_at);

CREATE TABLE voucher_fills (
    voucher_id    uuid NOT NULL,
    submission_no text NOT NULL,
    version       integer NOT NULL,
    due_fen       bigint NOT NULL,
    amount_fen    bigint NOT NULL CHECK (amount_fen >= 0),
    PRIMARY KEY (voucher_id, submission_no)
);
CREATE INDEX voucher_fills_by_submission ON voucher_fills (submission_no)
"""


def upgrade() -> None:
    for statement in UP.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    for table in ("voucher_fills", "vouchers", "due_lines", "dues"):
        op.execute(f"DROP TABLE {table}")
