"""The last event of a key on a topic and the last event in a service's database must be the same. It is a fault if
either of them is behind.
"""

from typing import Any

import pytest

from contracts.topics import BY_NAME
from faults.checks.reconciliation import Reconciliation
from faults.checks.stores import Store, judge_store
from faults.rig.wire import TopicRecord, Wire

BATCHES, STATUSES = BY_NAME["members.batches.v1"], BY_NAME["statuses.batches.v1"]


class Shown(Store):
    """member-svc with tables that a test sets. `numbered`: key → the last sequence number that member-svc used on
    BATCHES. `read`: key → the last sequence number that member-svc read on STATUSES.
    """

    numbered: dict[str, int]
    read: dict[str, int]

    def value(self, sql: str, *arguments: Any) -> Any:
        return 0

    def rows(self, sql: str, *arguments: Any) -> list[Any]:
        if "outbox_sequences" in sql:
            return [{"topic": BATCHES.name, "key": key, "last": last} for key, last in self.numbered.items()]
        if "inbox_positions" in sql:
            return [
                {"topic": STATUSES.name, "key": key, "last": last, "gaps": 0, "regressions": 0}
                for key, last in self.read.items()
            ]
        return []


def judged(*, numbered: dict[str, int], read: dict[str, int], planted: bool = False) -> Reconciliation:
    """Compare the tables with topics that contain the events 1 and 2 of key a. If `planted`, the rig itself has put a
    record with number 7 of key b on STATUSES."""
    records = [
        TopicRecord(topic.name, 0, n, "a", f"{topic.name}-{n}", "some.v1", n, b"{}")
        for topic in (BATCHES, STATUSES)
        for n in (1, 2)
    ]
    records.append(TopicRecord(STATUSES.name, 0, 3, "b", "planted", "some.v1", 7, b"{}"))
    wire = Wire(records if planted else records[:-1], ["planted"])
    store = Shown("member-svc", "", [STATUSES])
    object.__setattr__(store, "numbered", numbered)
    object.__setattr__(store, "read", read)
    reconciliation = Reconciliation()
    judge_store(store, wire, reconciliation)
    return reconciliation


def test_stores_that_agree_with_topics_are_good():
    assert judged(numbered={"a": 2}, read={"a": 2}).good


def test_an_event_that_was_numbered_and_not_told_is_lost():
    assert judged(numbered={"a": 3}, read={"a": 2}).lost == 1


@pytest.mark.parametrize("numbered", [{"a": 1}, {}], ids=["behind", "no row at all"])
def test_an_event_on_the_topic_that_its_database_never_numbered_is_found(numbered: dict[str, int]):
    assert judged(numbered=numbered, read={"a": 2}).doubled == 2 - numbered.get("a", 0)


def test_an_event_that_was_not_read_is_lost():
    assert judged(numbered={"a": 2}, read={"a": 1}).lost == 1


@pytest.mark.parametrize("read", [{"a": 3}, {"a": 2, "nobody": 1}], ids=["ahead", "of a key that nobody told"])
def test_an_inbox_ahead_of_its_topic_is_found(read: dict[str, int]):
    assert judged(numbered={"a": 2}, read=read).lost == 1


def test_what_the_rig_planted_may_be_read_and_need_not_be():
    assert judged(numbered={"a": 2}, read={"a": 2, "b": 7}, planted=True).good
    assert judged(numbered={"a": 2}, read={"a": 2}, planted=True).good
