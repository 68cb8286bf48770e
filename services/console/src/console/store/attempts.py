"""Counts failed sign-ins.

All times are from the database's clock, because in a demo the clock of the services can be set to another date.
"""

from chassis.sql import Connection, Statement
from console.domain.sign_in import Failures

#: Makes the sign-ins of one account wait for one another. Without it, each of several requests at the same time could
#: read the same count, and together they would exceed the limit.
SERIALIZE = Statement("SELECT pg_advisory_xact_lock(hashtextextended(:account_key, 0))")
RECENT = "at > now() - make_interval(secs => :window_s)"
COUNT = Statement(
    """SELECT (SELECT count(*) FROM sign_in_attempts
               WHERE account_key = :account_key AND device_hash IS NOT DISTINCT FROM :device_hash AND {recent})
                   AS of_account,
              (SELECT count(*) FROM sign_in_attempts WHERE address = :address AND device_hash IS NULL AND {recent})
                   AS from_address""",
    recent=RECENT,
)
ADD = Statement(
    "INSERT INTO sign_in_attempts (account_key, device_hash, address) VALUES (:account_key, :device_hash, :address)"
)
FORGET = Statement(
    """DELETE FROM sign_in_attempts
       WHERE account_key = :account_key AND device_hash IS NOT DISTINCT FROM :device_hash"""
)
FORGET_ALL = Statement("DELETE FROM sign_in_attempts WHERE account_key = :account_key")
DELETE_OLD = Statement("DELETE FROM sign_in_attempts WHERE at < now() - make_interval(secs => :window_s)")


async def count_failures(
    connection: Connection, account_key: str, device_hash: bytes | None, address: str | None, window_s: float
) -> Failures:
    """The failures in the last `window_s` seconds. Other sign-ins of this account wait until the transaction ends."""
    await SERIALIZE.execute(connection, account_key=account_key)
    row = await COUNT.fetchrow(
        connection, account_key=account_key, device_hash=device_hash, address=address, window_s=window_s
    )
    assert row is not None
    return Failures(of_account=row["of_account"], from_address=row["from_address"])


async def add_attempt(connection: Connection, account_key: str, device_hash: bytes | None, address: str | None) -> None:
    """Count an attempt before the password is checked. If the password is right, `forget_failures` deletes the row
    again.
    """
    await ADD.execute(connection, account_key=account_key, device_hash=device_hash, address=address)


async def forget_failures(connection: Connection, account_key: str, device_hash: bytes | None) -> None:
    """Delete the account's failures from this device. If `device_hash` is None: its failures from unknown devices."""
    await FORGET.execute(connection, account_key=account_key, device_hash=device_hash)


async def forget_all_failures(connection: Connection, account_key: str) -> None:
    """Delete the account's failures from all devices, so that its lock-out ends."""
    await FORGET_ALL.execute(connection, account_key=account_key)


async def delete_old_attempts(connection: Connection, window_s: float) -> None:
    """Delete attempts that no count includes any more."""
    await DELETE_OLD.execute(connection, window_s=window_s)
