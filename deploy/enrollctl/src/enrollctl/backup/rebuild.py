"""Rebuilds one service's lost database from a backup, and from the later events of other services on the topics."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg

from chassis.sql import SkippedRange, skipped_ranges
from contracts.topics import TOPICS
from enrollctl.backup.database_exchange import DatabaseExchange
from enrollctl.backup.holdings import commands_since, holdings, refusal
from enrollctl.backup.manifest import Manifest, Offsets, read_manifest, require_same_keys
from enrollctl.backup.positions import group_offsets
from enrollctl.backup.restore import load, store_skipped_ranges
from enrollctl.backup.set_aside import new_name
from enrollctl.errors import Failure
from enrollctl.stack.databases import database_named
from enrollctl.stack.migrations import migrate_all
from enrollctl.stack.services import SERVICES, ServiceProcess, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState
from enrollctl.workspace.files import write_json


class RebuildOfService:
    """A rebuild of one service. If `backup` is None, only the data on topics come back."""

    def __init__(self, stack: Stack, spec: ServiceSpec, backup: Path | None, on_progress: ProgressCallback) -> None:
        self._stack = stack
        self._spec = spec
        self._backup = backup
        self._on_progress = on_progress

    def run(self, *, yes: bool = True) -> dict[str, Any]:
        """Rebuild and return a report. If there is an old database, it is kept under another name.

        Raises Failure if a step fails. If `yes` is False and the database contains data, raises Failure before anything
        is changed. If the process is killed at any step, the same rebuild can be run again.
        """
        manifest = read_manifest(self._backup) if self._backup else None
        if manifest is not None:
            require_same_keys(manifest, self._stack.folders)
        if manifest is None and not self._spec.uses_kafka:
            raise Failure(f"{self._spec.name} reads no topics: its database comes back from a backup only (--backup)")
        source = str(self._backup) if self._backup else None
        exchange = DatabaseExchange(self._stack, self._spec, self._on_progress)
        if not yes and not exchange.is_finished_by("rebuild", source):
            self._require_lost(manifest)
        return exchange.run("rebuild", source, lambda name: self.build(manifest, name))

    def _require_lost(self, manifest: Manifest | None) -> None:
        """Raises Failure if the database holds data; the message lists the data that a rebuild would lose."""
        url = database_named(self._stack.admin_database_url, self._spec.database)
        found = asyncio.run(holdings(url, self._spec))
        if found is None or not found.data:
            return
        commands = asyncio.run(commands_since(url, manifest.made_at)) if manifest else 0
        raise Failure(refusal(self._spec, found, manifest, commands))

    def build(self, manifest: Manifest | None, name: str | None = None) -> dict[str, Any]:
        """Build the new database beside the current one and return a report; nothing else is changed."""
        spec = self._spec
        dump = self._backup / manifest.databases[spec.name].path if self._backup and manifest else None
        name = name or new_name(spec)
        url = load(self._stack, spec, dump, name)
        self._on_progress(Progress("database", StepState.DONE, "from the backup" if dump else "empty"))
        service = self._stack.process_of(spec, database=name)
        # The backup may be older than the code.
        migrate_all([service])
        if not spec.uses_kafka:
            return {}
        asyncio.run(store_skipped_ranges(url, asyncio.run(ranges_of_others(self._stack, spec))))
        start = manifest.group_offsets.get(spec.name, {}) if manifest else {}
        own = own_offsets(spec, manifest.topic_ends) if manifest else {}
        return read_topics_again(self._stack, service, start, own, self._on_progress)


def own_offsets(spec: ServiceSpec, offsets: Offsets) -> Offsets:
    """The offsets of the topics on which the service publishes."""
    own = {topic.name for topic in TOPICS if topic.producer == spec.name}
    return {topic: numbers for topic, numbers in offsets.items() if topic in own}


def read_topics_again(
    stack: Stack, service: ServiceProcess, start: Offsets, own: Offsets, on_progress: ProgressCallback
) -> dict[str, Any]:
    """Run the service's command `rebuild` and return its report. Raises Failure.

    The command handles the records of the subscribed topics again, from the offsets `start`. Handling a record again
    creates events that the service has possibly published before. So that no event is published twice, the command also
    reads the topics on which the service publishes, from the offsets `own`.
    """
    on_progress(Progress("topics", detail="reading"))
    name = service.name
    until = asyncio.run(group_offsets(stack.kafka_bootstrap, [name]))[name]
    path = stack.folders.exchanges / f"{name}.json"
    write_json(path, {"start": start, "until": until, "own": own})
    done = subprocess.run(
        [sys.executable, *service.spec.program, "rebuild", str(path)],
        env=service.settings,
        capture_output=True,
        text=True,
        check=False,
    )
    with service.log.open("a", encoding="utf-8") as log:
        log.write(done.stdout + done.stderr)
    if done.returncode:
        raise Failure(f"{name} could not read its topics again: {(done.stdout + done.stderr)[-1500:]}")
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    on_progress(Progress("topics", StepState.DONE, f"{report['handled']} records handled again"))
    return report


async def ranges_of_others(stack: Stack, spec: ServiceSpec) -> list[SkippedRange]:
    """The ranges of records that the other services skip. The rebuilt service must skip them, too.

    A restore stores these ranges in every database. If a restore came after the backup, the backup does not contain the
    ranges of this restore.
    """
    found: set[SkippedRange] = set()
    for other in SERVICES:
        if other.uses_kafka and other.name != spec.name:
            found.update(await ranges_in(database_named(stack.admin_database_url, other.database)))
    return sorted(found, key=lambda one: (one.topic, one.partition, one.first, one.end))


async def ranges_in(url: str) -> set[SkippedRange]:
    """The skipped ranges in one database; an empty set if the database does not answer."""
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, asyncpg.PostgresError):
        return set()
    try:
        return {one for ranges in (await skipped_ranges.load(connection)).values() for one in ranges}
    finally:
        await connection.close()
