"""Refuses unfit passwords, and changes the password of the caller's account."""

from dataclasses import replace
from uuid import UUID, uuid4

from chassis.database import Database
from chassis.messaging import references
from console.credentials.password_guessing import guesses_log10
from console.credentials.password_hashing import PasswordHashing
from console.domain.accounts import Account
from console.domain.passwords import (
    FEWEST_GUESSES_LOG10,
    PasswordEasy,
    PasswordUnchanged,
    PasswordWrong,
    refuse_names,
    refuse_short,
)
from console.domain.sessions import Ended, Session
from console.domain.sign_in import SignInRefused
from console.store import accounts, sessions
from console.usecases.recording import principal_of, record
from console.usecases.sign_in import Caller, SigningIn
from contracts.unions import UnionChanged


async def refuse_unfit_password(database: Database, account: Account, password: str) -> None:
    """Raises PasswordTooShort, PasswordIsName or PasswordEasy."""
    refuse_short(password)
    names = [account.account_name, account.name, *await _union_names(database, account.union_id)]
    refuse_names(password, names)
    if await guesses_log10(password, names) < FEWEST_GUESSES_LOG10:
        raise PasswordEasy


async def change_own_password(
    database: Database,
    hashing: PasswordHashing,
    signing_in: SigningIn,
    session: Session,
    passwords: tuple[str, str],
    caller: Caller,
) -> None:
    """Replace the password, and end all other sessions of the account. `passwords`: the old and the new password.

    Raises PasswordWrong, PasswordUnchanged, or a refusal of `refuse_unfit_password`. Raises AccountLockedOut or
    AddressLockedOut if the account or the address is locked out.
    """
    old, new = passwords
    try:
        known = await signing_in.require_password(session.account_name, old, caller)
    except SignInRefused:
        raise PasswordWrong from None
    if new == old:
        raise PasswordUnchanged
    await refuse_unfit_password(database, known, new)
    password_hash = await hashing.hash(new)
    async with database.work(uuid4(), actor=principal_of(known)) as work:
        account = await accounts.lock_account(work.connection, work.row_cipher, session.account_id)
        if account.password_hash != known.password_hash:
            raise PasswordWrong
        changed = replace(account, password_hash=password_hash, must_change_password=False, version=account.version + 1)
        await accounts.save_account(work.connection, work.row_cipher, changed, account.account_name)
        await sessions.end_sessions(work.connection, account.account_id, Ended.PASSWORD_CHANGED, but=session.session_id)
        await record(work, principal_of(changed), "password_changed", caller.address)


async def _union_names(database: Database, union_id: UUID | None) -> list[str]:
    if union_id is None:
        return []
    async with database.read() as connection:
        union = await references.entry(connection, UnionChanged, str(union_id))
    return [union.name] if union else []
