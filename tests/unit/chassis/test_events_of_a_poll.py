"""An event of a poll is read only once, although the poll's locks and the subscriber functions both need it."""

from uuid import uuid4

from chassis.messaging import Record
from chassis.poll_handling import events_of
from contracts.members import MembersRemoved, RemovalRequested
from contracts.topics import MEMBERS


def record(*types: str, value: bytes) -> Record:
    return Record(MEMBERS.name, 0, 0, "unit", [("ce_type", one.encode()) for one in types], value)


def removal() -> bytes:
    ids = {name: str(uuid4()) for name in ("removal_id", "union_id", "unit_id")}
    more = {"part": {"index": 0, "count": 1}, "member_ids": [], "removed_at": "2024-05-10T12:00:00+08:00"}
    return MembersRemoved.model_validate(ids | more).model_dump_json().encode()


def test_an_event_is_read_once():
    arrived = record(MembersRemoved.ce_type, value=removal())
    [first] = events_of([arrived], MembersRemoved)
    [second] = events_of([arrived], MembersRemoved)
    assert second is first
    assert arrived.read_before == {MembersRemoved: first}


def test_a_record_that_claims_two_types_is_read_as_each_of_them():
    arrived = record(MembersRemoved.ce_type, RemovalRequested.ce_type, value=removal())
    assert len(list(events_of([arrived], MembersRemoved))) == 1
    assert list(events_of([arrived], RemovalRequested)) == []
