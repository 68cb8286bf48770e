"""How a statement is compiled: named parameters become positional parameters, which asyncpg needs, and the name of a
fragment in braces becomes the text of the fragment. A mistake is found when the module is imported.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import Date, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.sql import Copy, Statement, columns_of, rows_of, set_of
from chassis.tables import column, key, moment
from chassis.web import Order
from chassis.web.paging import SortUnknown


class Table(SQLModel, registry=registry()):
    pass


class PersonRow(Table, table=True):
    __tablename__ = "people"

    person_id: UUID = key()
    name: str = column(Text)
    sealed: bytes = column(LargeBinary)
    born_on: date | None = column(Date, optional=True)
    notes: list[Any] | None = column(JSONB, optional=True)
    years: list[int] = column(ARRAY(Integer))
    seen_at: datetime = moment()


@dataclass(slots=True)
class Person:
    person_id: int
    name: str

    @property
    def born_on(self) -> str:
        return f"{self.name}'s birthday"


class Shown(NamedTuple):
    name: str
    old: bool


@dataclass(slots=True)
class Wanted:
    name: str | None = None
    year: int | None = None


PEOPLE = [Person(1, "a"), Person(2, "b")]


class Sorted:
    def by(self, page: str) -> str:
        return f"p.{page} DESC"


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT :b, :a, :b", "SELECT $1, $2, $1", ["b", "a"]),
        ("WHERE :a::uuid IS NULL OR x = :a", "WHERE $1::uuid IS NULL OR x = $1", ["a"]),
        ("SELECT x::text, '{}'::jsonb, ':no {no} $1'", "SELECT x::text, '{}'::jsonb, ':no {no} $1'", []),
        ("SELECT 'it''s :no' || :a", "SELECT 'it''s :no' || $1", ["a"]),
        (r"SELECT E'\':no' || :a", r"SELECT E'\':no' || $1", ["a"]),
        ('SELECT ":no" -- :no {no}\n, :a /* :no */', 'SELECT ":no" -- :no {no}\n, $1 /* :no */', ["a"]),
        ("SELECT $$:no$$, $t$ :no $$ $t$, :a", "SELECT $$:no$$, $t$ :no $$ $t$, $1", ["a"]),
        ("SELECT years[lo:hi], years[1:2], f(:a)[1]", "SELECT years[lo:hi], years[1:2], f($1)[1]", ["a"]),
        ("SELECT to_char(at, 'HH24:MI:SS'), ARRAY[:a]", "SELECT to_char(at, 'HH24:MI:SS'), ARRAY[$1]", ["a"]),
    ],
)
def test_names_become_numbers_except_in_literals_and_casts(sql: str, text: str, names: list[str]):
    statement = Statement(sql)
    assert (statement.text, statement.parameters) == (text, names)


def test_a_value_is_given_by_name_or_is_an_attribute_of_a_source():
    statement = Statement("WHERE name = :name AND year = :year LIMIT :limit")
    assert statement.bind(Wanted("x", 3), limit=5).arguments == ["x", 3, 5]
    assert statement.bind(Wanted("x", 3), name="y", limit=None).arguments == ["y", 3, None]


def test_a_missing_or_unknown_name_is_refused_before_the_database_is_asked():
    statement = Statement("SELECT :name")
    with pytest.raises(TypeError, match=r"SELECT :name: name is missing"):
        statement.bind()
    with pytest.raises(TypeError, match="unknown nmae; it has name"):
        statement.bind(name="x", nmae="y")


def test_columns_are_listed_for_an_alias_and_expressions_are_named():
    shown = columns_of(PersonRow, Shown, old="born_on < :before")
    statement = Statement("SELECT {p.shown} FROM people AS p", shown=shown)
    assert statement.text == "SELECT p.name, born_on < $1 AS old FROM people AS p"
    assert shown.record({"old": True, "name": "x", "more": 1}) == Shown("x", old=True)  # type: ignore[arg-type]


def test_columns_of_a_table_are_all_or_those_named():
    assert columns_of(PersonRow).listed() == "person_id, name, sealed, born_on, notes, years, seen_at"
    assert columns_of(PersonRow, "name", "notes").listed("p") == "p.name, p.notes"


def test_rows_are_one_array_per_column_with_the_types_of_the_table():
    written = columns_of(PersonRow, Person, "born_on")
    insert = Statement("INSERT INTO people ({w}) SELECT {w} FROM {rows} AS r, :x", w=written, rows=rows_of(written))
    listed = "person_id, name, born_on"
    source = f"(SELECT {listed} FROM unnest($1::UUID[], $2::TEXT[], $3::DATE[]) AS r ({listed}))"
    assert insert.text == f"INSERT INTO people ({listed}) SELECT {listed} FROM {source} AS r, $4"
    arrays = [[1, 2], ["a", "b"], ["a's birthday", "b's birthday"]]
    assert insert.bind(rows=PEOPLE, x=9).arguments == [*arrays, 9]
    assert insert.bind(rows=iter(PEOPLE), x=9).arguments == [*arrays, 9]
    assert insert.bind(rows=[(1, "a", "c")], x=9).arguments == [[1], ["a"], ["c"], 9]
    assert insert.bind(rows=[], x=9).arguments == [[], [], [], 9]


def test_json_in_rows_goes_as_text_and_null_stays_null():
    rows = rows_of(columns_of(PersonRow, "name", "notes"))
    assert "SELECT name, notes::jsonb AS notes FROM unnest(:r.name::TEXT[], :r.notes::text[])" in rows.source("r")
    assert rows.arrays([("a", [{"b": "':x"}]), ("c", None)]) == [["a", "c"], ['[{"b":"\':x"}]', None]]


def test_a_set_list_takes_the_columns_that_may_change():
    changed = columns_of(PersonRow, Person, "born_on").without("person_id")
    assert set_of(changed, "r") == "name = r.name, born_on = r.born_on"


def test_a_statement_is_a_fragment_with_its_parameters():
    some = Statement("SELECT {name} FROM people WHERE {filter}", name="name", filter="born_on = :day AND {x}", x="true")
    page = Statement("{list} LIMIT :limit", list=some)
    assert page.text == "SELECT name FROM people WHERE born_on = $1 AND true LIMIT $2"
    assert page.parameters == ["day", "limit"]


def test_an_order_is_made_of_declared_terms_when_the_statement_is_called():
    some = Statement("SELECT 1 FROM people AS p ORDER BY {order}", order=Sorted())
    page = Statement("{list} LIMIT :limit", list=some)
    assert page.bind(order="name", limit=3) == ("SELECT 1 FROM people AS p ORDER BY p.name DESC LIMIT $1", [3])
    with pytest.raises(TypeError, match="order is missing"):
        page.bind(limit=3)


def test_a_statement_refuses_what_its_order_refuses():
    """The documented errors of a route include the refusals of the statements that the code of the route names."""
    order = Order({"name": "p.name"}, default="name", tie="p.person_id")
    page = Statement("{list} LIMIT 1", list=Statement("SELECT 1 FROM people AS p ORDER BY {order}", order=order))
    assert page.__refuses__ == (SortUnknown,)


@pytest.mark.parametrize(
    ("sql", "fragments", "problem"),
    [
        ("SELECT {a}", {}, r"SELECT \{a\}: \{a\} is not given: add a="),
        ("SELECT 1", {"a": "b"}, "a is not used"),
        ("SELECT $1", {}, r"\$1 is no placeholder: write :name"),
        ("SELECT {", {}, r"\{ is no placeholder"),
        ("SELECT {p.a}", {"a": "b"}, "only columns take an alias"),
    ],
)
def test_a_wrong_statement_is_refused_with_its_text_and_what_to_do(sql: str, fragments: dict[str, str], problem: str):
    with pytest.raises(ValueError, match=problem):
        Statement(sql, **fragments)


def test_a_column_that_the_table_does_not_have_is_refused():
    with pytest.raises(ValueError, match="old: not among the columns of PersonRow: declare it there"):
        columns_of(PersonRow, Shown)
    with pytest.raises(ValueError, match="odl: not among the fields of Shown"):
        columns_of(PersonRow, Shown, odl="true")
    with pytest.raises(ValueError, match="nme: not among the columns of people"):
        columns_of(PersonRow, Person).without("nme")
    with pytest.raises(ValueError, match="Wanted is neither a dataclass nor a NamedTuple"):
        columns_of(PersonRow, type("Wanted", (), {}))


def test_columns_that_unnest_and_copy_cannot_send_are_refused():
    with pytest.raises(ValueError, match="years of people: unnest takes arrays of arrays apart; use Copy"):
        rows_of(columns_of(PersonRow))
    with pytest.raises(ValueError, match="old: not among the columns of people"):
        rows_of(columns_of(PersonRow, Shown, old="true"))
    with pytest.raises(ValueError, match="notes of people: COPY takes no JSON"):
        Copy(columns_of(PersonRow))
    with pytest.raises(ValueError, match="nme: no column of people"):
        Copy(columns_of(PersonRow, "name"), "nme")


async def test_copy_refuses_a_value_that_is_missing():
    with pytest.raises(TypeError, match="COPY people: give seen_at by name"):
        await Copy(columns_of(PersonRow, "name"), "seen_at").execute(None, [])  # type: ignore[arg-type]


def test_rows_have_a_record_only_where_one_was_declared():
    with pytest.raises(TypeError, match="these columns of people have no record"):
        columns_of(PersonRow, "name").records([])
