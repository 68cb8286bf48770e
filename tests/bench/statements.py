"""Counts SQL statements in PostgreSQL's log. The embedded PostgreSQL has no pg_stat_statements."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.meters import Sql

#: `[pid] database LOG:  execute name: SELECT …`; the first two fields are the line's prefix.
ENTRY = re.compile(r"\[\d+\] (\S*) ([A-Z]+):  (.*)", re.DOTALL)
STATEMENT = re.compile(r"(?:execute [^:]*|statement): (.*)", re.DOTALL)
LONGEST_TEXT = 110


@dataclass(frozen=True, slots=True)
class Statements:
    """`by_database`: database → the number of its statements. `by_text`: (database, text) → how often it was
    executed.
    """

    by_database: Counter[str]
    by_text: Counter[tuple[str, str]]


def statements_in(lines: Iterable[str]) -> Statements:
    """Counts the statements of a log that was written with `log_statement = all`."""
    by_database: Counter[str] = Counter()
    by_text: Counter[tuple[str, str]] = Counter()
    for database, level, message in _entries(lines):
        found = STATEMENT.fullmatch(message) if level == "LOG" else None
        if found is not None:
            text = " ".join(found[1].split()).rstrip(";")[:LONGEST_TEXT]
            by_database[database] += 1
            by_text[database, text] += 1
    return Statements(by_database, by_text)


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Database, level and message of each entry. PostgreSQL writes a tab before the second and every later line of a
    message.
    """
    entry = ""
    for line in lines:
        if line.startswith("\t"):
            entry += line
            continue
        yield from _parsed(entry)
        entry = line
    yield from _parsed(entry)


def _parsed(entry: str) -> Iterator[tuple[str, str, str]]:
    found = ENTRY.fullmatch(entry)
    if found is not None:
        yield found[1], found[2], found[3]


@contextmanager
def logged_statements(sql: Sql) -> Iterator[None]:
    """PostgreSQL writes each statement to its log while the context is open."""
    sql.run("ALTER SYSTEM SET log_statement = 'all'")
    sql.run("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        sql.run("ALTER SYSTEM RESET log_statement")
        sql.run("SELECT pg_reload_conf()")


def written_since(log: Path, offset: int) -> Iterator[str]:
    """The lines of the log after `offset` bytes."""
    with log.open("rb") as file:
        file.seek(offset)
        for line in file:
            yield line.decode(errors="replace").removesuffix("\n")
