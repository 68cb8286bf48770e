"""The table `actors`: the name and the tree node of each account, as in the last token of the account.

A row is written when the account calls `GET /me`, or does something that the audit log records. The name of a staff
member is personal data, like that of a union member. So it is stored sealed and is never part of an event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel

from chassis.identity.principal import Principal
from chassis.privacy import BlindIndex, RowCipher
from chassis.sql import Connection
from contracts.topics import UNIONS as PLACES

if TYPE_CHECKING:
    import asyncpg

M = TypeVar("M", bound=BaseModel)
NAMESPACE = uuid5(NAMESPACE_URL, "urn:union-enrollment:actors")
#: The `purpose` argument of `BlindIndex.of` for names of accounts. To see whether a name has changed, the blind indexes
#: of both names are compared, so that no stored name is decrypted.
NAME = "actor"


@dataclass(frozen=True, slots=True)
class Actor:
    """`name`: from the last token of the account. `place`: the name of the account's union (node in the tree)."""

    name: str | None = None
    place: str | None = None


UNKNOWN = Actor()


def sealed_name(row_cipher: RowCipher, principal: Principal) -> bytes | None:
    return row_cipher.seal_bytes(principal.name.encode(), _owner(principal.account)) if principal.name else None


def unsealed_name(row_cipher: RowCipher, sealed: bytes, account: str) -> str:
    """The name that `sealed_name` encrypted for this account. Raises Unreadable."""
    return row_cipher.unseal_bytes(sealed, _owner(account)).decode()


async def remember(connection: Connection, row_cipher: RowCipher, index: BlindIndex, principal: Principal) -> None:
    """Store the account's name and node if they have changed. A token without a name does not delete the stored name.

    The row is read first and written only if it has changed. If every command wrote the row, two commands of one
    account would wait for each other.
    """
    known = await connection.fetchrow("SELECT name_key, scope_id FROM actors WHERE account = $1", principal.account)
    key = index.of(NAME, principal.name) if principal.name else None
    if known and known["scope_id"] == principal.scope_id and key in (None, known["name_key"]):
        return
    await connection.execute(
        """INSERT INTO actors AS a (account, sealed, name_key, scope_id) VALUES ($1, $2, $3, $4)
           ON CONFLICT (account) DO UPDATE SET
               sealed = coalesce(excluded.sealed, a.sealed), name_key = coalesce(excluded.name_key, a.name_key),
               scope_id = excluded.scope_id, seen_at = now()""",
        principal.account,
        sealed_name(row_cipher, principal),
        key,
        principal.scope_id,
    )


async def named(
    connection: Connection, row_cipher: RowCipher, accounts: Iterable[str | None]
) -> dict[str | None, Actor]:
    """The actors of those accounts that have a row in `actors`. A None in `accounts` is skipped."""
    rows = await connection.fetch(
        """SELECT a.account, a.sealed, e.body->>'name' AS place
           FROM actors a LEFT JOIN reference_entries e ON e.topic = $2 AND e.key = a.scope_id::text
           WHERE a.account = ANY($1)""",
        sorted({account for account in accounts if account}),
        PLACES.name,
    )
    return {row["account"]: Actor(_name(row_cipher, row), row["place"]) for row in rows}


async def with_names(
    shown: Sequence[M], connection: Connection, row_cipher: RowCipher, field: str, stem: str | None = None
) -> list[M]:
    """Return copies of `shown` that also name the account in `field`.

    If `field` is `created_by`, the copy's `created_by_name` is the account's name, and `created_by_union` is the name
    of the account's union. `stem` replaces `created_by` in these two field names.
    """
    stem = stem or field
    known = await named(connection, row_cipher, [getattr(model, field) for model in shown])
    actors = [known.get(getattr(model, field), UNKNOWN) for model in shown]
    return [
        model.model_copy(update={f"{stem}_name": actor.name, f"{stem}_union": actor.place})
        for model, actor in zip(shown, actors, strict=True)
    ]


def _name(row_cipher: RowCipher, row: "asyncpg.Record") -> str | None:
    return unsealed_name(row_cipher, row["sealed"], row["account"]) if row["sealed"] else None


def _owner(account: str) -> UUID:
    return uuid5(NAMESPACE, account)
