"""Restores all services to the point of a backup. Later records stay on the topics, and the services skip them."""

import asyncio
import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from aiokafka import TopicPartition
from pydantic import BaseModel

from chassis.sql import SkippedRange, skipped_ranges
from contracts.topics import TOPICS
from enrollctl.backup import pg_tools
from enrollctl.backup.manifest import Manifest, Offsets, read_manifest, require_same_keys
from enrollctl.backup.positions import (
    GROUPS,
    last_times,
    publish_entries,
    publish_tombstones,
    read_records,
    set_group_offsets,
    topic_ends,
)
from enrollctl.backup.set_aside import Note, new_name
from enrollctl.stack.databases import database_named
from enrollctl.stack.migrations import migrate_all
from enrollctl.stack.paused_services import pause, release
from enrollctl.stack.services import SERVICES, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState


class Restored(BaseModel):
    """`set_aside` names the old databases; an operator drops them when nobody needs them any more.

    `abandoned_records`: how many records the services will skip. `entries_republished`: how many records were published
    again on compacted topics.
    """

    made_at: datetime
    databases: list[str]
    set_aside: list[str]
    abandoned_records: int
    entries_republished: int


class Restore:
    def __init__(self, stack: Stack, folder: Path, on_progress: ProgressCallback) -> None:
        self._stack = stack
        self._folder = folder
        self._on_progress = on_progress
        self._stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")

    def run(self) -> Restored:
        """Restore all services. This method can be run again after a crash.

        Raises Failure, before anything is changed, if the backup is incomplete or was made with other keys.
        """
        manifest = read_manifest(self._folder)
        require_same_keys(manifest, self._stack.folders)
        self._on_progress(Progress("services", detail="stopping"))
        paused = pause(self._stack.folders, [spec.name for spec in SERVICES], f"restore of {self._folder}")
        self._on_progress(Progress("services", StepState.DONE, "paused" if paused else "none run"))
        specs = [spec for spec in SERVICES if spec.name in manifest.databases]
        self._load(manifest, specs)
        # If the command crashes from here on, some databases are old and some are new. A second run loads and exchanges
        # all databases again.
        set_aside = [aside for spec in specs if (aside := self._exchange(spec))]
        skipped, republished = asyncio.run(self._topics(manifest, specs))
        self._vouchers(manifest)
        self._on_progress(Progress("services", detail="starting"))
        release(self._stack.folders, paused)
        self._on_progress(Progress("services", StepState.DONE, "ready" if paused else "none run"))
        return Restored(
            made_at=manifest.made_at,
            databases=[spec.database for spec in specs],
            set_aside=set_aside,
            abandoned_records=skipped,
            entries_republished=republished,
        )

    def _load(self, manifest: Manifest, specs: list[ServiceSpec]) -> None:
        """Load all new databases beside the old databases, before the first database is exchanged.

        If one new database cannot be loaded, all old databases stay in use.
        """
        loaded = []
        for done, spec in enumerate(specs):
            self._on_progress(Progress("databases", detail=spec.name, done=done, total=len(specs)))
            load(self._stack, spec, self._folder / manifest.databases[spec.name].path, new_name(spec))
            loaded.append(self._stack.process_of(spec, database=new_name(spec)))
        # The backup is possibly older than the code.
        migrate_all(loaded)
        self._on_progress(Progress("databases", StepState.DONE, "", len(specs), len(specs)))

    def _exchange(self, spec: ServiceSpec) -> str | None:
        aside = f"{spec.database}_before_{self._stamp}"
        note = Note(service=spec.name, reason="restore", at=datetime.now(UTC)).model_dump_json()
        admin = self._stack.admin_database_url
        existed = asyncio.run(pg_tools.exchange(admin, spec.database, new_name(spec), aside, note=note))
        return aside if existed else None

    async def _topics(self, manifest: Manifest, specs: list[ServiceSpec]) -> tuple[int, int]:
        """Let services skip later records, restore the compacted topics, and set consumer groups to the topics' ends.

        Returns how many records are skipped, and how many records were published again on compacted topics.
        """
        bootstrap = self._stack.kafka_bootstrap
        now = await topic_ends(bootstrap)
        recreated = recreated_topics(manifest.topic_ends, now)
        changed: dict[str, set[bytes] | None] = {}
        for topic in (one for one in TOPICS if one.compacted):
            changed[topic.name] = await self._delete_later_keys(topic.name, manifest, now, new=topic.name in recreated)
        ranges = await with_times(bootstrap, later_ranges(manifest.topic_ends, await topic_ends(bootstrap), recreated))
        await self._store_ranges(specs, ranges, recreated)
        republished = 0
        for name, keys in topics_to_republish(changed, manifest.entries).items():
            file = self._folder / manifest.entries[name].path
            republished += await publish_entries(bootstrap, name, file, keys)
        ends = await topic_ends(bootstrap)
        for group in GROUPS:
            read = [topic.name for topic in TOPICS if group in topic.consumers]
            await set_group_offsets(bootstrap, group, {topic: ends[topic] for topic in read})
        skipped = sum(one.end - one.first for one in ranges)
        self._on_progress(Progress("topics", StepState.DONE, f"{skipped} later records are skipped"))
        return skipped, republished

    async def _delete_later_keys(self, topic: str, manifest: Manifest, now: Offsets, *, new: bool) -> set[bytes] | None:
        """Publish a tombstone (a record that deletes a key) for each key with a record later than the backup.

        Returns these keys. `topic`: a compacted topic. `new`: True if the topic was created again after the backup. In
        this case all its keys get a tombstone, and None is returned.
        """
        before = {} if new else {topic: manifest.topic_ends.get(topic, {})}
        records = await read_records(self._stack.kafka_bootstrap, before, {topic: now[topic]})
        keys = {record.key: record.partition for record in records if record.key is not None}
        await publish_tombstones(self._stack.kafka_bootstrap, topic, keys.items())
        return None if new else set(keys)

    async def _store_ranges(
        self, specs: list[ServiceSpec], ranges: list[SkippedRange], recreated: Collection[str]
    ) -> None:
        for spec in specs:
            if spec.uses_kafka:
                await store_skipped_ranges(self._stack.database_url(spec.name), ranges, recreated)

    def _vouchers(self, manifest: Manifest) -> None:
        """Copy missing voucher files back. Files of later vouchers stay, although no row refers to these files."""
        for one in manifest.vouchers:
            place = self._stack.folders.root / one.path
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self._folder / one.path, place)


