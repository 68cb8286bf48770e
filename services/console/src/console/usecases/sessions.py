"""Ends sessions of the caller's account."""

from uuid import UUID, uuid4

from chassis.database import Database
from console.domain.sessions import Ended, Session, SessionNotFound
from console.store import sessions as store
from console.usecases.recording import principal_of, record
from console.usecases.sign_in import Caller


async def end_own_session(database: Database, session: Session, session_id: UUID, caller: Caller) -> None:
    """End the session `session_id`. Raises SessionNotFound unless it is an open session of the caller's account.

    `session`: the caller's session.
    """
    async with database.work(uuid4()) as work:
        if not await store.end_session(work.connection, session.account_id, session_id, Ended.SIGNED_OUT):
            raise SessionNotFound
        await record(work, principal_of(session), "signed_out", caller.address, {"session_id": str(session_id)})


async def end_own_sessions(database: Database, session: Session, caller: Caller) -> None:
    """End all sessions of the caller's account except `session`, the caller's session."""
    async with database.work(uuid4()) as work:
        await store.end_sessions(work.connection, session.account_id, Ended.SIGNED_OUT, but=session.session_id)
        await record(work, principal_of(session), "signed_out_elsewhere", caller.address)
