"""Refusals: exceptions that say why a request is not allowed. The caller gets the reason as the answer to the request.

This module imports only the standard library, so that the rules in any `domain/` are allowed to import it.
"""

from typing import ClassVar


class Refusal(Exception):
    """One subclass for each reason: `class UnderReview(Refusal): code = "UNDER_REVIEW"; message = "会员正在审核中"`.

    `detail` is JSON-able and holds no personal data.
    """

    code: ClassVar[str] = "REFUSED"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "操作未被接受，请刷新后重试"

    def __init__(self, message: str | None = None, **detail: object) -> None:
        self.text = message or self.message
        self.detail = detail
        super().__init__(f"{self.code}: {self.text}")


class NotFound(Refusal):
    code = "NOT_FOUND"
    status = 404
    message = "没有找到该记录，请刷新后重试"


class Forbidden(Refusal):
    """The record lies outside the caller's union and the unions below it, or it does not exist. Both cases
    have the same answer, so that the caller cannot find out which ids exist (D02).
    """

    code = "FORBIDDEN"
    status = 403
    message = "该记录不存在，或不在您所属工会的管辖范围内，请核对后重试，或请有管辖权的工会办理"


class RoleForbidden(Forbidden):
    """Accounts of this role cannot send this request, whatever their union is. The message names the roles that can."""

    code = "FORBIDDEN_ROLE"
    message = "当前账号的角色不能办理此业务，请使用相应角色的账号登录，或请其办理"


class PlaceMissing(Forbidden):
    """Accounts of this role act for a union, but the token names no union."""

    code = "UNION_MISSING"
    message = "该账号没有所属工会，不能办理业务，请联系上级工会为账号设置所属工会"


class CityRequired(Forbidden):
    """The route concerns the whole city, but the token names a union, which is only a part of the city."""

    code = "CITY_SCOPE_REQUIRED"
    message = "该业务涉及全市，当前账号只能办理所属工会范围内的业务，请使用全市范围的账号登录，或请其办理"


class PlaceRequired(Forbidden):
    """The account sees the whole city, but its request names no union."""

    code = "UNION_REQUIRED"
    message = "请先选择要查看的工会，再查询"


class Unauthenticated(Refusal):
    code = "UNAUTHENTICATED"
    status = 401
    message = "请先登录"


class Invalid(Refusal):
    code = "INVALID"
    status = 422
    message = "提交的内容有误，请检查后重试"


class StaleVersion(Refusal):
    code = "STALE_VERSION"
    status = 409
    message = "该记录已被他人更新，请刷新后重试"


class IdempotencyKeyMissing(Refusal):
    code = "IDEMPOTENCY_KEY_MISSING"
    status = 400
    message = "请求缺少 Idempotency-Key，请重新操作"


class IdempotencyKeyUnusable(Refusal):
    code = "IDEMPOTENCY_KEY_UNUSABLE"
    status = 400
    message = "Idempotency-Key 须为1至200个可见的ASCII字符，不含空格，请重新操作"


class IdempotencyKeyReused(Refusal):
    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422
    message = "同一个 Idempotency-Key 不能用于不同的请求，请刷新后重新操作"


class AnswerOfFormerPlace(Refusal):
    """The Idempotency-Key has a stored answer, but since then the account's role or union has changed."""

    code = "IDEMPOTENCY_KEY_OF_FORMER_ROLE"
    status = 409
    message = "该操作是本账号以变更前的角色或所属工会提交的，其结果不再显示，请刷新后查看，需要时重新操作"


class TryAgain(Refusal):
    """The infrastructure does not answer at the moment; nothing was stored."""

    code = "TRY_AGAIN"
    status = 503
    message = "系统繁忙，本次操作未生效，请稍后重试"
