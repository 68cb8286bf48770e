"""The association's bank account is entered or changed (F249)."""

from chassis.database import Work
from chassis.web import Done
from payment_svc.payees import Payee
from payment_svc.store import payees


async def set_payee(payee: Payee, work: Work) -> Done:
    """`payee.version` is one above the version that the caller saw. Raises StaleVersion."""
    await payees.add_payee(work.connection, payee)
    body = {
        "version": payee.version,
        "name": payee.name,
        "bank": payee.bank,
        "account_no": payee.account_no,
        "set_by": payee.set_by,
        "set_at": payee.set_at.isoformat(),
    }
    return Done(body, subject="payee", detail={"version": payee.version})
