"""Statements are counted from PostgreSQL's log, by database and text."""

from pathlib import Path

from bench.statements import statements_in, written_since

LOG = """\
[12] member_svc LOG:  statement: BEGIN;
[12] member_svc LOG:  execute __asyncpg_stmt_3__: -- a comment
\tINSERT INTO members
\t    VALUES ($1)
[12] member_svc LOG:  statement: COMMIT;
[13] review_svc LOG:  execute <unnamed>: SELECT 1
[13] review_svc ERROR:  statement: this is no statement
[9]  LOG:  checkpoint starting: time
[12] member_svc LOG:  statement: BEGIN;
""".splitlines()  # fmt: skip


def test_statements_are_counted_by_database():
    assert statements_in(LOG).by_database == {"member_svc": 4, "review_svc": 1}


def test_a_statement_of_several_lines_is_one_text():
    found = statements_in(LOG).by_text
    assert found["member_svc", "-- a comment INSERT INTO members VALUES ($1)"] == 1
    assert found["member_svc", "BEGIN"] == 2


def test_a_log_is_read_from_an_offset(tmp_path: Path):
    log = tmp_path / "postgres.log"
    log.write_text("[1] a LOG:  statement: BEGIN;\n[1] b LOG:  statement: COMMIT;\n")
    first = len("[1] a LOG:  statement: BEGIN;\n")
    assert list(written_since(log, first)) == ["[1] b LOG:  statement: COMMIT;"]
