"""Only the owner of a topic, as contracts declare it, may write to the topic."""

from chassis.messaging.records import Record
from contracts.topics import BY_NAME

HEADER = "ce_source"


def foreign(record: Record) -> str | None:
    """Why a record was not written by its topic's owner; None if it was. The source is never quoted: it may hold
    anything.

    A topic that contracts do not declare has no owner; no service subscribes to one.
    """
    found = [value for name, value in record.headers if name == HEADER]
    if len(found) != 1:
        return f"header {HEADER} is {'missing' if not found else 'there more than once'}"
    topic = BY_NAME.get(record.topic)
    if topic is not None and found[0] != topic.source.encode():
        return f"header {HEADER} is not {topic.source}, who owns {topic.name}"
    return None
