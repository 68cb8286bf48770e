"""Topics on a test's broker."""

from collections.abc import Iterable
from uuid import uuid4

from contracts.topics import TOPICS, Topic
from enrollctl.topics import ensure_topics


async def create_topics(bootstrap: str, topics: Iterable[Topic] = TOPICS) -> None:
    """Make what is missing and wait until every partition has a leader; the declared topics unless others are given."""
    await ensure_topics(bootstrap, topics, patience=60)


def unique_name(prefix: str) -> str:
    """For topics and consumer groups on a broker that all tests share: `prefix.<random>`."""
    return f"{prefix}.{uuid4().hex[:8]}"
