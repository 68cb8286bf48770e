"""The tables of the console."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Index, Integer, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from chassis.tables import column, key, moment, reference, serial


class Table(SQLModel, registry=registry()):
    """The base class. It has its own metadata, because tables of two services in one process can have the same name."""


class AccountRow(Table, table=True):
    """An account. `sealed`: the encrypted name of its holder.

    `password_sealed`: the argon2id hash of the password, encrypted, so that nobody can guess passwords with a stolen
    dump alone.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        Index("accounts_name", "account_name", unique=True),
        Index("accounts_by_union", "union_id", "account_name"),
    )

    account_id: UUID = key()
    account_name: str = column(Text)
    role: str = column(Text)
    union_id: UUID | None = column(Uuid, optional=True)
    unit_id: UUID | None = column(Uuid, optional=True)
    sealed: bytes = column(LargeBinary)
    password_sealed: bytes = column(LargeBinary)
    must_change_password: bool = column(Boolean)
    state: str = column(Text)
    version: int = column(Integer)
    created_by: str = column(Text)
    created_at: datetime = moment(now=True)
    changed_by: str = column(Text)
    updated_at: datetime = moment(now=True)


class SessionRow(Table, table=True):
    """A session. `token_hash`: the hash of the secret in the session cookie. The secret itself is not stored, so nobody
    can use a session with a stolen dump.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index("sessions_token", "token_hash", unique=True),
        Index("sessions_of_account", "account_id", "created_at"),
        Index("sessions_by_age", "seen_at"),
    )

    session_id: UUID = key()
    token_hash: bytes = column(LargeBinary)
    account_id: UUID = reference("accounts.account_id")
    device: str = column(Text)
    address: str | None = column(Text, optional=True)
    created_at: datetime = moment(now=True)
    seen_at: datetime = moment(now=True)
    ended_at: datetime | None = moment(optional=True)
    ended_because: str | None = column(Text, optional=True)


class KnownDeviceRow(Table, table=True):
    """A device that an account knows: a browser from which it has signed in before.

    `device_hash`: the hash of the browser's device cookie.
    """

    __tablename__ = "known_devices"
    __table_args__ = (Index("known_devices_by_age", "used_at"),)

    account_id: UUID = reference("accounts.account_id", key=True)
    device_hash: bytes = key(LargeBinary)
    used_at: datetime = moment(now=True)


class SignInAttemptRow(Table, table=True):
    """A sign-in that failed, or whose password is being checked. A successful sign-in deletes its row.

    `account_key`: the blind index of what was entered as the account. The text itself is not stored, because people
    enter other things by mistake, such as their password. `device_hash`: NULL if the account does not know the device
    (see `KnownDeviceRow`).
    """

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("sign_in_attempts_of_account", "account_key", "at"),
        Index("sign_in_attempts_from_address", "address", "at"),
        Index("sign_in_attempts_by_age", "at"),
    )

    id: int | None = serial()
    account_key: str = column(Text)
    device_hash: bytes | None = column(LargeBinary, optional=True)
    address: str | None = column(Text, optional=True)
    at: datetime = moment(now=True)


class CaptchaRow(Table, table=True):
    """A captcha that nobody has answered yet. `answer_key`: the blind index of its answer."""

    __tablename__ = "captchas"
    __table_args__ = (
        Index("captchas_of_address", "address", "created_at"),
        Index("captchas_by_age", "created_at"),
    )

    captcha_id: UUID = key()
    answer_key: str = column(Text)
    address: str | None = column(Text, optional=True)
    created_at: datetime = moment(now=True)


class SigningKeyRow(Table, table=True):
    """A key that signs tokens. `sealed`: the encrypted private key. `public_jwk`: the public key, as it is published.

    `withdrawn_at`: when an operator took the key out of use at once.
    """

    __tablename__ = "signing_keys"

    kid: str = key(Text)
    key_id: UUID = column(Uuid)
    sealed: bytes = column(LargeBinary)
    public_jwk: dict[str, Any] = column(JSONB)
    created_at: datetime = moment(now=True)
    signs_from: datetime = moment()
    withdrawn_at: datetime | None = moment(optional=True)
