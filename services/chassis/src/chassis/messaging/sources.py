"""Only the owner of a topic, as contracts declare it, may write to the topic."""

from chassis.messaging.records import Record
from contracts.topics import BY_NAME

HEADER = "ce_source"


def foreign_reason(record: Record) -> str | None:
    """The reason why a record does not come from the owner of its topic; None if it does. The reason does not quote
    the source, which may contain anything.

    A topic that contracts do not declare has no owner, and no service subscribes to it.
    """
    sources = [value for name, value in record.headers if name == HEADER]
    if len(sources) != 1:
        return f"header {HEADER} is {'missing' if not sources else 'there more than once'}"
    topic = BY_NAME.get(record.topic)
    if topic is not None and sources[0] != topic.source.encode():
        return f"header {HEADER} is not {topic.source}, which owns {topic.name}"
    return None
