"""The center's bank account (职保会收款账户), to which districts transfer money (F249).

The center or the municipal federation (市总) enters the account.
"""

from dataclasses import dataclass
from datetime import datetime

from chassis.domain import Refusal


class PayeeNotSet(Refusal):
    code = "PAYEE_NOT_SET"
    message = "职保会收款账户尚未设置，请联系职保中心或市总工会设置后再操作"


@dataclass(frozen=True, slots=True)
class Payee:
    """One version of the account; the highest version is valid."""

    version: int
    name: str
    bank: str
    account_no: str
    set_by: str
    set_at: datetime
