"""A full document number. Each request is for one person and is written to the audit log (F126)."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis.domain import Forbidden
from chassis.validation import example
from chassis.web import InFull, Read, Scope, may
from contracts.words import Role
from enrollment_svc.api.access import may_read
from enrollment_svc.store.candidates import people

router = APIRouter(tags=["candidates"])


class Revealed(BaseModel):
    model_config = example({"member_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d01", "number": "310101199003071230"})

    member_id: UUID
    number: str


@router.get(
    "/candidates/{member_id}/number",
    dependencies=[may("查看完整证件号码", Role.HANDLER, scope=Scope.SUBTREE, shown=InFull(numbers=(Role.HANDLER,)))],
)
async def reveal_number(member_id: UUID, read: Read, response: Response) -> Revealed:
    """The full document number, for handlers of the member's union and of its superior unions.

    The entry in the audit log is committed before the response is sent.
    """
    row = await people.find(read.connection, member_id, read.now.year)
    if row is None or row["removed_at"] is not None:
        raise Forbidden
    await may_read(read, row["union_id"])
    await read.audit("number_revealed", subject=str(member_id))
    response.headers["Cache-Control"] = "no-store"
    return Revealed(member_id=member_id, number=read.row_cipher.unseal(row["sealed"], member_id).document_number)
