"""The payment state of a completed line, as the submitting union sees it: without the district's amounts."""

from collections.abc import Collection

from contracts.words import Word


class PaymentState(Word):
    """The same codes and words as in the district's lists (F271, A62). Only an 已完成 line has a payment state."""

    AWAITING_CONFIRMATION = "awaiting_confirmation", "待职保中心确认"
    PAYABLE = "payable", "待缴费"
    SETTLED = "settled", "已缴费"
    NOTHING_DUE = "nothing_due", "无需缴费"


#: The completed lines of a batch can have different payment states. The batch shows the first of these states that at
#: least one of its completed lines has.
_SHOWN_FIRST = tuple(PaymentState)


def batch_payment(states: Collection[PaymentState]) -> PaymentState | None:
    """The payment state of a batch, from the states of its completed lines; None if no line is completed."""
    return next((state for state in _SHOWN_FIRST if state in states), None)
