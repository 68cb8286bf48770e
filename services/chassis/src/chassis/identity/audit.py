"""The append-only record of who did what (D04), of acts and of reads that must leave a trace."""

from typing import Any
from uuid import UUID

from chassis.identity import actors
from chassis.identity.principal import Principal
from chassis.privacy import BlindIndex, Vault
from chassis.sql import Connection


async def record(
    connection: Connection,
    principal: Principal,
    *,
    act_id: UUID,
    name: str,
    subject: str,
    detail: dict[str, Any],
    address: str | None,
    vault: Vault,
    index: BlindIndex,
) -> None:
    """Who, with what role, from where, did what. No personal data in `subject` and `detail`; a name is sealed."""
    await actors.remember(connection, vault, index, principal)
    await connection.execute(
        """INSERT INTO acts (account, role, scope_id, act_id, name, subject, detail, address, actor_sealed)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        principal.account,
        principal.role,
        principal.scope_id,
        act_id,
        name,
        subject,
        detail,
        address,
        actors.sealed_name(vault, principal),
    )
