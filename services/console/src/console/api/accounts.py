"""The routes with which a superior union administers accounts (F012, F013)."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.identity import Principal
from chassis.privacy import RowCipher
from chassis.validation import SHOWN, Body, Instant, ShortText, Version, example
from chassis.web import Command, CommandContext, CommandResult, Labelled, Page, Paging, Read, Scope, may
from console.api.callers import by_session_or_token
from console.api.desk import desk_of
from console.api.fields import AccountName, NewAccountName
from console.credentials.secret_words import new_one_time_password
from console.domain.accounts import CLOSE, LOCK, UNLOCK, Account, AccountState, Administrator, Why
from console.store import accounts as store
from console.usecases import accounts as usecases
from console.usecases.accounts import AccountDraft
from contracts.words import Role

if TYPE_CHECKING:
    from asyncpg import Record

router = APIRouter(prefix="/accounts", tags=["accounts"], dependencies=[Depends(by_session_or_token)])

ADMINISTRATORS = (Role.ACCOUNT_ADMIN, Role.OPERATOR)
SUPERIOR = "上级工会；全市账号由平台运维办理"
UNION = "6f1c2a34-0000-4000-8000-000000000001"
ACCOUNT: dict[str, Any] = {
    "account_name": "handler-3101",
    "role": {"code": "handler", "label": "经办人"},
    "union_id": UNION,
    "unit_id": None,
    "state": {"code": "active", "label": "启用"},
    "must_change_password": True,
    "version": 1,
}
Name = Annotated[ShortText, SHOWN]


class AccountShown(BaseModel):
    """The answer to a command. It does not name the holder, because answers are stored for repeated requests."""

    model_config = example(ACCOUNT)

    account_name: str
    role: Labelled[Role]
    union_id: UUID | None = None
    unit_id: UUID | None = None
    state: Labelled[AccountState]
    must_change_password: bool
    version: int


class AccountListed(AccountShown):
    model_config = example(
        ACCOUNT
        | {
            "name": "王经办",
            "created_by": "admin-31",
            "created_at": "2024-05-10T09:00:00+08:00",
            "changed_by": "admin-31",
            "updated_at": "2024-05-10T09:00:00+08:00",
        }
    )

    name: str
    created_by: str
    created_at: Instant
    changed_by: str
    updated_at: Instant


class AccountWithPassword(AccountShown):
    """`one_time_password` is shown only once.

    If the request is repeated with the same Idempotency-Key, `one_time_password` is null. Then an administrator must
    reset the password again.
    """

    model_config = example(ACCOUNT | {"one_time_password": "k7qm-x2fn-9dwr-3tbh"})

    one_time_password: str | None = None


class AccountForm(Body):
    role: Role
    union_id: UUID | None = None
    unit_id: UUID | None = None
    name: Name

    @property
    def draft(self) -> AccountDraft:
        return AccountDraft(self.role.value, self.union_id, self.unit_id, self.name)


class NewAccount(AccountForm):
    """`unit_id`: an enterprise of a joint union, if the account is only for this enterprise."""

    model_config = example({"account_name": "handler-3101", "name": "王经办", "role": "handler", "union_id": UNION})

    account_name: NewAccountName


class AccountChange(AccountForm):
    model_config = example({"name": "李经办", "role": "handler", "union_id": UNION, "version": 1})

    version: Version


class Reasoned(Body):
    model_config = example({"why": "forgotten"})

    why: Why


@router.get("", dependencies=[may("查询账号", *ADMINISTRATORS, scope=Scope.ACCOUNTS, only=SUPERIOR)])
async def list_accounts(
    read: Read,
    page: Paging,
    union_id: Annotated[UUID | None, Query(description="the union")] = None,
    unit_id: Annotated[UUID | None, Query(description="one of its units")] = None,
) -> Page[AccountListed]:
    """The accounts of a union or of a unit, to find a forgotten account (F012).

    The answer is 403 NOT_SUPERIOR_UNION if the union is not below the caller's union. If the request names no union and
    no unit, the list has the accounts that belong to no union. Only operators can ask for these accounts.
    """
    admin = _administrator(read.principal)
    union_id = await usecases.find_administered(read.connection, admin, union_id, unit_id)
    total = await store.count_accounts(read.connection, union_id, unit_id)
    rows = await store.list_accounts(read.connection, union_id, unit_id, page)
    return page.of(total, [_listed(row, read.row_cipher) for row in rows])


@router.post(
    "",
    response_model=AccountWithPassword,
    dependencies=[may("开通账号", *ADMINISTRATORS, scope=Scope.ACCOUNTS, only=SUPERIOR)],
)
async def add_account(body: NewAccount, command: Command) -> Response:
    """Create an account. The answer shows the account's one-time password, only once."""
    password, password_hash = await _one_time(command)
    admin = _administrator(command.principal)

    async def use_case(work: UnitOfWork) -> CommandResult:
        account = await usecases.create_account(work, admin, body.account_name, body.draft, password_hash)
        detail = {"role": account.role, "union_id": _text(account.union_id), "unit_id": _text(account.unit_id)}
        answer = AccountWithPassword.model_validate(account, from_attributes=True)
        return CommandResult(answer, subject=account.account_name, detail=detail)

    return _with_password(await command.once("account_created", use_case), password)


