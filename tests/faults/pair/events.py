"""The events of the two services of the pair (publisher and counter). Each run has topics of its own, so that several
runs can use one broker.
"""

import os
from typing import ClassVar
from uuid import UUID

from contracts import topics
from contracts.event import Event
from contracts.fields import SealedBlock
from contracts.topics import Topic

RUN_VARIABLE = "UE_FAULTS_RUN"
PARTITIONS = 6
PUBLISHER, COUNTER = "publisher", "counter"


def topics_of(run: str) -> tuple[Topic, Topic, Topic]:
    """The topics of a run: the publisher's events, the counter's events, and the compacted topic of standings.

    A standing is the last event number of an account.
    """
    publisher, counter = service_name(PUBLISHER, run), service_name(COUNTER, run)
    return (
        Topic(f"faults.told-{run}.v1", "account", publisher, (counter,), "Told.", partitions=PARTITIONS),
        Topic(f"faults.counted-{run}.v1", "account", counter, (publisher,), "Counted.", partitions=PARTITIONS),
        Topic(f"faults.standings-{run}.v1", "account", publisher, (counter,), "Last numbers.", True, PARTITIONS),
    )


def service_name(which: str, run: str) -> str:
    return f"{which}-{run}"


TOLD, COUNTED, STANDINGS = topics_of(os.environ.get(RUN_VARIABLE, "0"))
# Producers look a topic up in BY_NAME to learn whether it is compacted.
topics.BY_NAME.update({topic.name: topic for topic in (TOLD, COUNTED, STANDINGS)})


class Published(Event):
    """An event of an account. If `bad` is true, the counter cannot handle the event while the switch `broken` is on."""

    ce_type: ClassVar[str] = "faults.told.v1"
    topic: ClassVar[Topic] = TOLD

    told_id: UUID
    account: str
    number: int
    bad: bool = False
    padding: str = ""
    sealed: SealedBlock | None = None

    def key(self) -> str:
        return self.account

    def subject(self) -> str:
        return f"{self.account}/{self.number}"


class Counted(Event):
    """The counter has stored the event `told_id`."""

    ce_type: ClassVar[str] = "faults.counted.v1"
    topic: ClassVar[Topic] = COUNTED

    told_id: UUID
    account: str
    number: int

    def key(self) -> str:
        return self.account


class Standing(Event):
    """The number of the account's last event."""

    ce_type: ClassVar[str] = "faults.standing.v1"
    topic: ClassVar[Topic] = STANDINGS

    account: str
    number: int

    def key(self) -> str:
        return self.account
