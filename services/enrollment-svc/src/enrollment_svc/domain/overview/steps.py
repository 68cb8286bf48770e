"""The five steps of a first enrollment, and where a union stands (F203)."""

from contracts.words import Word


class Step(Word):
    """FAQ 6: in this order."""

    CHECK = "check", "获取状态"
    CONFIRM = "confirm", "待确认名单"
    VERIFY = "verify", "待校验"
    READY = "ready", "待提交"
    SUBMIT = "submit", "提交至上级审核"


def current_step(*, unasked: int, to_confirm: int, to_verify: int, ready: int, submitted: int) -> Step:
    """The first step that has something to do. Whoever stays in 待校验 holds up nobody who is in 待提交 (F205)."""
    if unasked:
        return Step.CHECK
    if to_confirm:
        return Step.CONFIRM
    if ready:
        return Step.READY
    if to_verify:
        return Step.VERIFY
    return Step.SUBMIT if submitted else Step.CHECK
