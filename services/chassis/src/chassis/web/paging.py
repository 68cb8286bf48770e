"""The query parameters of every list: filters, `sort`, and pages of 15 rows by default (F047)."""

from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from fastapi.dependencies.utils import get_flat_params
from pydantic import BaseModel, Field, PlainSerializer, WithJsonSchema

from chassis.domain import Refusal
from chassis.validation import Code, place_of
from contracts.words import Word

Item = TypeVar("Item")
W = TypeVar("W", bound=Word)

PAGE_SIZE = 15
MOST_PAGE_SIZE = 500
#: The highest page number. Its offset fits into 64 bits, the limit of PostgreSQL.
MOST_PAGES = 10**9
PageNumber = Annotated[int, Field(ge=1, le=MOST_PAGES)]


class Page(BaseModel, Generic[Item]):
    total: int
    page: int
    page_size: int
    items: list[Item]


class UnknownParameter(Refusal):
    """The route has no such query parameter. If a misspelled filter were ignored, the route would return all rows."""

    code = "UNKNOWN_PARAMETER"
    status = 422
    message = "查询条件的名称有误，请检查后重试"


class SortUnknown(Refusal):
    code = "SORT_UNKNOWN"
    status = 422
    message = "不能按所选的列排序，请改用可排序的列"


class PageRequest(BaseModel):
    """The requested page of a list, counted from 1, and its order. `sort`: names of columns, `-` = descending."""

    page: PageNumber = 1
    page_size: int = Field(default=PAGE_SIZE, ge=1, le=MOST_PAGE_SIZE)
    sort: Code | None = None

    @property
    def limit(self) -> int:
        return self.page_size

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.page_size

    def of(self, total: int, items: list[Item]) -> Page[Item]:
        return Page(total=total, page=self.page, page_size=self.page_size, items=items)


class Order:
    """The columns by which a list can be sorted: the names that callers use, and their SQL. No text of a caller reaches
    the SQL.

    `default` is used if the caller asks for no order. `tie` is added to every order, so that even rows with equal
    values have a fixed order. Without `tie`, the same row could be on two pages.
    """

    #: The refusals for the API documents (`chassis.web.reachable`). A statement of `chassis.sql` that takes this order
    #: has the same refusals.
    __refuses__ = (SortUnknown,)

    def __init__(self, columns: Mapping[str, str], *, default: str, tie: str) -> None:
        self._columns = columns
        self._default = default
        self._tie = tie
        self._terms(default)

    @property
    def names(self) -> list[str]:
        return sorted(self._columns)

    def by(self, page: PageRequest) -> str:
        """The terms of an ORDER BY. Raises SortUnknown, which names the allowed columns."""
        return ", ".join([*self._terms(page.sort or self._default), self._tie])

    def _terms(self, sort: str) -> list[str]:
        terms = []
        for name in filter(None, (part.strip() for part in sort.split(","))):
            column = name.removeprefix("-")
            if column not in self._columns:
                raise SortUnknown(allowed=self.names)
            terms.append(f"{self._columns[column]} {'DESC' if name != column else 'ASC'}")
        return terms


def only_known_parameters(request: Request) -> None:
    """Raises UnknownParameter if the request has a query parameter that the route does not declare."""
    declared = get_flat_params(request.scope["route"].dependant)
    known = {field.alias for field in declared if getattr(field.field_info, "in_", None) and _in_query(field)}
    unknown = sorted({place_of((name,)) for name in set(request.query_params) - known})
    if unknown:
        raise UnknownParameter(unknown=unknown, known=sorted(known))


def _in_query(field: Any) -> bool:
    return bool(field.field_info.in_.value == "query")


def _page_request(
    request: Request,
    page: Annotated[PageNumber, Query()] = 1,
    page_size: Annotated[int, Query(ge=1, le=MOST_PAGE_SIZE)] = PAGE_SIZE,
    sort: Annotated[Code | None, Query(description="comma-separated columns; `-` before a column = descending")] = None,
) -> PageRequest:
    only_known_parameters(request)
    return PageRequest(page=page, page_size=page_size, sort=sort)


Paging = Annotated[PageRequest, Depends(_page_request)]


def _with_label(word: Word) -> dict[str, Any]:
    return {"code": word.value, "label": word.label}


#: `Labelled[CardStatus]` in an answer: `{"code": "normal", "label": "正常"}`.
Labelled = Annotated[
    W,
    PlainSerializer(_with_label),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"code": {"type": "string"}, "label": {"type": "string"}},
            "required": ["code", "label"],
        },
        mode="serialization",
    ),
]
