"""The consumer of a service: FastStream's transport, its supervisor, and the probe of Kafka and PostgreSQL."""

from chassis.consumers.keeper import WAITS_FOR_GROUP, Keeper
from chassis.consumers.outside import DATABASE, KAFKA, Outside
from chassis.consumers.transport import LOOP

__all__ = [
    "DATABASE",
    "KAFKA",
    "LOOP",
    "WAITS_FOR_GROUP",
    "Keeper",
    "Outside",
]
