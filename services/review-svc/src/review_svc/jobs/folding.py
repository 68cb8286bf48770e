"""The periodic job that adds the stored changes to the line sums, so that no query of a sum reads many changes."""

from collections.abc import Sequence
from typing import ClassVar

from chassis.database import UnitOfWork
from contracts.event import Event
from review_svc.store import sums

EVERY_S = 600.0


class SumFolding:
    name: ClassVar[str] = "line-sums"

    def __init__(self) -> None:
        self.every_s = EVERY_S

    async def run(self, work: UnitOfWork) -> Sequence[Event]:
        await sums.fold(work.connection)
        return ()
