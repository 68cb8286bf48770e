"""The relay, which publishes the rows of the outbox in id order, and its Kafka producers."""

from chassis.publishing.producers import Producers, Publication
from chassis.publishing.relay import LOOP, Relay, unpublished

__all__ = [
    "LOOP",
    "Producers",
    "Publication",
    "Relay",
    "unpublished",
]
