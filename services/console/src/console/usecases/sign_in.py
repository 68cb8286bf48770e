"""Signs people in: checks the password and the lock-out, and opens the new session."""

from dataclasses import dataclass
from uuid import uuid4

from chassis.database import Database
from chassis.identity import Principal
from chassis.privacy import BlindIndex
from console.credentials.password_hashing import PasswordHashing
from console.credentials.secret_words import new_secret, stored_hash
from console.domain.accounts import Account, AccountState
from console.domain.sessions import Ended
from console.domain.sign_in import (
    AccountLockedOut,
    AccountUnusable,
    AddressLockedOut,
    SignInRefused,
    refuse_locked_out,
)
from console.settings import Settings
from console.store import accounts, attempts, sessions
from console.usecases.recording import UNKNOWN, principal_of, record

#: The `purpose` argument of the blind index. It makes the index of an entered account name differ from other indexes of
#: the same text.
ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Caller:
    """The browser that sent the request.

    `device_secret` and `session_secret`: the values of the browser's two cookies, or None if it has no such cookie.
    """

    address: str | None
    device: str
    device_secret: str | None = None
    session_secret: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The values of the new cookies."""

    session_secret: str
    device_secret: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt to sign in. `device_hash`: None if the account has not signed in from this browser before."""

    account: Account | None
    account_key: str
    device_hash: bytes | None

    @property
    def principal(self) -> Principal:
        return principal_of(self.account) if self.account else UNKNOWN


def account_key(index: BlindIndex, account_name: str) -> str:
    """The key under which the failures of an account are counted. The account need not exist."""
    return index.of(ACCOUNT, account_name)


class SigningIn:
    """Signs in, and checks the password of somebody who is signed in already."""

    def __init__(self, database: Database, settings: Settings, hashing: PasswordHashing) -> None:
        self._database = database
        self._settings = settings
        self._hashing = hashing

    async def sign_in(self, account_name: str, password: str, caller: Caller) -> SignedIn:
        """Open a session. Raises SignInRefused, AccountLockedOut, AddressLockedOut or AccountUnusable.

        The caller's former session ends, and the new session has a new secret. So if an attacker has put the cookie of
        a session into the browser, the attacker cannot use this session after the sign-in.
        """
        attempt = await self._checked(account_name, password, caller)
        assert attempt.account is not None
        signed_in = SignedIn(new_secret(), caller.device_secret or new_secret())
        renewed = await self._renewed_hash(attempt.account, password)
        async with self._database.work(uuid4(), actor=attempt.principal) as work:
            connection = work.connection
            account = await accounts.lock_account(connection, work.row_cipher, attempt.account.account_id)
            if account.password_hash != attempt.account.password_hash:
                raise SignInRefused  # the password was changed meanwhile
            if account.state is not AccountState.ACTIVE:
                raise AccountUnusable
            await attempts.forget_failures(connection, attempt.account_key, attempt.device_hash)
            if renewed:
                await accounts.save_hash(connection, work.row_cipher, account.account_id, renewed)
            if caller.session_secret:
                await sessions.end_session_of_token(
                    connection, stored_hash(caller.session_secret), Ended.SIGNED_IN_AGAIN
                )
            session_id, token_hash = uuid4(), stored_hash(signed_in.session_secret)
            await sessions.add_session(
                connection, session_id, token_hash, account.account_id, caller.device, caller.address
            )
            await sessions.remember_device(connection, account.account_id, stored_hash(signed_in.device_secret))
            detail = {"session_id": str(session_id), "known_device": attempt.device_hash is not None}
            await record(work, principal_of(account), "signed_in", caller.address, detail)
        return signed_in

    async def require_password(self, account_name: str, password: str, caller: Caller) -> Account:
        """The account, if the password is right. Wrong passwords are counted and refused as at a sign-in."""
        attempt = await self._checked(account_name, password, caller)
        assert attempt.account is not None
        async with self._database.connection() as connection:
            await attempts.forget_failures(connection, attempt.account_key, attempt.device_hash)
        return attempt.account

    async def _checked(self, account_name: str, password: str, caller: Caller) -> _Attempt:
        """The attempt, if the password is right.

        The attempt is counted before the password is checked. If it were counted afterwards, a thousand requests at the
        same time could check a thousand passwords.
        """
        attempt = await self._attempt(account_name, caller)
        try:
            await self._count(attempt, caller)
        except (AccountLockedOut, AddressLockedOut) as refusal:
            await self._record_failure(attempt, caller, refusal.code)
            raise
        known_hash = attempt.account.password_hash if attempt.account else None
        if not await self._hashing.matches(known_hash, password):
            await self._record_failure(attempt, caller, SignInRefused.code)
            raise SignInRefused
        return attempt

    async def _attempt(self, account_name: str, caller: Caller) -> _Attempt:
        tools = self._database.tools
        key = account_key(tools.index, account_name)
        async with self._database.read() as connection:
            account = await accounts.find_account(connection, tools.row_cipher, account_name)
            if account is None or caller.device_secret is None:
                return _Attempt(account, key, None)
            device_hash = stored_hash(caller.device_secret)
            is_known = await sessions.is_known_device(connection, account.account_id, device_hash)
        return _Attempt(account, key, device_hash if is_known else None)

    async def _count(self, attempt: _Attempt, caller: Caller) -> None:
        settings, key, device_hash = self._settings, attempt.account_key, attempt.device_hash
        async with self._database.work(uuid4(), actor=attempt.principal) as work:
            failures = await attempts.count_failures(
                work.connection, key, device_hash, caller.address, settings.failures_window_s
            )
            refuse_locked_out(
                failures,
                of_account=settings.failures_of_account,
                from_address=settings.failures_from_address,
                is_known_device=device_hash is not None,
            )
            await attempts.add_attempt(work.connection, key, device_hash, caller.address)

    async def _record_failure(self, attempt: _Attempt, caller: Caller, code: str) -> None:
        async with self._database.work(uuid4(), actor=attempt.principal) as work:
            await record(work, attempt.principal, "sign_in_failed", caller.address, {"code": code})

    async def _renewed_hash(self, account: Account, password: str) -> str | None:
        """A new hash if the stored hash was made with other settings than the present ones. Otherwise None."""
        is_outdated = self._hashing.is_outdated(account.password_hash)
        return await self._hashing.hash(password) if is_outdated else None
