"""Accounts by name: whoever acts, or asks who he is, is remembered as his token names him.

A name of staff is personal data all the same: it is sealed at rest, and never travels in an event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel

from chassis.identity.principal import Principal
from chassis.privacy import BlindIndex, Vault
from chassis.sql import Connection
from contracts.topics import UNIONS as PLACES

if TYPE_CHECKING:
    import asyncpg

M = TypeVar("M", bound=BaseModel)
NAMESPACE = uuid5(NAMESPACE_URL, "urn:union-enrollment:actors")
#: Purpose of the blind index that tells a changed name from the one that is stored.
NAME = "actor"


@dataclass(frozen=True, slots=True)
class Actor:
    """`name`: as the account's last token said it. `place`: name of where it stands in the tree."""

    name: str | None = None
    place: str | None = None


UNKNOWN = Actor()


def sealed_name(vault: Vault, principal: Principal) -> bytes | None:
    return vault.seal_bytes(principal.name.encode(), _owner(principal.account)) if principal.name else None


async def remember(connection: Connection, vault: Vault, index: BlindIndex, principal: Principal) -> None:
    """Store the account's name and place where they are new. A token without a name forgets none.

    Looked at first: an account that acts often would else lock its row at each act.
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
        sealed_name(vault, principal),
        key,
        principal.scope_id,
    )


async def named(connection: Connection, vault: Vault, accounts: Iterable[str | None]) -> dict[str | None, Actor]:
    """Those of these accounts that this service has met. Anything else that did something is no account."""
    rows = await connection.fetch(
        """SELECT a.account, a.sealed, e.body->>'name' AS place
           FROM actors a LEFT JOIN reference_entries e ON e.topic = $2 AND e.key = a.scope_id::text
           WHERE a.account = ANY($1)""",
        sorted({account for account in accounts if account}),
        PLACES.name,
    )
    return {row["account"]: Actor(_name(vault, row), row["place"]) for row in rows}


async def with_names(
    shown: Sequence[M], connection: Connection, vault: Vault, field: str, stem: str | None = None
) -> list[M]:
    """Answers whose `field` is an account, with its name and union as `<stem>_name` and `<stem>_union`."""
    stem = stem or field
    known = await named(connection, vault, [getattr(one, field) for one in shown])
    who = [known.get(getattr(one, field), UNKNOWN) for one in shown]
    return [
        one.model_copy(update={f"{stem}_name": actor.name, f"{stem}_union": actor.place})
        for one, actor in zip(shown, who, strict=True)
    ]


def _name(vault: Vault, row: "asyncpg.Record") -> str | None:
    return vault.unseal_bytes(row["sealed"], _owner(row["account"])).decode() if row["sealed"] else None


def _owner(account: str) -> UUID:
    return uuid5(NAMESPACE, account)
