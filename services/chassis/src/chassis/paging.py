"""Pages of a list: 15 rows unless asked otherwise (F047)."""

from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, PlainSerializer

from contracts.words import Word

Item = TypeVar("Item")
W = TypeVar("W", bound=Word)

PAGE_SIZE = 15
MOST_PAGE_SIZE = 500


class Page(BaseModel, Generic[Item]):
    total: int
    page: int
    page_size: int
    items: list[Item]


class PageRequest(BaseModel):
    """Which rows of a list; pages count from 1."""

    page: int = 1
    page_size: int = PAGE_SIZE

    @property
    def limit(self) -> int:
        return self.page_size

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.page_size

    def of(self, total: int, items: list[Item]) -> Page[Item]:
        return Page(total=total, page=self.page, page_size=self.page_size, items=items)


def _page_request(
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=MOST_PAGE_SIZE)] = PAGE_SIZE,
) -> PageRequest:
    return PageRequest(page=page, page_size=page_size)


Paging = Annotated[PageRequest, Depends(_page_request)]


def _with_label(word: Word) -> dict[str, Any]:
    return {"code": word.value, "label": word.label}


#: `Labelled[CardStatus]` in an answer: `{"code": "normal", "label": "正常"}`.
Labelled = Annotated[W, PlainSerializer(_with_label)]
