"""The roles in the tables of the services' READMEs are those of docs/access.md, which is generated from the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.words import Role

ROOT = Path(__file__).parents[2]
ROLES = tuple(Role)
EVERYBODY = "everybody"
FOR_ALL = "Every service"
#: A table of routes, up to the first line that is no row of the table.
TABLE = re.compile(r"^\| route \| who \|.*\n\|[-|]+\n((?:\|.*\n)+)", re.MULTILINE)
#: Separators of cells; `\|` inside a cell is an ordinary character.
CELL = re.compile(r"(?<!\\)\|")

Routes = dict[str, frozenset[Role]]


def _shape(route: str) -> str:
    """The route without the names of its parameters: GET /lines/{}."""
    return re.sub(r"{[^}]*}", "{}", route)


def declared() -> dict[str, Routes]:
    """Service → route → permitted roles, from docs/access.md."""
    found: dict[str, Routes] = {}
    for section in (ROOT / "docs" / "access.md").read_text().split("\n## ")[1:]:
        name, _, text = section.partition("\n")
        found[name] = {}
        for row in re.findall(r"^\|[^|]*\| `([^`]+)` \|(.*)\|[^|]*\|[^|]*\|[^|]*\|$", text, re.MULTILINE):
            marks = [mark.strip() for mark in row[1].split("|")]
            found[name][_shape(row[0])] = frozenset(role for role, mark in zip(ROLES, marks, strict=True) if mark)
    return found


DECLARED = declared()


def _routes(cell: str, known: Routes) -> Iterator[str]:
    """The routes in a cell such as `GET /a`, `/b`, `…/c`.

    A route without a method has the method of the route before it. The sign … stands for the path before it, or for the
    parent of that path.
    """
    method = path = ""
    for quoted in re.findall(r"`([^`]+)`", cell):
        found = re.fullmatch(r"(?:(GET|POST|PUT|DELETE) )?([/…][^ ?]*)(?:\?.*)?", quoted)
        if found is None:
            continue
        method = found[1] or method
        if found[2].startswith("/"):
            path = found[2]
            yield _shape(f"{method} {path}")
            continue
        suffix = found[2].removeprefix("…")
        below, beside = (_shape(f"{method} {start}{suffix}") for start in (path, path.rpartition("/")[0]))
        yield below if below in known else beside


def readme_routes() -> Iterator[tuple[str, str, str]]:
    """Service, route and permitted roles, from the READMEs."""
    for readme in sorted(ROOT.glob("services/*/README.md")):
        service = readme.parent.name
        for table in TABLE.findall(readme.read_text()):
            for row in table.splitlines():
                _, cell, who, *_ = CELL.split(row)
                for route in _routes(cell, DECLARED[service] | DECLARED[FOR_ALL]):
                    yield service, route, who.strip()


README_ROUTES = list(readme_routes())


def test_the_tables_of_both_services_are_read():
    assert {service for service, _, _ in README_ROUTES} >= {"member-svc", "review-svc"}
    assert len(README_ROUTES) > 50


@pytest.mark.parametrize(
    ("service", "route", "who"), README_ROUTES, ids=[f"{one[0]} {one[1]}" for one in README_ROUTES]
)
def test_a_readme_names_the_roles_that_the_route_lets_in(service: str, route: str, who: str):
    roles, _, _ = who.partition(" (")
    named = set(ROLES) if roles == EVERYBODY else {Role(role) for role in roles.split(", ")}
    assert named == (DECLARED[service] | DECLARED[FOR_ALL])[route]
