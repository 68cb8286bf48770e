"""The periodic job that folds the changes of member counts, so that a count never reads many of them."""

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
