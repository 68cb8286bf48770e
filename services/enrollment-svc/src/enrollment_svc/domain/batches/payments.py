"""Where the money of a completed line stands, as its union sees it: a state, and no amount of a district."""

from collections.abc import Collection

from contracts.words import Word


class PaymentState(Word):
    """Codes and words are those of the district's own lists (F271, A62). A line that is not 已完成 has none."""

    AWAITING_CONFIRMATION = "awaiting_confirmation", "待职保中心确认"
    PAYABLE = "payable", "待缴费"
    SETTLED = "settled", "已缴费"
    NOTHING_DUE = "nothing_due", "无需缴费"


#: A batch shows the first of these that any of its completed lines is in.
_SHOWN_FIRST = tuple(PaymentState)


def batch_payment(states: Collection[PaymentState]) -> PaymentState | None:
    """The state of a batch row from those of its completed lines; None without one."""
    return next((state for state in _SHOWN_FIRST if state in states), None)
