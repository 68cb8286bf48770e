"""HTTP routes of the center's bank account (职保会收款账户), to which districts pay (F249).

The center or the municipal federation (市总) enters the account.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, StringConstraints

from chassis.database import UnitOfWork
from chassis.identity import with_names
from chassis.validation import SHOWN, Body, Instant, Version, example
from chassis.web import Command, CommandResult, Read, ReadContext, Scope, may, reach
from contracts.words import Role
from payment_svc.api.reach import READERS
from payment_svc.domain.payees import Payee, PayeeNotSet
from payment_svc.store.payees import add_payee, current_payee

router = APIRouter(prefix="/payee", tags=["payee"])

Line = StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
AccountNumber = StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[0-9][0-9 -]{6,38}[0-9]$")
PAYEE: dict[str, Any] = {
    "version": 1,
    "name": "示例职工保障互助会",
    "bank": "示例银行上海分行",
    "account_no": "1001 2345 6789 0123",
    "set_by": "city-1",
    "set_by_name": "王管理",
    "set_by_union": "示例市总工会",
    "set_at": "2024-01-02T09:00:00+08:00",
}


class PayeeView(BaseModel):
    """`version` counts the changes of the account. The response to a change has no `set_by_name` or `set_by_union`."""

    model_config = example(PAYEE)

    version: int
    name: str
    bank: str
    account_no: str
    set_by: str
    set_by_name: str | None = None
    set_by_union: str | None = None
    set_at: Instant


class PayeeForm(Body):
    """`version`: the version of the account that is replaced. It is 0 if no account was entered before."""

    model_config = example({name: PAYEE[name] for name in ("name", "bank", "account_no")} | {"version": 0})

    version: Version
    name: Annotated[str, Line, SHOWN]
    bank: Annotated[str, Line, SHOWN]
    account_no: Annotated[str, AccountNumber]


@router.get("", dependencies=[may("查看收款账户", *READERS, scope=Scope.NONE)])
async def show_payee(read: Read) -> PayeeView:
    """The bank account. The answer is 409 PAYEE_NOT_SET if nobody has entered an account yet."""
    reach(read.principal)
    payee = await payee_shown(read)
    if payee is None:
        raise PayeeNotSet
    return payee


async def payee_shown(read: ReadContext) -> PayeeView | None:
    """The bank account, with the name of the user who entered it. None if nobody has entered an account yet."""
    payee = await current_payee(read.connection)
    if payee is None:
        return None
    shown = PayeeView.model_validate(payee, from_attributes=True)
    [named] = await with_names([shown], read.connection, read.row_cipher, "set_by")
    return named


@router.put(
    "", response_model=PayeeView, dependencies=[may("设置收款账户", Role.CENTER, Role.MUNICIPAL, scope=Scope.CITY)]
)
async def put_payee(form: PayeeForm, command: Command) -> Response:
    """Enter or change the bank account. The answer is 409 STALE_VERSION if `version` is not the stored version."""
    account = command.principal.account
    payee = Payee(form.version + 1, form.name, form.bank, form.account_no, set_by=account, set_at=command.now)

    async def use_case(work: UnitOfWork) -> CommandResult:
        await add_payee(work.connection, payee)
        answer = PayeeView.model_validate(payee, from_attributes=True)
        return CommandResult(
            answer.model_dump(mode="json", exclude_none=True), subject="payee", detail={"version": payee.version}
        )

    return await command.once("payee_set", use_case)
