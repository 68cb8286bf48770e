"""A rig that can fail: bugs planted into a copy of the chassis, each against a scenario that must catch it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import chassis

#: The copy stands before the real chassis on the services' path.
HOME = Path(chassis.__file__).parent


@dataclass(frozen=True, slots=True)
class Mutant:
    """In `module` the text `whole` becomes `broken`; `scenario` must find it."""

    name: str
    scenario: str
    module: str
    whole: str
    broken: str

    def plant(self, folder: Path) -> str:
        """A copy of the chassis with the bug in it; what to put on PYTHONPATH.

        Raises ValueError where the text is not there exactly once: the code moved on, and the bug must follow.
        """
        source = folder / self.name / "src" / "chassis"
        text = self.checked_text()
        shutil.copytree(HOME, source, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(HOME.parents[1] / "migrations", source.parents[1] / "migrations")
        (source / f"{self.module}.py").write_text(text.replace(self.whole, self.broken))
        return str(source.parent)

    def checked_text(self) -> str:
        """The module as it is. Raises ValueError where the bug has no place in it any more."""
        text = (HOME / f"{self.module}.py").read_text()
        if text.count(self.whole) != 1:
            raise ValueError(f"{self.name}: {self.module}.py holds the text {text.count(self.whole)} times, not once")
        return text


MUTANTS = (
    Mutant(
        "offsets_committed_before_the_transaction",
        "killed_before_commit",
        "transport",
        "                await self._handler.handle(records)\n",
        "                await self.subscriber.consumer.commit()\n"
        "                await self._handler.handle(records)\n",
    ),
    Mutant(
        "failed_poll_acknowledged",
        "failed_poll_over_several_partitions",
        "transport",
        "            raise NackMessage from None\n",
        "            return\n",
    ),
    Mutant(
        "relay_follows_a_cursor",
        "commits_out_of_sequence",
        "relay",
        "            rows = await unpublished(connection)\n",
        "            rows = [row for row in await unpublished(connection) if row.id > getattr(self, 'cursor', 0)]\n"
        "            self.cursor = max([row.id for row in rows], default=getattr(self, 'cursor', 0))\n",
    ),
    Mutant(
        "inbox_switched_off",
        "killed_after_handling_before_offsets",
        "inbox",
        "        return sequence <= self.last[place]\n",
        "        return False\n",
    ),
    Mutant(
        "sequence_not_checked",
        "copies_injected",
        "inbox",
        "        return sequence <= self.last[place]\n",
        "        return sequence == self.last[place]\n",
    ),
    Mutant(
        "key_ignored_when_publishing",
        "killed_after_ack_before_mark",
        "producers",
        "await producer.send(p.topic, value=p.payload, key=p.key.encode(), headers=p.headers) for p in publications",
        "await producer.send(p.topic, value=p.payload, key=p.key.encode(), headers=p.headers, partition=p.id % 6)\n"
        "        for p in publications",
    ),
    Mutant(
        "acknowledgement_not_awaited",
        "kafka_killed_and_the_teller_with_it",
        "producers",
        "    for future in futures:\n        await future\n",
        "    del futures\n",
    ),
    Mutant(
        "marked_before_published",
        "killed_after_commit_before_publish",
        "relay",
        "            crash_points.reach(crash_points.RELAY_BEFORE_PUBLISH)\n",
        '            await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [row.id for row in rows])\n'
        "            crash_points.reach(crash_points.RELAY_BEFORE_PUBLISH)\n",
    ),
    Mutant(
        "events_written_after_the_commit",
        "killed_after_commit_before_publish",
        "database",
        "                await outbox.write(connection, work.take_emitted())\n"
        "                crash_points.reach(crash_points.WORK_BEFORE_COMMIT)\n"
        "            crash_points.reach(crash_points.WORK_AFTER_COMMIT)\n",
        "            crash_points.reach(crash_points.WORK_AFTER_COMMIT)\n"
        "            await outbox.write(connection, work.take_emitted())\n",
    ),
    Mutant(
        "savepoint_dropped",
        "later_records_wait_and_are_replayed_in_order",
        "poll",
        "            async with connection.transaction():\n                event = read_event(kind, record)\n",
        "            if True:\n                event = read_event(kind, record)\n",
    ),
    Mutant(
        "later_records_not_parked",
        "later_records_wait_and_are_replayed_in_order",
        "poll",
        "        if record.place in poll.set_aside:\n",
        "        if False:\n",
    ),
    Mutant(
        "sent_again_without_a_look",
        "killed_around_a_call_outside",
        "outbound",
        "                answer = await self._outbound.perform(request)\n",
        "                import dataclasses\n"
        "                answer = await self._outbound.perform(dataclasses.replace(request, attempt=1))\n",
    ),
    Mutant(
        "trouble_taken_for_bad_data",
        "failed_poll_over_several_partitions",
        "causes",
        "    return isinstance(error, INFRASTRUCTURE)\n",
        "    return False\n",
    ),
    Mutant(
        "idempotency_key_not_kept",
        "killed_after_commit_before_publish",
        "idempotency",
        "    if taken:\n        return None\n",
        "    if taken or True:\n        return None\n",
    ),
)
