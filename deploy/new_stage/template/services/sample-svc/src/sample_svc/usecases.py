"""The use cases: each loads, decides, saves and returns events."""

from chassis.database import UnitOfWork
from contracts.envelope import Envelope
from contracts.event import Event
from contracts.payments import VoucherAccepted
from sample_svc import store
from sample_svc.domain import Sample


async def record(event: VoucherAccepted, envelope: Envelope, work: UnitOfWork) -> list[Event]:
    """Store a sample for the event. An event that the service publishes is returned here."""
    sample = Sample(envelope.id, event.key(), envelope.time)
    await store.add_samples(work.connection, [sample])
    return []
