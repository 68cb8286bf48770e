-- The simulator's tables. Idempotent: run by `python -m simulator migrate` before every start.
-- Numbers are HMACs (32 bytes); a null status is "no record".

CREATE TABLE IF NOT EXISTS registry_records (
    number      bytea PRIMARY KEY,
    card        text,
    employment  text
);

CREATE TABLE IF NOT EXISTS faults (
    target   text PRIMARY KEY,
    settings jsonb NOT NULL
);

CREATE TABLE IF NOT EXISTS policies (
    subject  text NOT NULL CHECK (subject IN ('submission', 'voucher')),
    key      text NOT NULL,                     -- '' = the default for the subject
    decision text NOT NULL,
    reason   text,
    line_ids uuid[] NOT NULL DEFAULT '{}',
    delay_ms integer NOT NULL,
    PRIMARY KEY (subject, key)
);

CREATE TABLE IF NOT EXISTS submissions (
    submission_no   text NOT NULL,
    version         integer NOT NULL,
    union_id        uuid NOT NULL,
    union_name      text NOT NULL,
    year            integer NOT NULL,
    enrollment_type text NOT NULL,
    heads           integer NOT NULL,
    total_fen       bigint NOT NULL,
    city_fen        bigint NOT NULL,
    district_fen    bigint NOT NULL,
    unit_fen        bigint NOT NULL,
    parts           integer NOT NULL,
    callback_url    text NOT NULL,
    content         bytea NOT NULL,
    state           text NOT NULL DEFAULT 'receiving'
                    CHECK (state IN ('receiving', 'received', 'confirmed', 'rejected')),
    opened_at       timestamptz NOT NULL DEFAULT now(),
    received_at     timestamptz,
    decide_at       timestamptz,
    decided_at      timestamptz,                -- the business clock's
    reason          text,
    PRIMARY KEY (submission_no, version)
);
CREATE INDEX IF NOT EXISTS submissions_undecided ON submissions (decide_at) WHERE state = 'received';
CREATE INDEX IF NOT EXISTS submissions_by_union ON submissions (union_id, year);

CREATE TABLE IF NOT EXISTS submission_lines (
    submission_no text NOT NULL,
    version       integer NOT NULL,
    line_id       uuid NOT NULL,
    batch_no      text NOT NULL,
    unit_id       uuid NOT NULL,
    heads         integer NOT NULL,
    total_fen     bigint NOT NULL,
    city_fen      bigint NOT NULL,
    district_fen  bigint NOT NULL,
    unit_fen      bigint NOT NULL,
    doubled       integer NOT NULL DEFAULT 0,   -- people who have live cover through another line
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'confirmed', 'rejected')),
    PRIMARY KEY (submission_no, version, line_id),
    FOREIGN KEY (submission_no, version) REFERENCES submissions ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS submission_parts (
    submission_no text NOT NULL,
    version       integer NOT NULL,
    part_index    integer NOT NULL,
    heads         integer NOT NULL,
    content       bytea NOT NULL,
    PRIMARY KEY (submission_no, version, part_index),
    FOREIGN KEY (submission_no, version) REFERENCES submissions ON DELETE CASCADE
);

-- No foreign keys: the row of the part is written in the same transaction, and a check per person doubles the time.
CREATE TABLE IF NOT EXISTS submission_people (
    person_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission_no text NOT NULL,
    version       integer NOT NULL,
    line_id       uuid NOT NULL,
    year          integer NOT NULL,
    person        bytea NOT NULL
);
CREATE INDEX IF NOT EXISTS submission_people_by_line ON submission_people (submission_no, version, line_id);
CREATE INDEX IF NOT EXISTS submission_people_by_person ON submission_people (person, year);

-- The one cover that a person can have in a year: inserted when a submission is complete, deleted when its line is rejected.
CREATE TABLE IF NOT EXISTS live_people (
    year          integer NOT NULL,
    person        bytea NOT NULL,
    submission_no text NOT NULL,
    version       integer NOT NULL,
    line_id       uuid NOT NULL,
    PRIMARY KEY (year, person)
);
CREATE INDEX IF NOT EXISTS live_people_by_line ON live_people (submission_no, version, line_id);

CREATE TABLE IF NOT EXISTS vouchers (
    voucher_id     uuid PRIMARY KEY,
    union_id       uuid NOT NULL,
    amount_fen     bigint NOT NULL,
    paid_on        date NOT NULL,
    bank_reference text NOT NULL,
    file_sha256    text NOT NULL,
    result         text NOT NULL,
    explanation    text,
    callback_url   text NOT NULL,
    content        bytea NOT NULL,
    state          text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'accepted', 'rejected')),
    received_at    timestamptz NOT NULL DEFAULT now(),
    decide_at      timestamptz NOT NULL,
    decided_at     timestamptz,
    reason         text
);
CREATE INDEX IF NOT EXISTS vouchers_undecided ON vouchers (decide_at) WHERE state = 'received';
CREATE INDEX IF NOT EXISTS vouchers_by_union ON vouchers (union_id);

CREATE TABLE IF NOT EXISTS voucher_submissions (
    voucher_id    uuid NOT NULL REFERENCES vouchers ON DELETE CASCADE,
    submission_no text NOT NULL,
    version       integer NOT NULL,
    amount_fen    bigint NOT NULL,
    PRIMARY KEY (voucher_id, submission_no)
);
CREATE INDEX IF NOT EXISTS voucher_submissions_by_no ON voucher_submissions (submission_no, version);

CREATE TABLE IF NOT EXISTS callbacks (
    callback_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject         text NOT NULL,
    url             text NOT NULL,
    idempotency_key text NOT NULL UNIQUE,
    body            text NOT NULL,
    copies          integer NOT NULL,           -- deliveries still owed
    attempts        integer NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL DEFAULT now(),
    delivered_at    timestamptz,                -- of the first 2xx
    answered        integer                     -- the last status; null = no answer
);
CREATE INDEX IF NOT EXISTS callbacks_owed ON callbacks (subject, callback_id) WHERE copies > 0;
CREATE INDEX IF NOT EXISTS callbacks_by_subject ON callbacks (subject);
