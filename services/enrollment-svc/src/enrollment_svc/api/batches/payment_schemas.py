"""HTTP schema of a batch's payment. The submitting union sees neither the district's amounts nor the bank account."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

from chassis.validation import Instant, example
from chassis.web import Labelled
from enrollment_svc.api.examples import AT
from enrollment_svc.domain.batches.payments import PaymentState

if TYPE_CHECKING:
    import asyncpg

PAID = {"state": {"code": "settled", "label": "已缴费"}, "center_confirmed_at": AT, "settled_at": AT}


class PaymentShown(BaseModel):
    """`center_confirmed_at`: when the center confirmed the submission; `settled_at`: when it was paid in full."""

    model_config = example(PAID)

    state: Labelled[PaymentState]
    center_confirmed_at: Instant | None
    settled_at: Instant | None


def payment_shown(row: "asyncpg.Record") -> PaymentShown | None:
    """The payment; None until the district has submitted the line to the center."""
    if row["payment"] is None:
        return None
    return PaymentShown(
        state=PaymentState(row["payment"]),
        center_confirmed_at=row["center_confirmed_at"],
        settled_at=row["settled_at"],
    )
