"""The periodic job that reminds districts of payments."""

from collections.abc import Sequence
from typing import ClassVar

from chassis.database import UnitOfWork
from contracts.event import Event
from payment_svc.usecases.reminders import remind


class Reminding:
    name: ClassVar[str] = "voucher-reminders"

    def __init__(self, every_s: float) -> None:
        self.every_s = every_s

    async def run(self, work: UnitOfWork) -> Sequence[Event]:
        return await remind(work)
