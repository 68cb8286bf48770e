"""The relay publishes the outbox in the order of its rows, through producers that end with a deadline."""

from chassis.publishing.producers import Producers, Publication
from chassis.publishing.relay import LOOP, Relay, unpublished

__all__ = [
    "LOOP",
    "Producers",
    "Publication",
    "Relay",
    "unpublished",
]