def load(stack: Stack, spec: ServiceSpec, file: Path | None, name: str) -> str:
    """Create a new database beside the old one; fill it from the dump, if there is one. Returns the service's DSN."""
    asyncio.run(pg_tools.make_empty(stack.admin_database_url, name, spec))
    if file is not None:
        pg_tools.restore(database_named(stack.owner_database_url(spec), name), file)
    return database_named(stack.database_url(spec.name), name)


def recreated_topics(then: Offsets, now: Offsets) -> set[str]:
    """The topics that now end at a lower offset than at the time of the backup.

    Kafka has lost the data of these topics since the backup, so their offsets began at 0 again.
    """
    return {
        topic
        for topic, numbers in then.items()
        if any(now.get(topic, {}).get(number, 0) < end for number, end in numbers.items())
    }


def topics_to_republish(
    changed: Mapping[str, set[bytes] | None], saved: Collection[str]
) -> dict[str, set[bytes] | None]:
    """Compacted topic → the keys whose saved records are published again; None means all keys.

    A topic that is newer than the backup has no saved records, so it is left out.
    """
    return {name: keys for name, keys in changed.items() if name in saved and (keys is None or keys)}


def later_ranges(then: Offsets, now: Offsets, recreated: Collection[str] = ()) -> list[SkippedRange]:
    """The records of each partition from its end at the backup (`then`) to its end now.

    In a `recreated` topic, the range is the whole partition. An empty partition gets a range, too, because a range that
    begins at 0 tells the services that the partition's earlier records are lost.
    """
    return [
        SkippedRange(topic, number, first, end)
        for topic, numbers in now.items()
        for number, end in numbers.items()
        if end > (first := 0 if topic in recreated else then.get(topic, {}).get(number, 0)) or topic in recreated
    ]


async def with_times(bootstrap: str, ranges: list[SkippedRange]) -> list[SkippedRange]:
    """The same ranges, each with `last_at`, a time by which its last record had arrived.

    A partition without records gets the present time.
    """
    ends: Offsets = {}
    for one in ranges:
        ends.setdefault(one.topic, {})[one.partition] = one.end
    times = await last_times(bootstrap, ends)
    now = datetime.now(UTC)
    return [replace(one, last_at=times.get(TopicPartition(one.topic, one.partition), now)) for one in ranges]


async def store_skipped_ranges(url: str, ranges: list[SkippedRange], recreated: Collection[str] = ()) -> None:
    """Store the ranges that the service must skip, and set `maintenance` to `open`.

    A backup stops the service before it dumps the database, so the state in the dump is `stopped`. For `recreated`
    topics, the ranges that earlier restores stored are deleted. The stored position of each key's last record is
    deleted, too. Both contain offsets, and the offsets of these topics began at 0 again.
    """
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("DELETE FROM abandoned_records WHERE topic = ANY($1)", list(recreated))
            await connection.execute(
                "UPDATE inbox_positions SET partition = NULL, record_offset = NULL WHERE topic = ANY($1)",
                list(recreated),
            )
            await skipped_ranges.save(connection, ranges)
            await connection.execute("UPDATE maintenance SET state = 'open'")
    finally:
        await connection.close()
