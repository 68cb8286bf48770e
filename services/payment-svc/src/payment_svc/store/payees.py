"""Statements on the association's bank account: each change is a row of its own, none is ever overwritten."""

import asyncpg

from chassis.domain import StaleVersion
from chassis.sql import Connection
from payment_svc.payees import Payee


async def current_payee(connection: Connection) -> Payee | None:
    """The account that holds now; None where nobody has entered one."""
    row = await connection.fetchrow(
        "SELECT version, name, bank, account AS account_no, set_by, set_at FROM payees ORDER BY version DESC LIMIT 1"
    )
    return Payee(**row) if row else None


async def add_payee(connection: Connection, payee: Payee) -> None:
    """Enter the next version. Raises StaleVersion where somebody else was first, or a version was left out."""
    try:
        added = await connection.fetchval(
            """INSERT INTO payees (version, name, bank, account, set_by, set_at)
               SELECT $1, $2, $3, $4, $5, $6 WHERE $1 = (SELECT coalesce(max(version), 0) + 1 FROM payees)
               RETURNING version""",
            payee.version,
            payee.name,
            payee.bank,
            payee.account_no,
            payee.set_by,
            payee.set_at,
        )
    except asyncpg.UniqueViolationError:
        raise StaleVersion from None
    if added is None:
        raise StaleVersion
