"""Checks that a record comes from the owner of its topic. The contracts declare the owner of each topic."""

from chassis.messaging.records import Record
from contracts.topics import BY_NAME

HEADER = "ce_source"


def foreign_reason(record: Record) -> str | None:
    """Why a record counts as foreign, or None if it comes from the owner of its topic. The reason does not quote the
    source, because the source can contain anything.

    A topic that the contracts do not declare has no owner, and no service subscribes to it.
    """
    sources = [value for name, value in record.headers if name == HEADER]
    if len(sources) != 1:
        return f"header {HEADER} is {'missing' if not sources else 'there more than once'}"
    topic = BY_NAME.get(record.topic)
    if topic is not None and sources[0] != topic.source.encode():
        return f"header {HEADER} is not {topic.source}, which owns {topic.name}"
    return None
