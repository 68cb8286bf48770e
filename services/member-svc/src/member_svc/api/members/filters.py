"""The filters of the member lists: query parameters, or a request body for searches by name or number."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from chassis.normalization import bare_code_key, text_key
from chassis.privacy import BlindIndex
from chassis.validation import Body, Code, Number, example
from chassis.web import MOST_PAGE_SIZE, PAGE_SIZE, PageNumber, PageRequest, ReadContext, wide_reach
from contracts.words import DocumentType
from member_svc.store.member_lists import MemberFilter
from member_svc.usecases.reach import require_supported_caller


def _filter(
    union_id: Annotated[UUID | None, Query(description="the union and everything below it")] = None,
    unit_id: UUID | None = None,
    member_no: Number | None = None,
    document_type: DocumentType | None = None,
    tag: Code | None = None,
) -> MemberFilter:
    return MemberFilter(None, union_id, unit_id, member_no or None, document_type, text_key(tag or "") or None)


Filters = Annotated[MemberFilter, Depends(_filter)]


class SearchMembers(Body):
    """The filters of a search; a member must match all of them. Full names and numbers are sent in the body, because
    URLs are logged.
    """

    model_config = example({"name": "王小明", "page": 1, "page_size": 15})

    union_id: UUID | None = None
    unit_id: UUID | None = None
    member_no: Number | None = None
    document_type: DocumentType | None = None
    tag: Code | None = None
    name: str | None = Field(default=None, max_length=50)
    number: str | None = Field(default=None, max_length=30, description="document number in full")
    card_number: str | None = Field(default=None, max_length=40, description="service card number in full")
    sort: Code | None = None
    page: PageNumber = 1
    page_size: int = Field(default=PAGE_SIZE, ge=1, le=MOST_PAGE_SIZE)

    def filter(self, index: BlindIndex) -> MemberFilter:
        """The filter for the store. It has blind indexes in place of the name and the numbers, because the store has
        names and numbers only encrypted.
        """
        filters = _filter(self.union_id, self.unit_id, self.member_no, self.document_type, self.tag)
        if self.name:
            filters.name_keys = index.name_keys(self.name)
        if self.number:
            filters.person_keys = [index.person_key(kind.value, self.number) for kind in DocumentType]
        if self.card_number:
            filters.card_key = index.of("card", bare_code_key(self.card_number))
        return filters

    def paging(self) -> PageRequest:
        return PageRequest(page=self.page, page_size=self.page_size, sort=self.sort)


async def within_scope(read: ReadContext, filters: MemberFilter) -> MemberFilter:
    """The filter, limited to the unions that the caller may see (D02, A61)."""
    await require_supported_caller(read.connection, read.principal)
    filters.scope_id = await wide_reach(read.connection, read.principal)
    return filters
