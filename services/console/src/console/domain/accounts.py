"""Accounts: their names, their states, and who is allowed to administer them (F012, F013)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.domain import Forbidden, Refusal, StateMachine, Transition
from contracts.words import PLACED, Role, Word

#: Roles that are allowed for accounts of a union below the municipal federation.
OF_UNIONS = (*PLACED, Role.ACCOUNT_ADMIN)


class AccountState(Word):
    """Only an active account can sign in. A closed account stays closed, because records contain its name."""

    ACTIVE = "active", "启用"
    LOCKED = "locked", "已锁定"
    CLOSED = "closed", "已注销"


class Why(Word):
    """Why an administrator changed an account. The words are fixed, so that the audit log and the logs name nobody."""

    FORGOTTEN = "forgotten", "忘记账号或密码"
    HANDOVER = "handover", "岗位交接"
    LEFT = "left", "人员离岗"
    SUSPICION = "suspicion", "疑似被盗用"
    WRONG_PASSWORDS = "wrong_passwords", "多次输错密码"
    OTHER = "other", "其他"


class AccountNotActive(Refusal):
    code = "ACCOUNT_NOT_ACTIVE"
    message = "该账号当前不是启用状态，请刷新后查看账号状态"


class AccountNotLocked(Refusal):
    code = "ACCOUNT_NOT_LOCKED"
    message = "该账号没有被锁定或已注销，请刷新后查看账号状态"


class AccountClosed(Refusal):
    code = "ACCOUNT_CLOSED"
    message = "该账号已注销，不能再使用，需要时请开通新账号"


LOCK, UNLOCK, CLOSE = "lock", "unlock", "close"

ACCOUNT = StateMachine(
    "account",
    AccountState,
    AccountState.ACTIVE,
    [
        Transition(LOCK, (AccountState.ACTIVE,), AccountState.LOCKED, AccountNotActive),
        # If an active account is unlocked, its lock-out after wrong passwords ends.
        Transition(UNLOCK, (AccountState.ACTIVE, AccountState.LOCKED), AccountState.ACTIVE, AccountNotLocked),
        Transition(CLOSE, (AccountState.ACTIVE, AccountState.LOCKED), AccountState.CLOSED, AccountClosed),
    ],
)


class AccountNameTaken(Refusal):
    code = "ACCOUNT_NAME_TAKEN"
    message = "该账号名已被使用，请换一个"


class AccountUnionRequired(Refusal):
    code = "ACCOUNT_UNION_REQUIRED"
    status = 422
    message = "该角色的账号须有所属工会，请选择工会"


class RoleOfTheCity(Refusal):
    code = "ROLE_OF_THE_CITY"
    status = 422
    message = "该角色的账号面向全市，不能属于市总工会以外的工会，请改选角色或工会"


class UnitNotOfUnion(Refusal):
    code = "UNIT_NOT_OF_UNION"
    status = 422
    message = "所选单位不属于该工会，请重新选择"


class NotSuperior(Forbidden):
    """The caller is not allowed to administer the account, or the account does not exist.

    `Administrator.require_superior` says who administers which accounts. All refused cases have the same answer.
    """

    code = "NOT_SUPERIOR_UNION"
    message = "该账号不存在，或您所属的工会不是其上级工会。账号和密码由上级工会管理，请联系该账号的上级工会办理"


@dataclass(frozen=True, slots=True)
class Account:
    """`name`: the name of the holder. `password_hash`: in the form of PHC, `$argon2id$…`."""

    account_id: UUID
    account_name: str
    role: str
    union_id: UUID | None
    unit_id: UUID | None
    name: str
    password_hash: str
    must_change_password: bool
    state: AccountState
    version: int


@dataclass(frozen=True, slots=True)
class Administrator:
    """An account that administers further accounts. `union_id`: the administrator's union; None = the whole city."""

    account_name: str
    role: str
    union_id: UUID | None

    def require_superior(self, account_name: str, union_id: UUID | None, path: Sequence[UUID]) -> None:
        """Raises NotSuperior unless this administrator is allowed to administer the account.

        Nobody administers their own account. The administrator of a union administers the accounts of the unions below
        this union, but not the accounts of this union itself (F013). An administrator of the whole city administers the
        accounts of all unions below the municipal federation. The platform operator administers only the accounts of
        the municipal federation, and the accounts that belong to no union.

        `path`: the account's union and all unions above it, the root first. `path` is empty if the account has no
        union, or if the union is not known.
        """
        if account_name == self.account_name or not self._is_above(union_id, path):
            raise NotSuperior

    def _is_above(self, union_id: UUID | None, path: Sequence[UUID]) -> bool:
        is_of_the_city = union_id is None or len(path) == 1
        if self.role == Role.OPERATOR:
            return is_of_the_city
        if is_of_the_city or not path:
            return False
        return self.union_id is None or self.union_id in path[:-1]


def require_place(role: str, union_id: UUID | None, path: Sequence[UUID]) -> None:
    """Raises AccountUnionRequired if the role acts for a union, but `union_id` is None.

    Raises RoleOfTheCity if the role is for the whole city, but the union is below the municipal federation.
    """
    if role in PLACED and union_id is None:
        raise AccountUnionRequired
    if role not in OF_UNIONS and union_id is not None and len(path) != 1:
        raise RoleOfTheCity
