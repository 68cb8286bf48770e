"""Publishes a million people on `members.batches.v1` before enrollment-svc starts and reads them."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from chassis.privacy import Sealer, mask_name, mask_number
from contracts.envelope import Envelope, derived_id
from contracts.fields import Part, Personal
from contracts.members import Member, MembersImported
from contracts.words import DocumentType
from enrollctl.errors import Failure
from enrollctl.stack.services import SERVICES
from faults.checks.quiet import WorkMonitor, wait_for_quiet
from faults.checks.reconciliation import Reconciliation
from faults.checks.stores import judge_store
from faults.platform.platform import Platform
from faults.rig.scrapes import Scrapes
from faults.rig.wire import Wire, read_all
from faults.scenarios.infrastructure.pressure import LONGEST_POLL_S, long_polls, must_stay_small, rebalances

SERVICE = "enrollment-svc"
EVENT_PEOPLE = 500
UNITS = 200
LONGEST_S = 3_600.0


def flood(platform: Platform, people: int) -> Reconciliation:
    """Publish `people` people on the topic, then start enrollment-svc and let it read all of them."""
    reconciliation = Reconciliation()
    [spec] = [spec for spec in SERVICES if spec.name == SERVICE]
    platform.fault("a topic flooded", people=people)
    started = time.monotonic()
    published = asyncio.run(_publish(platform, people // EVENT_PEOPLE))
    print(f"     {published:,} events on the topic after {time.monotonic() - started:.0f} s", flush=True)
    worker = platform.rig_stack.launch(platform.worker(spec))
    store = platform.store(SERVICE)
    monitor = WorkMonitor(platform.kafka_bootstrap, [store])
    with Scrapes(lambda: {SERVICE: worker.url}) as scrapes:
        started = time.monotonic()
        _await_people(platform, people)
        seconds = time.monotonic() - started
        print(f"     {people:,} people read in {seconds:.0f} s", flush=True)
        polls = scrapes.total("ue_poll_seconds_count")
        reconciliation.find("stuck", "no poll was counted", int(not polls))
        reconciliation.find("stuck", f"of {polls} polls that took over {LONGEST_POLL_S:.0f} s", long_polls(scrapes))
    reconciliation.add(wait_for_quiet(monitor))
    judge_store(store, Wire(asyncio.run(read_all(platform.kafka_bootstrap, store.reads))), reconciliation)
    reconciliation.compare("candidates", people, store.value("SELECT count(*)::int FROM candidates"))
    must_stay_small(platform.rig_stack, SERVICE)
    # The service causes one rebalance when it joins. Rebalances are counted by a text in Kafka's log. If the count is
    # 0, this version of Kafka writes another text.
    reconciliation.compare("rebalances", 1, rebalances(platform.rig_stack, SERVICE))
    reconciliation.find("stuck", f"{SERVICE} ended under the flood", platform.rig_stack.restarts(SERVICE))
    return reconciliation


def _await_people(platform: Platform, people: int) -> None:
    deadline, before, moved = time.monotonic() + LONGEST_S, -1, time.monotonic()
    while True:
        count = platform.store(SERVICE).value("SELECT count(*) FROM candidates")
        if count >= people:
            return
        now = time.monotonic()
        before, moved = (count, now) if count > before else (before, moved)
        if now > deadline or now - moved > 120:
            raise Failure(f"{count:,} of {people:,} people were read")
        time.sleep(1)


async def _publish(platform: Platform, events: int) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=platform.kafka_bootstrap, acks="all", enable_idempotence=True, max_request_size=1024 * 1024
    )
    await producer.start()
    try:
        for event, envelope in _events(Sealer(platform.keys), events):
            await producer.send_and_wait(
                event.topic.name,
                event.model_dump_json().encode(),
                key=event.key().encode(),
                headers=envelope.to_headers(),
            )
    finally:
        await producer.stop()
    return events


def _events(sealer: Sealer, count: int) -> Iterator[tuple[MembersImported, Envelope]]:
    """Events with different people. The people are encrypted in the way in which member-svc encrypts them."""
    units, unions = [uuid4() for _ in range(UNITS)], [uuid4() for _ in range(UNITS)]
    for number in range(count):
        place, cause = number % UNITS, uuid4()
        event_id = derived_id(cause, MembersImported.ce_type, str(units[place]), 0)
        people = [_personal(number * EVENT_PEOPLE + n) for n in range(EVENT_PEOPLE)]
        event = MembersImported(
            import_id=cause,
            union_id=unions[place],
            unit_id=units[place],
            part=Part(index=0, count=1),
            members=[_member(person) for person in people],
            sealed=sealer.seal(people, event_id, MembersImported.ce_type),
            check_on_import=False,
            imported_at=datetime.now(UTC),
        )
        yield event, _envelope(event_id, event, number // UNITS + 1, cause)


def _personal(number: int) -> Personal:
    return Personal(name="示例人", document_number=f"1101011990{number:08}", mobile="13800000000")


def _member(person: Personal) -> Member:
    return Member(
        member_id=uuid4(),
        member_no="M" + person.document_number[-8:],
        person_key=uuid4().hex,
        document_type=DocumentType.RESIDENT_ID,
        masked_name=mask_name(person.name),
        masked_number=mask_number(person.document_number),
    )


def _envelope(event_id: UUID, event: MembersImported, sequence: int, cause: UUID) -> Envelope:
    return Envelope(
        id=event_id,
        type=event.ce_type,
        source="/member-svc",
        time=datetime.now(UTC),
        subject=event.subject(),
        sequence=sequence,
        causation_id=str(cause),
        correlation_id=str(cause),
    )
