"""The periodic job that adds the stored changes to the member counts, so that a query never reads many changes."""

from collections.abc import Sequence
from typing import ClassVar

from chassis.database import UnitOfWork
from contracts.event import Event
from member_svc.store import member_counts

EVERY_S = 600.0


class CountFolding:
    name: ClassVar[str] = "member-counts"

    def __init__(self) -> None:
        self.every_s = EVERY_S

    async def run(self, work: UnitOfWork) -> Sequence[Event]:
        await member_counts.fold(work.connection)
        return ()
