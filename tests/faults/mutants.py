"""Shows that the fault rig finds bugs: each mutant is a bug in a copy of a package, and a scenario must find it.

The services import the copy instead of the real package.
"""

import shutil
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from faults.checks.reconciliation import Reconciliation, Wrong


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug: in `module` the text `whole` is replaced by `broken`. `scenario` must find a kind of fault in `wrongs`."""

    name: str
    scenario: str
    module: str
    whole: str
    broken: str
    wrongs: tuple[Wrong, ...]
    package: str = "chassis"

    def plant(self, folder: Path) -> str:
        """Copy the package with the bug in it; returns the folder for PYTHONPATH.

        Raises ValueError if the text does not occur exactly once: the code has changed, and the mutant must be adapted.
        """
        home = self._home()
        source = folder / self.name / "src" / self.package
        text = self.checked_text()
        shutil.copytree(home, source, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(home.parents[1] / "migrations", source.parents[1] / "migrations")
        (source / f"{self.module}.py").write_text(text.replace(self.whole, self.broken))
        return str(source.parent)

    def checked_text(self) -> str:
        """The unchanged module. Raises ValueError if it no longer contains the text."""
        text = (self._home() / f"{self.module}.py").read_text()
        if text.count(self.whole) != 1:
            raise ValueError(f"{self.name}: {self.module}.py holds the text {text.count(self.whole)} times, not once")
        return text

    def caught_by(self, reconciliation: Reconciliation) -> str | None:
        """The first finding of an expected kind, or None."""
        return next((found for found in reconciliation.findings if found.split(" ")[0] in self.wrongs), None)

    def _home(self) -> Path:
        return Path(str(import_module(self.package).__file__)).parent


SIX_STAGES = "six_stages_with_every_service_killed"
FULL_DISKS = "disks_full_under_replicas"

MUTANTS = (
    Mutant(
        "offsets_committed_before_the_transaction",
        "killed_before_commit",
        "consumers/transport",
        "                await self._handler.handle(records)\n",
        "                await self.subscriber.consumer.commit()\n"
        "                await self._handler.handle(records)\n",
        wrongs=("lost",),
    ),
    Mutant(
        "failed_poll_acknowledged",
        "failed_poll_over_several_partitions",
        "consumers/transport",
        "            raise NackMessage from None\n",
        "            return\n",
        wrongs=("lost",),
    ),
    Mutant(
        "relay_follows_a_cursor",
        "commits_out_of_sequence",
        "publishing/relay",
        "            rows = await unpublished(connection)\n",
        "            rows = [row for row in await unpublished(connection) if row.id > getattr(self, 'cursor', 0)]\n"
        "            self.cursor = max([row.id for row in rows], default=getattr(self, 'cursor', 0))\n",
        wrongs=("lost", "stuck"),
    ),
    Mutant(
        "inbox_switched_off",
        "killed_after_handling_before_offsets",
        "messaging/positions",
        "        return Arrival.SEEN\n",
        "        return Arrival.DUE\n",
        wrongs=("doubled",),
    ),
    Mutant(
        "sequence_not_checked",
        "copies_injected",
        "messaging/positions",
        "        return Arrival.SEEN\n",
        "        return Arrival.SEEN if record.sequence == self.last else Arrival.DUE\n",
        wrongs=("doubled", "out_of_order"),
    ),
    Mutant(
        "key_ignored_when_publishing",
        "killed_after_ack_before_mark",
        "publishing/producers",
        "await producer.send(p.topic, value=p.payload, key=p.key.encode(), headers=p.headers) for p in publications",
        "await producer.send(p.topic, value=p.payload, key=p.key.encode(), headers=p.headers, partition=p.id % 6)\n"
        "        for p in publications",
        wrongs=("out_of_order", "lost"),
    ),
    Mutant(
        "acknowledgement_not_awaited",
        "kafka_killed_and_the_publisher_with_it",
        "publishing/producers",
        "    for future in futures:\n        await future\n",
        "    del futures\n",
        wrongs=("lost",),
    ),
    Mutant(
        "marked_before_published",
        "killed_after_commit_before_publish",
        "publishing/relay",
        "            crash_points.reach(crash_points.RELAY_BEFORE_PUBLISH)\n",
        '            await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [row.id for row in rows])\n'
        "            crash_points.reach(crash_points.RELAY_BEFORE_PUBLISH)\n",
        wrongs=("lost",),
    ),
    Mutant(
        "events_written_after_the_commit",
        "killed_after_commit_before_publish",
        "database/database",
        "                await outbox.write(connection, work.pop_events())\n"
        "                crash_points.reach(crash_points.WORK_BEFORE_COMMIT)\n"
        "            crash_points.reach(crash_points.WORK_AFTER_COMMIT)\n",
        "            crash_points.reach(crash_points.WORK_AFTER_COMMIT)\n"
        "            await outbox.write(connection, work.pop_events())\n",
        wrongs=("lost",),
    ),
    Mutant(
        "savepoint_dropped",
        "later_records_wait_and_are_replayed_in_order",
        "poll_handling/poll_handler",
        "            async with connection.transaction():\n"
        "                event = record.read_before.pop(kind, None) or read_event(kind, record)\n",
        "            if True:\n"
        "                event = record.read_before.pop(kind, None) or read_event(kind, record)\n",
        wrongs=("doubled",),
    ),
    Mutant(
        "later_records_not_parked",
        "later_records_wait_and_are_replayed_in_order",
        "poll_handling/poll_handler",
        "        if record.topic_key in poll.blocked_keys:\n",
        "        if False:\n",
        wrongs=("out_of_order",),
    ),
    Mutant(
        "strangers_are_heard",
        "forged_records",
        "messaging/sources",
        "    if len(sources) != 1:\n",
        "    return None\n    if len(sources) != 1:\n",
        wrongs=("stuck", "lost"),
    ),
    Mutant(
        "jumps_move_the_position",
        "forged_records",
        "messaging/positions",
        "            return Arrival.DUE if due else Arrival.JUMP\n",
        "            return Arrival.DUE if due else Arrival.DUE\n",
        wrongs=("lost", "doubled", "stuck"),
    ),
    Mutant(
        "waiting_for_a_group_is_standing_still",
        "killed_again_and_again",
        "consumers/consumer_supervisor",
        "                if transport.waits_for_group():\n",
        "                if False:\n",
        wrongs=("stuck",),
    ),
    Mutant(
        "sent_again_without_a_look",
        "killed_around_a_call_outside",
        "jobs/job_worker",
        "                answer = await self._handler.run(job)\n",
        "                import dataclasses\n"
        "                answer = await self._handler.run(dataclasses.replace(job, attempt=1))\n",
        wrongs=("doubled",),
    ),
    Mutant(
        "trouble_taken_for_bad_data",
        "failed_poll_over_several_partitions",
        "resilience/error_classification",
        "    return isinstance(error, INFRASTRUCTURE)\n",
        "    return False\n",
        wrongs=("stuck",),
    ),
    Mutant(
        "idempotency_key_not_kept",
        "killed_after_commit_before_publish",
        "web/idempotency",
        "    if is_new:\n        return None\n",
        "    if is_new or True:\n        return None\n",
        wrongs=("doubled",),
    ),
    Mutant(
        "compacted_topics_not_fenced",
        "frozen_between_look_and_publication",
        "publishing/producers",
        'transactional_id=f"{self._service}.relay"',
        'transactional_id=f"{self._service}.relay.{id(self)}"',
        wrongs=("out_of_order",),
    ),
    Mutant(
        "leases_by_the_machines_clock",
        "clocks_that_disagree",
        "database/leases",
        "clock_timestamp() + $3 * interval '1 second')\n"
        "           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until\n"
        "           WHERE l.holder = excluded.holder OR l.until < clock_timestamp()\n"
        '           RETURNING holder""",\n'
        "        name,\n        holder,\n        ttl_s,\n",
        "to_timestamp($4) + $3 * interval '1 second')\n"
        "           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until\n"
        "           WHERE l.holder = excluded.holder OR l.until < to_timestamp($4)\n"
        '           RETURNING holder""",\n'
        "        name,\n        holder,\n        ttl_s,\n        time.time(),\n",
        wrongs=("stuck",),
    ),
    Mutant(
        "a_person_dropped_in_submission",
        SIX_STAGES,
        "usecases/submissions/submission",
        "{line_ids[unit_id]: people for unit_id",
        "{line_ids[unit_id]: people[1:] for unit_id",
        wrongs=("lost",),
        package="enrollment_svc",
    ),
    Mutant(
        "priced_with_the_half_year",
        SIX_STAGES,
        "domain/rates/rates",
        "        city = self.city.get(term)\n",
        "        city = self.city.get(Term.HALF_YEAR)\n",
        wrongs=("lost",),
        package="enrollment_svc",
    ),
    Mutant(
        "a_voucher_sent_twice",
        SIX_STAGES,
        "jobs/center_requests",
        "            await self._center.send(voucher.voucher_id, content)\n",
        "            await self._center.send(voucher.voucher_id, content)\n"
        "            await self._center.send(UUID(int=voucher.voucher_id.int ^ 1), content)\n",
        wrongs=("doubled",),
        package="payment_svc",
    ),
    Mutant(
        "a_full_disk_taken_for_a_bug",
        FULL_DISKS,
        "resilience/error_classification",
        "    asyncpg.InsufficientResourcesError,\n",
        "",
        wrongs=("stuck",),
    ),
    Mutant(
        "a_full_disk_is_not_told",
        FULL_DISKS,
        "app/http",
        "        runtime_of(request).health.waits_for(DISK, FULL)\n",
        "        pass\n",
        wrongs=("stuck",),
    ),
)
