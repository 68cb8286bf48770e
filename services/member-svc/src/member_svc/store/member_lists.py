"""Statements that list members: all, or only those with or without a service card (F030, F031, F071)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement, columns_of
from chassis.web import Order, PageRequest, within
from member_svc.domain.people import PLAIN, PlainValues
from member_svc.store.member_counts import MEMBER_COUNTS
from member_svc.store.protections import IS_UNDER_REVIEW
from member_svc.tables import MemberRow

ORDER = Order(
    {
        "member_no": "m.member_no",
        "unit_name": "u.name",
        "document_type": "m.document_type",
        **{name: f"m.{name}" for name in PLAIN.names},
    },
    default="member_no",
    tie="m.member_no",
)


@dataclass(slots=True)
class MemberFilter:
    """None = no filter. `scope_id` None = the whole city.

    A search by document number tries all document types, so `person_keys` has one key for each type.
    """

    scope_id: UUID | None = None
    union_id: UUID | None = None
    unit_id: UUID | None = None
    member_no: str | None = None
    document_type: str | None = None
    tag_key: str | None = None
    has_service_card: bool | None = None
    in_card_batch: bool | None = None
    name_keys: list[str] | None = None
    person_keys: list[str] | None = None
    card_key: str | None = None

    @property
    def is_counted(self) -> bool:
        """Whether `member_counts` has the number of these members."""
        others = (self.unit_id, self.member_no, self.tag_key, self.in_card_batch)
        keys = (self.name_keys, self.person_keys, self.card_key)
        return all(one is None for one in (*others, *keys))

    @property
    def is_of_city(self) -> bool:
        return self.scope_id is None and self.union_id is None

    @property
    def number_keys(self) -> list[str]:
        """The keys of the document number and the card number that the filter searches for."""
        return [*(self.person_keys or ()), *((self.card_key,) if self.card_key else ())]

    def number_alone(self) -> "MemberFilter":
        """A filter with only the `scope_id`, the document number and the card number of this filter."""
        return MemberFilter(self.scope_id, person_keys=self.person_keys, card_key=self.card_key)

    def name_alone(self) -> "MemberFilter":
        """A filter with only the `scope_id` and the name of this filter."""
        return MemberFilter(self.scope_id, name_keys=self.name_keys)


OPEN_BATCH = """
    SELECT b.batch_no FROM card_batch_members AS o JOIN card_batches AS b USING (batch_id)
    WHERE o.member_id = m.member_id AND o.open"""
#: The unions that the caller reaches, and the unions in the subtree of the filter.
SUBTREES = {"in_reach": within("m.union_id"), "in_union": within("m.union_id", "union_id")}
FILTER = Statement(
    """m.removed_at IS NULL
      AND {in_reach} AND {in_union}
      AND (:unit_id::uuid IS NULL OR m.unit_id = :unit_id) AND (:member_no::text IS NULL OR m.member_no = :member_no)
      AND (:document_type::text IS NULL OR m.document_type = :document_type)
      AND (:tag_key::text IS NULL OR m.tag_key = :tag_key)
      AND (:has_service_card::bool IS NULL OR (m.card_key IS NOT NULL) = :has_service_card)
      AND (:in_card_batch::bool IS NULL OR EXISTS ({open_batch}) = :in_card_batch)
      AND (:name_keys::text[] IS NULL OR m.name_key = ANY(:name_keys))
      AND (:person_keys::text[] IS NULL OR m.person_key = ANY(:person_keys))
      AND (:card_key::text IS NULL OR m.card_key = :card_key)""",
    open_batch=OPEN_BATCH,
    **SUBTREES,
)
SHOWN = Statement(
    """m.member_id, m.member_no, m.union_id, m.unit_id, u.name AS unit_name, m.document_type,
       m.masked_name, m.masked_number, m.card_key IS NOT NULL AS has_service_card, {m.plain}, m.sealed,
       m.card_sealed, ({open_batch}) AS card_batch_no,
       CASE WHEN m.removal_id IS NULL THEN 'listed' ELSE 'removal_pending' END AS state,
       {is_under_review} AS under_review""",
    plain=columns_of(MemberRow, PlainValues),
    open_batch=OPEN_BATCH,
    is_under_review=IS_UNDER_REVIEW,
)
COUNT = Statement("SELECT count(*) FROM members AS m WHERE {filter}", filter=FILTER)
SUM = Statement(
    """SELECT coalesce(sum(CASE :has_service_card::bool WHEN true THEN m.with_card
                            WHEN false THEN m.people - m.with_card ELSE m.people END), 0)::bigint
       FROM {counts} AS m
       WHERE {in_reach} AND {in_union} AND (:document_type::text IS NULL OR m.document_type = :document_type)""",
    counts=MEMBER_COUNTS.table,
    **SUBTREES,
)
LIST = Statement(
    "SELECT {shown} FROM members AS m LEFT JOIN units AS u ON u.unit_id = m.unit_id WHERE {filter} ORDER BY {order}",
    shown=SHOWN,
    filter=FILTER,
    order=ORDER,
)
#: The inner query sorts rows of a few columns, which are read from an index and not from the table. Then all columns
#: are read for the rows of one page. OFFSET 0 after the two LATERAL subqueries keeps PostgreSQL from planning joins.
PAGE = """
    SELECT {shown}
    FROM (SELECT m.member_no FROM {members} LEFT JOIN units AS u ON u.unit_id = m.unit_id {where}
          ORDER BY {order} LIMIT :limit OFFSET :offset) AS page
    CROSS JOIN LATERAL (SELECT * FROM members WHERE member_no = page.member_no OFFSET 0) AS m
    LEFT JOIN LATERAL (SELECT name FROM units WHERE unit_id = m.unit_id OFFSET 0) AS u ON true
    ORDER BY {order}"""
#: Reads the members of the whole city in the order of an index, until the page is full.
PAGE_OF_CITY = Statement(
    PAGE, shown=SHOWN, members="members AS m", where=Statement("WHERE {filter}", filter=FILTER), order=ORDER
)
#: Finds all members of the unions before it sorts them. Without this, PostgreSQL could read the members of the whole
#: city in the order of an index, because it expects to find enough members of these unions soon.
PAGE_OF_UNIONS = Statement(
    PAGE,
    shown=SHOWN,
    members=Statement("(SELECT * FROM members AS m WHERE {filter} OFFSET 0) AS m", filter=FILTER),
    where="",
    order=ORDER,
)


async def count(connection: Connection, filters: MemberFilter) -> int:
    """The number of members that the filter matches."""
    return int(await (SUM if filters.is_counted else COUNT).fetchval(connection, filters))


async def page(connection: Connection, filters: MemberFilter, page: PageRequest, total: int) -> list[Record]:
    """A page of the `total` matching members in the requested order, with their unit's name and whether they are under
    review.

    A page after the last one is not searched for, because the search would read all members of the city. An unknown
    column to sort by is refused on every page, even on a page after the last one.
    """
    ORDER.by(page)
    if total <= page.offset:
        return []
    return await (PAGE_OF_CITY if filters.is_of_city else PAGE_OF_UNIONS).fetch(connection, filters, page, order=page)


def batches(connection: Connection, filters: MemberFilter, page: PageRequest) -> AsyncIterator[list[Record]]:
    """All matching members, some rows at a time. The caller writes them to a file."""
    return LIST.batches(connection, filters, order=page)
