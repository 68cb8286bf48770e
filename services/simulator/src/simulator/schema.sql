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
    line_ids      uuid[] NOT NULL DEFAULT '{}', -- of each person
    persons       bytea[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (submission_no, version, part_index),
    FOREIGN KEY (submission_no, version) REFERENCES submissions ON DELETE CASCADE
);

-- The people of complete submissions; those of a rejected line are deleted. Place 0 is the one cover that a person can
-- have in a year. A person who comes again, through the same or another line, gets another place without cover.
CREATE TABLE IF NOT EXISTS live_people (
    year          integer NOT NULL,
    person        bytea NOT NULL,
    place         bigint NOT NULL DEFAULT 0,
    submission_no text NOT NULL,
    version       integer NOT NULL,
    line_id       uuid NOT NULL,
    PRIMARY KEY (year, person, place)
);
CREATE SEQUENCE IF NOT EXISTS live_people_places;

-- An older release stored a row for each person that it received.
DO $$ BEGIN
    IF to_regclass('submission_people') IS NOT NULL THEN
        ALTER TABLE submission_parts
            ADD COLUMN line_ids uuid[] NOT NULL DEFAULT '{}', ADD COLUMN persons bytea[] NOT NULL DEFAULT '{}';
        -- Nobody needs to know any more in which part a person came.
        UPDATE submission_parts AS part SET line_ids = people.line_ids, persons = people.persons
        FROM (SELECT submission_no, version, array_agg(line_id ORDER BY person_id) AS line_ids,
                     array_agg(person ORDER BY person_id) AS persons
              FROM submission_people GROUP BY 1, 2) AS people
        WHERE (part.submission_no, part.version) = (people.submission_no, people.version)
          AND part.part_index = (SELECT min(first.part_index) FROM submission_parts AS first
                                 WHERE (first.submission_no, first.version) = (part.submission_no, part.version));
        DROP INDEX live_people_by_line;
        ALTER TABLE live_people ADD COLUMN place bigint NOT NULL DEFAULT 0, DROP CONSTRAINT live_people_pkey,
            ADD PRIMARY KEY (year, person, place);
        INSERT INTO live_people (year, person, place, submission_no, version, line_id)
            SELECT p.year, p.person, nextval('live_people_places'), p.submission_no, p.version, p.line_id
            FROM (SELECT *, row_number() OVER (PARTITION BY submission_no, version, line_id, person ORDER BY person_id)
                         AS time FROM submission_people) AS p
            JOIN submissions AS s USING (submission_no, version)
            JOIN submission_lines AS l USING (submission_no, version, line_id)
            WHERE s.state IN ('received', 'confirmed') AND l.state <> 'rejected' AND (p.time > 1 OR NOT EXISTS (
                SELECT FROM live_people AS live
                WHERE (live.year, live.person, live.submission_no, live.version, live.line_id)
                      = (p.year, p.person, p.submission_no, p.version, p.line_id)));
        DROP TABLE submission_people;
    END IF;
END $$;

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
