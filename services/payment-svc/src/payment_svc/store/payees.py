"""The center's bank account: each change adds a row, and no row is overwritten."""

import asyncpg

from chassis.domain import StaleVersion
from chassis.sql import Connection, Statement, columns_of
from payment_svc.domain.payees import Payee
from payment_svc.tables import PayeeRow

PAYEE = columns_of(PayeeRow, Payee, account_no="account")
CURRENT = Statement("SELECT {payee} FROM payees ORDER BY version DESC LIMIT 1", payee=PAYEE)
ADD = Statement(
    """INSERT INTO payees (version, name, bank, account, set_by, set_at)
       SELECT :version, :name, :bank, :account_no, :set_by, :set_at
       WHERE :version = (SELECT coalesce(max(version), 0) + 1 FROM payees) RETURNING version"""
)


async def current_payee(connection: Connection) -> Payee | None:
    """The valid account, or None if no account was entered yet."""
    row = await CURRENT.fetchrow(connection)
    return PAYEE.record(row) if row else None


async def add_payee(connection: Connection, payee: Payee) -> None:
    """Add the next version. Raises StaleVersion if the payee's version is not the next version."""
    try:
        added = await ADD.fetchval(connection, payee)
    except asyncpg.UniqueViolationError:
        raise StaleVersion from None
    if added is None:
        raise StaleVersion
