"""The append-only audit log (D04): all commands, and the reads that must be recorded."""

from typing import Any
from uuid import UUID

from chassis.identity import actors
from chassis.identity.principal import Principal
from chassis.privacy import BlindIndex, RowCipher
from chassis.sql import Connection


async def record(
    connection: Connection,
    principal: Principal,
    *,
    command_id: UUID,
    name: str,
    subject: str,
    detail: dict[str, Any],
    address: str | None,
    row_cipher: RowCipher,
    index: BlindIndex,
) -> None:
    """Add a row: the account, its role, its address, the command (`name`) and what it was about (`subject`).

    `subject` and `detail` must hold no personal data; the account's name is sealed.
    """
    await actors.remember(connection, row_cipher, index, principal)
    await connection.execute(
        """INSERT INTO audit_log (account, role, scope_id, command_id, name, subject, detail, address, actor_sealed)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        principal.account,
        principal.role,
        principal.scope_id,
        command_id,
        name,
        subject,
        detail,
        address,
        actors.sealed_name(row_cipher, principal),
    )
