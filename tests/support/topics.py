"""Creates topics on a test's broker."""

from collections.abc import Iterable
from uuid import uuid4

from contracts.topics import TOPICS, Topic
from enrollctl.streams.topics import ensure_topics


async def create_topics(bootstrap: str, topics: Iterable[Topic] = TOPICS) -> None:
    """Create those of `topics` that do not exist, and wait until every partition has a leader."""
    await ensure_topics(bootstrap, topics, patience=60)


def unique_name(prefix: str) -> str:
    """A name for a topic or consumer group on a broker that all tests share: `prefix.<random>`."""
    return f"{prefix}.{uuid4().hex[:8]}"
