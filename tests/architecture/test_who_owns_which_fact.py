"""Checks the table of owners in docs/architecture.md: each service must declare the tables of its facts and copies."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
ROW = re.compile(
    r"^\| [^|]+ \| (?P<owner>[a-z-]+) \| (?P<tables>(?:`\w+`(?:, )?)+) \| (?P<copies>[^|]+) \|$", re.MULTILINE
)
COPY = re.compile(r"([a-z]+-[a-z]+), in ((?:`\w+`(?: and )?)+)")


def claims(page: str) -> Iterator[tuple[str, str]]:
    """(service, table) of every fact and of every copy."""
    for row in ROW.finditer(page):
        yield from ((row["owner"], table) for table in re.findall(r"`(\w+)`", row["tables"]))
        for service, tables in COPY.findall(row["copies"]):
            yield from ((service, table) for table in re.findall(r"`(\w+)`", tables))


def declared(service: str) -> set[str]:
    module = importlib.import_module(f"{service.replace('-', '_')}.tables")
    classes = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, SQLModel)]
    return {name for one in classes for name in one.metadata.tables}


def wrong(page: str) -> list[tuple[str, str]]:
    return [(service, table) for service, table in claims(page) if table not in declared(service)]


def test_every_fact_is_in_a_table_of_its_owner():
    page = PAGE.read_text()
    assert len(list(claims(page))) > 25
    assert wrong(page) == []


@pytest.mark.parametrize(
    "row",
    [
        "| a fact | member-svc | `members`, `candidates` | nobody |",
        "| a fact | member-svc | `members` | enrollment-svc, in `members` |",
    ],
)
def test_a_table_of_another_service_is_found(row: str):
    assert len(wrong(row)) == 1
