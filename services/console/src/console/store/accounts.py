"""Reads and writes accounts. The holder's name and the hash of the password are encrypted."""

from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from chassis.privacy import RowCipher
from chassis.sql import Connection, Statement
from chassis.web import Order, PageRequest
from console.domain.accounts import Account, AccountNameTaken, AccountState

if TYPE_CHECKING:
    from asyncpg import Record

ORDER = Order({"account_name": "account_name", "updated_at": "updated_at"}, default="account_name", tie="account_id")
FIND = Statement("SELECT * FROM accounts WHERE account_name = :account_name")
SERIALIZE = Statement("SELECT pg_advisory_xact_lock(hashtextextended('console.provisioning', 0))")
LOCK = Statement("SELECT * FROM accounts WHERE account_id = :account_id FOR UPDATE")
ADD = Statement(
    """INSERT INTO accounts (account_id, account_name, role, union_id, unit_id, sealed, password_sealed,
                             must_change_password, state, version, created_by, changed_by)
       VALUES (:account_id, :account_name, :role, :union_id, :unit_id, :sealed, :password_sealed,
               :must_change_password, :state, :version, :changed_by, :changed_by)"""
)
SAVE = Statement(
    """UPDATE accounts SET role = :role, union_id = :union_id, unit_id = :unit_id, sealed = :sealed,
              password_sealed = :password_sealed, must_change_password = :must_change_password, state = :state,
              version = :version, changed_by = :changed_by, updated_at = now()
       WHERE account_id = :account_id"""
)
SAVE_HASH = Statement("UPDATE accounts SET password_sealed = :password_sealed WHERE account_id = :account_id")
#: An account that names no unit is for all units of its union.
OF_UNION = "union_id = :union_id AND (:unit_id::uuid IS NULL OR unit_id IS NULL OR unit_id = :unit_id)"
COUNT = Statement("SELECT count(*) FROM accounts WHERE {of_union}", of_union=OF_UNION)
PAGE = Statement(
    "SELECT * FROM accounts WHERE {of_union} ORDER BY {order} LIMIT :limit OFFSET :offset",
    of_union=OF_UNION,
    order=ORDER,
)
OF_THE_CITY = Statement(
    "SELECT * FROM accounts WHERE union_id IS NULL ORDER BY {order} LIMIT :limit OFFSET :offset", order=ORDER
)
UNION_OF_UNIT = Statement("SELECT node_id FROM tree_units WHERE unit_id = :unit_id LIMIT 1")
COUNT_OF_THE_CITY = Statement("SELECT count(*) FROM accounts WHERE union_id IS NULL")


async def find_account(connection: Connection, row_cipher: RowCipher, account_name: str) -> Account | None:
    row = await FIND.fetchrow(connection, account_name=account_name)
    return _account_of(row, row_cipher) if row else None


async def union_of_unit(connection: Connection, unit_id: UUID) -> UUID | None:
    """The union to which the unit belongs."""
    found: UUID | None = await UNION_OF_UNIT.fetchval(connection, unit_id=unit_id)
    return found


async def lock_account(connection: Connection, row_cipher: RowCipher, account_id: UUID) -> Account:
    """The account, locked. An account is never deleted, so its row exists."""
    row = await LOCK.fetchrow(connection, account_id=account_id)
    assert row is not None
    return _account_of(row, row_cipher)


async def serialize_provisioning(connection: Connection) -> None:
    """Make other runs of `provision` wait until this transaction ends."""
    await SERIALIZE.execute(connection)


async def add_account(connection: Connection, row_cipher: RowCipher, account: Account, changed_by: str) -> None:
    """Add an account. Raises AccountNameTaken."""
    try:
        await ADD.execute(connection, account, changed_by=changed_by, **_sealed(account, row_cipher))
    except asyncpg.UniqueViolationError:
        raise AccountNameTaken from None


async def save_account(connection: Connection, row_cipher: RowCipher, account: Account, changed_by: str) -> None:
    """Write a changed account to its locked row."""
    await SAVE.execute(connection, account, changed_by=changed_by, **_sealed(account, row_cipher))


async def save_hash(connection: Connection, row_cipher: RowCipher, account_id: UUID, password_hash: str) -> None:
    """Replace the hash of the password by a hash of the same password that was made with the present settings."""
    sealed = row_cipher.seal_bytes(password_hash.encode(), account_id)
    await SAVE_HASH.execute(connection, account_id=account_id, password_sealed=sealed)


async def count_accounts(connection: Connection, union_id: UUID | None, unit_id: UUID | None) -> int:
    """How many accounts a union or one of its units has. If `union_id` is None: how many accounts have no union."""
    if union_id is None:
        return int(await COUNT_OF_THE_CITY.fetchval(connection))
    return int(await COUNT.fetchval(connection, union_id=union_id, unit_id=unit_id))


async def list_accounts(
    connection: Connection, union_id: UUID | None, unit_id: UUID | None, page: PageRequest
) -> "list[Record]":
    """One page of the accounts that `count_accounts` counts."""
    if union_id is None:
        return await OF_THE_CITY.fetch(connection, page, order=page)
    return await PAGE.fetch(connection, page, union_id=union_id, unit_id=unit_id, order=page)


def name_of(row: "Record", row_cipher: RowCipher) -> str:
    """The name of the holder. The row must have `sealed` and `account_id`."""
    return row_cipher.unseal_bytes(row["sealed"], row["account_id"]).decode()


def _account_of(row: "Record", row_cipher: RowCipher) -> Account:
    account_id = row["account_id"]
    return Account(
        account_id=account_id,
        account_name=row["account_name"],
        role=row["role"],
        union_id=row["union_id"],
        unit_id=row["unit_id"],
        name=name_of(row, row_cipher),
        password_hash=row_cipher.unseal_bytes(row["password_sealed"], account_id).decode(),
        must_change_password=row["must_change_password"],
        state=AccountState(row["state"]),
        version=row["version"],
    )


def _sealed(account: Account, row_cipher: RowCipher) -> dict[str, bytes]:
    owner = account.account_id
    return {
        "sealed": row_cipher.seal_bytes(account.name.encode(), owner),
        "password_sealed": row_cipher.seal_bytes(account.password_hash.encode(), owner),
    }
