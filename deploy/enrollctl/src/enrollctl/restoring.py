"""Everything back to the point of a backup. Later records stay on the topics, and no reader of ours takes them up."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from pydantic import BaseModel

from contracts.topics import TOPICS
from enrollctl import pg_tools
from enrollctl.holds import hold, release
from enrollctl.manifest import Manifest, Offsets, read_manifest, require_same_keys
from enrollctl.positions import (
    GROUPS,
    publish_entries,
    publish_tombstones,
    read_records,
    set_group_offsets,
    topic_ends,
)
from enrollctl.progress import Progress, StepState, Tell
from enrollctl.services import SERVICES, ServiceSpec
from enrollctl.stack import Stack

#: Topic, partition, first offset, end.
Range = tuple[str, int, int, int]


class Restored(BaseModel):
    """`set_aside` are the databases as they were, to be dropped when nobody misses anything."""

    made_at: datetime
    databases: list[str]
    set_aside: list[str]
    abandoned_records: int
    entries_republished: int


class Restore:
    def __init__(self, stack: Stack, folder: Path, tell: Tell) -> None:
        self._stack = stack
        self._folder = folder
        self._tell = tell
        self._stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")

    def run(self) -> Restored:
        """Raises Failure before anything is touched where the backup is not whole. May be run again after a crash."""
        manifest = read_manifest(self._folder)
        require_same_keys(manifest, self._stack.folders)
        self._tell(Progress("services", detail="stopping"))
        held = hold(self._stack.folders, [spec.name for spec in SERVICES], f"restore of {self._folder}")
        self._tell(Progress("services", StepState.DONE, "held" if held else "none run"))
        specs = [spec for spec in SERVICES if spec.name in manifest.databases]
        self._load(manifest, specs)
        # From here on the old databases are set aside, and a second run begins from the start.
        set_aside = [aside for spec in specs if (aside := self._exchange(spec))]
        abandoned, republished = asyncio.run(self._topics(manifest, specs))
        self._vouchers(manifest)
        self._tell(Progress("services", detail="starting"))
        release(self._stack.folders, held)
        self._tell(Progress("services", StepState.DONE, "ready" if held else "none run"))
        return Restored(
            made_at=manifest.made_at,
            databases=[spec.database for spec in specs],
            set_aside=set_aside,
            abandoned_records=abandoned,
            entries_republished=republished,
        )

    def _load(self, manifest: Manifest, specs: list[ServiceSpec]) -> None:
        """All of them beside the old ones, before any is exchanged."""
        for done, spec in enumerate(specs):
            self._tell(Progress("databases", detail=spec.name, done=done, total=len(specs)))
            load(self._stack, spec, self._folder / manifest.databases[spec.name].path)
        self._tell(Progress("databases", StepState.DONE, "", len(specs), len(specs)))

    def _exchange(self, spec: ServiceSpec) -> str | None:
        aside = f"{spec.database}_before_{self._stamp}"
        there = asyncio.run(pg_tools.exchange(self._stack.admin_database_url, spec.database, beside(spec), aside))
        return aside if there else None

    async def _topics(self, manifest: Manifest, specs: list[ServiceSpec]) -> tuple[int, int]:
        """Later records are left behind, compacted topics say again what they said, groups stand at the ends."""
        bootstrap = self._stack.kafka_bootstrap
        now = await topic_ends(bootstrap)
        changed: dict[str, set[bytes] | None] = {}
        for topic in (one for one in TOPICS if one.compacted):
            changed[topic.name] = await self._take_back(topic.name, manifest, now)
        ranges = later(manifest.topic_ends, await topic_ends(bootstrap))
        await self._tell_databases(specs, ranges)
        republished = 0
        for name, keys in changed.items():
            if keys is None or keys:
                file = self._folder / manifest.entries[name].path
                republished += await publish_entries(bootstrap, name, file, keys)
        ends = await topic_ends(bootstrap)
        for group in GROUPS:
            read = [topic.name for topic in TOPICS if group in topic.consumers]
            await set_group_offsets(bootstrap, group, {topic: ends[topic] for topic in read})
        self._tell(Progress("topics", StepState.DONE, f"{sum(end - first for _, _, first, end in ranges)} left behind"))
        return sum(end - first for _, _, first, end in ranges), republished

    async def _take_back(self, topic: str, manifest: Manifest, now: Offsets) -> set[bytes] | None:
        """Delete what later records said, each key's last word; returns the keys, or None where the topic is new."""
        before = manifest.topic_ends.get(topic, {})
        if any(now[topic][number] < end for number, end in before.items()):
            return None
        records = await read_records(self._stack.kafka_bootstrap, {topic: before}, {topic: now[topic]})
        keys = {record.key: record.partition for record in records if record.key is not None}
        await publish_tombstones(self._stack.kafka_bootstrap, topic, keys.items())
        return set(keys)

    async def _tell_databases(self, specs: list[ServiceSpec], ranges: list[Range]) -> None:
        for spec in specs:
            if spec.uses_kafka:
                await leave_behind(self._stack.database_url(spec.name), ranges)

    def _vouchers(self, manifest: Manifest) -> None:
        """Bring back what is missing; later files harm nobody."""
        for one in manifest.vouchers:
            place = self._stack.folders.root / one.path
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self._folder / one.path, place)


def beside(spec: ServiceSpec) -> str:
    return f"{spec.database}_new"


def load(stack: Stack, spec: ServiceSpec, file: Path | None) -> str:
    """A new database beside the old one, from a dump where there is one; its DSN."""
    asyncio.run(pg_tools.make_empty(stack.admin_database_url, beside(spec), spec.database))
    url = stack.database_url(spec.name).rsplit("/", 1)[0] + f"/{beside(spec)}"
    if file is not None:
        pg_tools.restore(url, file)
    return url


def later(then: Offsets, now: Offsets) -> list[Range]:
    """What topics hold beyond the point of the backup."""
    return [
        (topic, number, then.get(topic, {}).get(number, 0), end)
        for topic, numbers in now.items()
        for number, end in numbers.items()
        if end > then.get(topic, {}).get(number, 0)
    ]


async def leave_behind(url: str, ranges: list[Range]) -> None:
    """Readers of this database skip the ranges; and it is open, whatever it was when it was dumped."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.executemany(
                """INSERT INTO abandoned_records (topic, partition, first_offset, end_offset) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (topic, partition, first_offset) DO UPDATE SET end_offset = excluded.end_offset""",
                ranges,
            )
            await connection.execute("UPDATE maintenance SET state = 'open'")
    finally:
        await connection.close()
