"""The five steps of a first enrollment, and the current step of a union (F203)."""

from contracts.words import Word


class Step(Word):
    """The steps in their order (FAQ 6 of the manual)."""

    CHECK = "check", "获取状态"
    CONFIRM = "confirm", "待确认名单"
    VERIFY = "verify", "待校验"
    READY = "ready", "待提交"
    SUBMIT = "submit", "提交至上级审核"


def current_step(*, unchecked: int, to_confirm: int, to_verify: int, ready: int, submitted: int) -> Step:
    """The first step at which people wait, in the order CHECK, CONFIRM, READY, VERIFY.

    The step bar shows VERIFY before READY. In the order of this function READY comes before VERIFY, because the people
    in 待提交 can be submitted while other people are still in 待校验 (F205). If nobody waits, the current step is
    SUBMIT for a union that has submitted a line, and CHECK for a union that has not.
    """
    if unchecked:
        return Step.CHECK
    if to_confirm:
        return Step.CONFIRM
    if ready:
        return Step.READY
    if to_verify:
        return Step.VERIFY
    return Step.SUBMIT if submitted else Step.CHECK
