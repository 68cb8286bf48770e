"""Adds accounts with given passwords: the first accounts of an installation, or the accounts of a demo."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from chassis.database import Database
from chassis.identity import Principal
from console.credentials.password_hashing import PasswordHashing
from console.store import accounts
from console.usecases.accounts import AccountDraft, new_account
from console.usecases.recording import record
from contracts.words import Role

#: The audit log shows this principal as the one that added the accounts.
PROVISIONER = Principal("provision", Role.OPERATOR, None)


@dataclass(frozen=True, slots=True)
class ProvisionedAccount:
    account_name: str
    name: str
    role: Role
    union_id: UUID | None
    password: str
    must_change_password: bool

    @classmethod
    def of(cls, given: dict[str, Any]) -> "ProvisionedAccount":
        """The account in a JSON object. Raises KeyError or ValueError for a field that is missing or wrong."""
        union_id = given.get("union_id")
        return cls(
            account_name=given["account_name"],
            name=given["name"],
            role=Role(given["role"]),
            union_id=UUID(union_id) if union_id else None,
            password=given["password"],
            must_change_password=bool(given.get("must_change_password", True)),
        )


async def provision(database: Database, hashing: PasswordHashing, given: list[ProvisionedAccount]) -> list[str]:
    """Add the accounts that do not exist yet, and return their names. An account that exists is not changed."""
    hashes = {one.account_name: await hashing.hash(one.password) for one in given}
    async with database.work(uuid4()) as work:
        # Without this lock, two runs at the same time could both find that an account is missing.
        await accounts.serialize_provisioning(work.connection)
        new = [
            one
            for one in given
            if await accounts.find_account(work.connection, work.row_cipher, one.account_name) is None
        ]
        for one in new:
            draft = AccountDraft(one.role, one.union_id, None, one.name)
            password_hash = hashes[one.account_name]
            account = new_account(one.account_name, draft, password_hash, must_change_password=one.must_change_password)
            await accounts.add_account(work.connection, work.row_cipher, account, PROVISIONER.account)
            detail = {"account_name": account.account_name, "role": one.role.value}
            await record(work, PROVISIONER, "account_provisioned", None, detail)
    return [one.account_name for one in new]
