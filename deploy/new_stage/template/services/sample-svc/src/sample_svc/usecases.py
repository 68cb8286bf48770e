"""The use cases of sample-svc. A use case loads rows, applies the rules, stores the result and returns events."""

from chassis.database import UnitOfWork
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.payments import VoucherAccepted
from sample_svc import store
from sample_svc.domain import Sample


async def record(event: VoucherAccepted, envelope: Envelope, work: UnitOfWork) -> list[Event]:
    """Store a sample for the event. Return the events that the service must publish: none yet."""
    sample = Sample(envelope.id, event.key(), envelope.time)
    await store.add_samples(work.connection, [sample])
    return []
