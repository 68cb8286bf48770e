"""From import to paid: the stages of a union's year, in their order."""

from contracts.words import Word


class Stage(Word):
    """The stages in which the progress counts people. The people in 待确认 are counted in 待校验, too (A40).

    Each stage after 已完成 counts a part of the people of the stage before it.
    """

    IMPORTED = "imported", "已导入"
    TO_VERIFY = "to_verify", "待校验"
    TO_CONFIRM = "to_confirm", "待确认"
    READY = "ready", "待提交"
    IN_REVIEW = "in_review", "区局确认中"
    COMPLETED = "completed", "已完成"
    CENTER_CONFIRMED = "center_confirmed", "职保中心已确认"
    PAID = "paid", "已缴费"


#: The stages whose fee is a forecast, because their people are not submitted yet. IMPORTED is not among these stages:
#: it counts all members, also the submitted ones, and has no fee.
BEFORE_SUBMISSION = (Stage.TO_VERIFY, Stage.TO_CONFIRM, Stage.READY)
