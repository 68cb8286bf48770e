"""The sessions of browsers."""

from dataclasses import dataclass
from uuid import UUID

from chassis.domain import Refusal
from contracts.words import PLACED, UnionType, Word


class Ended(Word):
    """Why a session ended."""

    SIGNED_OUT = "signed_out", "本人退出"
    SIGNED_IN_AGAIN = "signed_in_again", "重新登录"
    PASSWORD_CHANGED = "password_changed", "修改密码"
    ADMINISTERED = "administered", "管理员变更账号"


class SessionNotFound(Refusal):
    code = "SESSION_NOT_FOUND"
    status = 404
    message = "该登录已结束，请刷新后查看"


class PasswordChangeRequired(Refusal):
    """An administrator set the password and knows it, so the holder must change it first."""

    code = "PASSWORD_CHANGE_REQUIRED"
    status = 403
    message = "当前密码是一次性密码，请先修改密码再办理业务"


class ForeignRequest(Refusal):
    """A page of another site sent the request, or the header with the session's CSRF token is missing or wrong."""

    code = "FOREIGN_REQUEST"
    status = 403
    message = "该请求不是从本系统的页面发出的，请在本系统的页面中重新操作"


class UnsupportedUnionType(Refusal):
    """Accounts of a union of an unsupported type can sign in. This refusal says why they can enroll nobody.

    See F021, F022 and A30.
    """

    code = "UNSUPPORTED_UNION_TYPE"
    status = 403
    message = "暂不支持该工会类型办理参保，请联系上级工会"


@dataclass(frozen=True, slots=True)
class Session:
    """An open session with its account.

    `union_type`: None if the account has no union, or if the console does not know the union yet.
    """

    session_id: UUID
    account_id: UUID
    account_name: str
    role: str
    name: str
    union_id: UUID | None
    union_name: str | None
    union_type: UnionType | None
    must_change_password: bool

    @property
    def is_supported(self) -> bool:
        """Whether the account's union is allowed to enroll members.

        Also True if the role does not act for one union, or if the type of the union is not known.
        """
        return self.union_type is None or self.union_type.supported or self.role not in PLACED
