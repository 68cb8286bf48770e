"""Refusals: an answer of the rules, not a failure. Standard library only, so that any `domain.py` may import it."""

from typing import ClassVar


class Refusal(Exception):
    """Subclass per fact: `class UnderReview(Refusal): code = "UNDER_REVIEW"; message = "会员正在审核中，不能删除"`.

    `detail` is JSON-able and holds no personal data.
    """

    code: ClassVar[str] = "REFUSED"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "操作未被接受"

    def __init__(self, message: str | None = None, **detail: object) -> None:
        self.text = message or self.message
        self.detail = detail
        super().__init__(f"{self.code}: {self.text}")


class NotFound(Refusal):
    code = "NOT_FOUND"
    status = 404
    message = "没有找到该记录"


class Forbidden(Refusal):
    """The same answer for what is out of reach and for what does not exist."""

    code = "FORBIDDEN"
    status = 403
    message = "您没有权限进行此操作，或该记录不在您的管辖范围内"


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
    message = "同一个 Idempotency-Key 不能用于不同的请求"


class TryAgain(Refusal):
    """Infrastructure is away for the moment; nothing was stored."""

    code = "TRY_AGAIN"
    status = 503
    message = "系统繁忙，本次操作未生效，请稍后重试"