@router.put(
    "/{account_name}",
    response_model=AccountShown,
    dependencies=[may("修改账号", *ADMINISTRATORS, scope=Scope.ACCOUNTS, only=SUPERIOR)],
)
async def put_account(account_name: AccountName, body: AccountChange, command: Command) -> Response:
    """Change the role, union, unit or name of an account. All sessions of the account end."""
    admin = _administrator(command.principal)

    async def use_case(work: UnitOfWork) -> CommandResult:
        before, after = await usecases.change_account(work, admin, account_name, body.draft, body.version)
        return CommandResult(_shown(after), subject=account_name, detail=usecases.difference(before, after))

    return await command.once("account_changed", use_case)


@router.post(
    "/{account_name}/password-resets",
    response_model=AccountWithPassword,
    dependencies=[may("重置密码", *ADMINISTRATORS, scope=Scope.ACCOUNTS, only=SUPERIOR)],
)
async def reset_password(account_name: AccountName, body: Reasoned, command: Command) -> Response:
    """Set a one-time password. The answer shows it only once. The holder must change it at the next sign-in (F013)."""
    password, password_hash = await _one_time(command)
    admin = _administrator(command.principal)

    async def use_case(work: UnitOfWork) -> CommandResult:
        account = await usecases.reset_password(work, admin, account_name, password_hash)
        answer = AccountWithPassword.model_validate(account, from_attributes=True)
        return CommandResult(answer, subject=account_name, detail={"why": body.why})

    return _with_password(await command.once("password_reset", use_case), password)


@router.post(
    "/{account_name}/lock",
    response_model=AccountShown,
    dependencies=[may("锁定账号", *ADMINISTRATORS, scope=Scope.ACCOUNTS, only=SUPERIOR)],
)
async def lock_account(account_name: AccountName, body: Reasoned, command: Command) -> Response:
    """Lock an account until an administrator unlocks it. All sessions of the account end."""
    return await _move(command, account_name, LOCK, body.why, "account_locked")


@router.post(
    "/{account_name}/unlock",
    response_model=AccountShown,
    dependencies=[may("解锁账号", *ADMINISTRATORS, scope=Scope.ACCOUNTS, only=SUPERIOR)],
)
async def unlock_account(account_name: AccountName, body: Reasoned, command: Command) -> Response:
    """Unlock an account that is locked because an administrator locked it, or because of wrong passwords."""
    return await _move(command, account_name, UNLOCK, body.why, "account_unlocked")


@router.post(
    "/{account_name}/close",
    response_model=AccountShown,
    dependencies=[may("注销账号", *ADMINISTRATORS, scope=Scope.ACCOUNTS, only=SUPERIOR)],
)
async def close_account(account_name: AccountName, body: Reasoned, command: Command) -> Response:
    """Close an account forever. No other account ever gets its name, because the audit log contains this name."""
    return await _move(command, account_name, CLOSE, body.why, "account_closed")


async def _move(command: CommandContext, account_name: str, action: str, why: Why, name: str) -> Response:
    admin = _administrator(command.principal)

    async def use_case(work: UnitOfWork) -> CommandResult:
        account = await usecases.move_account(work, admin, account_name, action)
        return CommandResult(_shown(account), subject=account_name, detail={"why": why})

    return await command.once(name, use_case)


async def _one_time(command: CommandContext) -> tuple[str, str]:
    """A one-time password and its hash. The hash is computed before the transaction begins, because this takes long."""
    password = new_one_time_password()
    return password, await desk_of(command.request).hashing.hash(password)


def _with_password(answer: Response, password: str) -> Response:
    """Add the password to the answer, but not to the stored answer of a repeated request.

    Stored answers must not contain a password.
    """
    if "idempotency-replayed" in answer.headers:
        return answer
    body = orjson.loads(bytes(answer.body)) | {"one_time_password": password}
    return Response(orjson.dumps(body), answer.status_code, {"Cache-Control": "no-store"}, "application/json")


def _administrator(principal: Principal) -> Administrator:
    return Administrator(principal.account, principal.role, principal.scope_id)


def _shown(account: Account) -> AccountShown:
    return AccountShown.model_validate(account, from_attributes=True)


def _listed(row: "Record", row_cipher: RowCipher) -> AccountListed:
    return AccountListed.model_validate({**row, "name": store.name_of(row, row_cipher)})


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
