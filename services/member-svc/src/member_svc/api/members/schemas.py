"""HTTP schemas of members: in the member list, with a service card, and without a card."""

from datetime import date
from typing import Any, Self
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel

from chassis.privacy import mask_number
from chassis.validation import example
from chassis.web import InFull, Labelled, ReadContext
from contracts.words import DocumentType, Role
from member_svc.api.examples import MEMBER
from member_svc.domain.states import MemberState

#: Only a handler reads unmasked names (A29).
NAMES = InFull(names=(Role.HANDLER,))


class PersonView(BaseModel):
    """`name` is in full for the roles of the route's declaration and masked for all others (A29)."""

    member_id: UUID
    member_no: str
    name: str
    masked_number: str
    document_type: Labelled[DocumentType]
    union_id: UUID
    unit_id: UUID
    unit_name: str | None
    tag: str | None

    @classmethod
    def of(cls, row: Record, read: ReadContext, **more: Any) -> Self:
        known: dict[str, Any] = {field: row[field] for field in cls.model_fields if field in row}
        return cls(**known | {"name": read.name_of(row)} | more)


class MemberView(PersonView):
    """`state` is removal_pending if a removal is requested and enrollment-svc has not decided yet (A57)."""

    model_config = example(
        MEMBER
        | {
            "has_service_card": False,
            "joined_on": "2020-01-31",
            "under_review": False,
            "state": {"code": "listed", "label": "在册"},
        }
    )

    has_service_card: bool
    joined_on: date | None
    under_review: bool
    state: Labelled[MemberState]


class ServiceCardView(PersonView):
    """A member's service card (F030)."""

    model_config = example(MEMBER | {"masked_card_number": "6223********2222"})

    masked_card_number: str

    @classmethod
    def of(cls, row: Record, read: ReadContext, **more: Any) -> Self:
        number = read.row_cipher.unseal_bytes(row["card_sealed"], row["member_id"]).decode()
        return super().of(row, read, masked_card_number=mask_number(number), **more)


class WithoutCardView(PersonView):
    """A member without a card. `card_batch_no` is the number of the batch that makes the card, or null (F031)."""

    model_config = example(MEMBER | {"card_batch_no": "BK20240510000001"})

    card_batch_no: str | None


def exported(view: BaseModel) -> dict[str, Any]:
    """The fields of the view as the exported file shows them."""
    yes_no = {True: "是", False: "否"}
    return {name: yes_no[value] if isinstance(value, bool) else value for name, value in view}
