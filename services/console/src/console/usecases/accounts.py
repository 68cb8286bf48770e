"""Administers accounts: create, change, reset the password, lock, unlock, close (F012, F013)."""

from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from chassis.database import UnitOfWork
from chassis.domain import StaleVersion
from chassis.messaging import references, tree_units
from chassis.sql import Connection
from console.domain.accounts import (
    ACCOUNT,
    UNLOCK,
    Account,
    AccountClosed,
    AccountState,
    Administrator,
    NotSuperior,
    UnitNotOfUnion,
    require_place,
)
from console.domain.sessions import Ended
from console.store import accounts as store
from console.store import attempts, sessions
from console.usecases.sign_in import account_key
from contracts.unions import UnionChanged


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """What an administrator decides about an account: some fields of `Account`."""

    role: str
    union_id: UUID | None
    unit_id: UUID | None
    name: str


def new_account(
    account_name: str, draft: AccountDraft, password_hash: str, *, must_change_password: bool = True
) -> Account:
    """An account that is not stored yet."""
    return Account(
        account_id=uuid4(),
        account_name=account_name,
        **asdict(draft),
        password_hash=password_hash,
        must_change_password=must_change_password,
        state=AccountState.ACTIVE,
        version=1,
    )


async def create_account(
    work: UnitOfWork, admin: Administrator, account_name: str, draft: AccountDraft, password_hash: str
) -> Account:
    """Add an account with a one-time password. Raises AccountNameTaken, or a refusal of `_place`."""
    await _place(work.connection, admin, account_name, draft)
    account = new_account(account_name, draft, password_hash)
    await store.add_account(work.connection, work.row_cipher, account, admin.account_name)
    return account


async def change_account(
    work: UnitOfWork, admin: Administrator, account_name: str, draft: AccountDraft, version: int
) -> tuple[Account, Account]:
    """Change the role, union, unit or name of an account. Returns the account before and after the change.

    All sessions of the account end, so that nobody goes on with the former rights. Raises NotSuperior unless the
    administrator is allowed to administer accounts of both the old and the new union.
    """
    before = await _administered(work, admin, account_name)
    if before.state is AccountState.CLOSED:
        raise AccountClosed
    if before.version != version:
        raise StaleVersion
    await _place(work.connection, admin, account_name, draft)
    after = replace(before, **asdict(draft), version=before.version + 1)
    await _save(work, admin, after)
    return before, after


async def reset_password(work: UnitOfWork, admin: Administrator, account_name: str, password_hash: str) -> Account:
    """Set a one-time password, which must be changed at the next sign-in (F013).

    All sessions of the account end. A lock-out after wrong passwords ends, too.
    """
    before = await _administered(work, admin, account_name)
    if before.state is AccountState.CLOSED:
        raise AccountClosed
    after = replace(before, password_hash=password_hash, must_change_password=True, version=before.version + 1)
    await _save(work, admin, after)
    await attempts.forget_all_failures(work.connection, account_key(work.index, account_name))
    return after


async def move_account(work: UnitOfWork, admin: Administrator, account_name: str, action: str) -> Account:
    """Lock, unlock or close an account. All sessions of the account end."""
    before = await _administered(work, admin, account_name)
    after = replace(before, state=ACCOUNT.after(before.state, action), version=before.version + 1)
    await _save(work, admin, after)
    if action == UNLOCK:
        await attempts.forget_all_failures(work.connection, account_key(work.index, account_name))
    return after


async def find_administered(
    connection: Connection, admin: Administrator, union_id: UUID | None, unit_id: UUID | None
) -> UUID | None:
    """The union whose accounts the administrator asks for: the given union, or the union of the given unit.

    Raises NotSuperior unless the administrator is allowed to administer the accounts of this union (F012).
    """
    if union_id is None and unit_id is not None:
        union_id = await store.union_of_unit(connection, unit_id)
        if union_id is None:
            raise NotSuperior
    admin.require_superior("", union_id, await path_of(connection, union_id))
    return union_id


async def path_of(connection: Connection, union_id: UUID | None) -> list[UUID]:
    """The union and all unions above it, the root first. Empty if the union is not known."""
    union = await _union(connection, union_id)
    return union.path if union else []


async def _union(connection: Connection, union_id: UUID | None) -> UnionChanged | None:
    return None if union_id is None else await references.entry(connection, UnionChanged, str(union_id))


async def _place(connection: Connection, admin: Administrator, account_name: str, draft: AccountDraft) -> None:
    """Check the union and the unit of the draft.

    Raises NotSuperior, AccountUnionRequired, RoleOfTheCity or UnitNotOfUnion.
    """
    path = await path_of(connection, draft.union_id)
    require_place(draft.role, draft.union_id, path)
    admin.require_superior(account_name, draft.union_id, path)
    if draft.unit_id is None:
        return
    if draft.union_id is None or draft.unit_id not in await tree_units.named(
        connection, draft.union_id, [draft.unit_id]
    ):
        raise UnitNotOfUnion


async def _administered(work: UnitOfWork, admin: Administrator, account_name: str) -> Account:
    """The account, with its row locked.

    Raises NotSuperior if the account does not exist, or if the administrator is not allowed to administer it.
    """
    found = await store.find_account(work.connection, work.row_cipher, account_name)
    if found is None:
        raise NotSuperior
    account = await store.lock_account(work.connection, work.row_cipher, found.account_id)
    path = await path_of(work.connection, account.union_id)
    admin.require_superior(account_name, account.union_id, path)
    return account


async def _save(work: UnitOfWork, admin: Administrator, account: Account) -> None:
    await store.save_account(work.connection, work.row_cipher, account, admin.account_name)
    await sessions.end_sessions(work.connection, account.account_id, Ended.ADMINISTERED)


def difference(before: Account, after: Account) -> dict[str, Any]:
    """The changed fields with their values before and after, for the audit log.

    If the name changed, the result says only this, and does not contain the names.
    """
    fields = ("role", "union_id", "unit_id")
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in fields}
    changed: dict[str, Any] = {name: [_text(old), _text(new)] for name, (old, new) in pairs.items() if old != new}
    return changed | ({"name": "changed"} if before.name != after.name else {})


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
