"""Opens, finds and ends sessions, and stores the known devices of accounts. All times are from the database's clock."""

from typing import TYPE_CHECKING
from uuid import UUID

from chassis.privacy import RowCipher
from chassis.sql import Connection, Statement
from console.domain.sessions import Ended, Session
from console.store.accounts import name_of
from contracts.topics import UNIONS
from contracts.words import UnionType

if TYPE_CHECKING:
    from asyncpg import Record

#: A session's last use is written at most once in this many seconds, so that most requests only read.
SEEN_EVERY_S = 30.0

OPEN = """s.ended_at IS NULL AND s.created_at > now() - make_interval(secs => :absolute_s)
       AND s.seen_at > now() - make_interval(secs => :idle_s)"""
FIND = Statement(
    """SELECT s.session_id, s.seen_at < now() - make_interval(secs => :seen_every_s) AS is_stale, a.account_id,
              a.account_name, a.role, a.sealed, a.union_id, a.must_change_password,
              e.body->>'name' AS union_name, e.body->>'union_type' AS union_type
       FROM sessions AS s JOIN accounts AS a ON a.account_id = s.account_id AND a.state = 'active'
       LEFT JOIN reference_entries AS e ON e.topic = :topic AND e.key = a.union_id::text
       WHERE s.token_hash = :token_hash AND {open}""",
    open=OPEN,
)
TOUCH = Statement("UPDATE sessions SET seen_at = now() WHERE session_id = :session_id")
ADD = Statement(
    """INSERT INTO sessions (session_id, token_hash, account_id, device, address)
       VALUES (:session_id, :token_hash, :account_id, :device, :address)"""
)
LIST = Statement(
    """SELECT s.session_id, s.device, s.address, s.created_at, s.seen_at FROM sessions AS s
       WHERE s.account_id = :account_id AND {open} ORDER BY s.created_at DESC LIMIT 200""",
    open=OPEN,
)
END = Statement(
    """UPDATE sessions SET ended_at = now(), ended_because = :because
       WHERE account_id = :account_id AND session_id = :session_id AND ended_at IS NULL RETURNING session_id"""
)
END_ALL = Statement(
    """UPDATE sessions SET ended_at = now(), ended_because = :because
       WHERE account_id = :account_id AND ended_at IS NULL AND session_id IS DISTINCT FROM :kept_id"""
)
END_TOKEN = Statement(
    """UPDATE sessions SET ended_at = now(), ended_because = :because
       WHERE token_hash = :token_hash AND ended_at IS NULL"""
)
IS_KNOWN = Statement("SELECT true FROM known_devices WHERE account_id = :account_id AND device_hash = :device_hash")
REMEMBER = Statement(
    """INSERT INTO known_devices (account_id, device_hash) VALUES (:account_id, :device_hash)
       ON CONFLICT (account_id, device_hash) DO UPDATE SET used_at = now()"""
)
DELETE_OLD = Statement("DELETE FROM sessions WHERE seen_at < now() - make_interval(days => :days)")
DELETE_OLD_DEVICES = Statement("DELETE FROM known_devices WHERE used_at < now() - make_interval(days => :days)")


class Limits:
    """How long a session lasts: `idle_s` seconds without a request, and at most `absolute_s` seconds altogether."""

    def __init__(self, idle_s: float, absolute_s: float) -> None:
        self.idle_s, self.absolute_s = idle_s, absolute_s
        #: With a short idle limit, as in tests, the last use is written more often.
        self.seen_every_s = min(SEEN_EVERY_S, idle_s / 4)


async def find_session(
    connection: Connection, row_cipher: RowCipher, token_hash: bytes, limits: Limits
) -> tuple[Session, bool] | None:
    """The open session, and whether the session's last use must be written. `token_hash`: the hash of the secret in the
    session cookie.

    None if the session has ended or never existed, or if its account is not active.
    """
    row = await FIND.fetchrow(connection, limits, token_hash=token_hash, topic=UNIONS.name)
    return None if row is None else (_session(row, row_cipher), row["is_stale"])


async def touch_session(connection: Connection, session_id: UUID) -> None:
    """Write that the session was used now."""
    await TOUCH.execute(connection, session_id=session_id)


async def add_session(
    connection: Connection, session_id: UUID, token_hash: bytes, account_id: UUID, device: str, address: str | None
) -> None:
    await ADD.execute(
        connection,
        session_id=session_id,
        token_hash=token_hash,
        account_id=account_id,
        device=device,
        address=address,
    )


async def list_sessions(connection: Connection, account_id: UUID, limits: Limits) -> "list[Record]":
    """The open sessions of an account, the latest first."""
    return await LIST.fetch(connection, limits, account_id=account_id)


async def end_session(connection: Connection, account_id: UUID, session_id: UUID, because: Ended) -> bool:
    """End one session of the account. Returns whether it was open."""
    return await END.fetchval(connection, account_id=account_id, session_id=session_id, because=because) is not None


async def end_sessions(connection: Connection, account_id: UUID, because: Ended, *, but: UUID | None = None) -> None:
    """End all sessions of the account, except the session `but` if it is given."""
    await END_ALL.execute(connection, account_id=account_id, because=because, kept_id=but)


async def end_session_of_token(connection: Connection, token_hash: bytes, because: Ended) -> None:
    """End the session whose secret has this hash, if the session is open."""
    await END_TOKEN.execute(connection, token_hash=token_hash, because=because)


async def is_known_device(connection: Connection, account_id: UUID, device_hash: bytes) -> bool:
    return bool(await IS_KNOWN.fetchval(connection, account_id=account_id, device_hash=device_hash))


async def remember_device(connection: Connection, account_id: UUID, device_hash: bytes) -> None:
    await REMEMBER.execute(connection, account_id=account_id, device_hash=device_hash)


async def delete_old(connection: Connection, *, sessions_days: int, devices_days: int) -> None:
    """Delete sessions that were not used for `sessions_days` days, and devices not used for `devices_days` days."""
    await DELETE_OLD.execute(connection, days=sessions_days)
    await DELETE_OLD_DEVICES.execute(connection, days=devices_days)


def _session(row: "Record", row_cipher: RowCipher) -> Session:
    return Session(
        session_id=row["session_id"],
        account_id=row["account_id"],
        account_name=row["account_name"],
        role=row["role"],
        name=name_of(row, row_cipher),
        union_id=row["union_id"],
        union_name=row["union_name"],
        union_type=UnionType(row["union_type"]) if row["union_type"] else None,
        must_change_password=row["must_change_password"],
    )
