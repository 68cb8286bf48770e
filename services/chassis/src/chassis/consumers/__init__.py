"""The consumer of a service: FastStream's transport, its supervisor, and the probe of Kafka and PostgreSQL."""

from chassis.consumers.consumer_supervisor import WAITS_FOR_GROUP, ConsumerSupervisor
from chassis.consumers.probe import DATABASE, KAFKA, InfrastructureProbe
from chassis.consumers.transport import LOOP

__all__ = [
    "DATABASE",
    "KAFKA",
    "LOOP",
    "WAITS_FOR_GROUP",
    "ConsumerSupervisor",
    "InfrastructureProbe",
]
