"""One service's database, lost and learned again: from the backup what it owns, from topics what it was told since."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from chassis import abandoned
from chassis.abandoned import Range
from contracts.topics import TOPICS
from enrollctl import pg_tools
from enrollctl.errors import Failure
from enrollctl.files import write_json
from enrollctl.holds import hold, release
from enrollctl.manifest import Manifest, read_manifest, require_same_keys
from enrollctl.positions import group_offsets
from enrollctl.progress import Progress, StepState, Tell
from enrollctl.restoring import beside, bring_to_code, leave_behind, load, service_on
from enrollctl.services import SERVICES, ServiceProcess, ServiceSpec
from enrollctl.stack import Stack


class RebuildOfService:
    """`backup` may be None: then only what topics hold comes back."""

    def __init__(self, stack: Stack, spec: ServiceSpec, backup: Path | None, tell: Tell) -> None:
        self._stack = stack
        self._spec = spec
        self._backup = backup
        self._tell = tell

    def run(self) -> dict[str, Any]:
        """What came of it; the old database, where there is one, stays under another name. Raises Failure."""
        manifest = read_manifest(self._backup) if self._backup else None
        if manifest is not None:
            require_same_keys(manifest, self._stack.folders)
        if manifest is None and not self._spec.uses_kafka:
            raise Failure(f"{self._spec.name} reads no topics: its database comes back from a backup only (--backup)")
        self._tell(Progress("service", detail="stopping"))
        held = hold(self._stack.folders, [self._spec.name], "rebuild")
        report = self._rebuilt(manifest)
        self._tell(Progress("service", detail="starting"))
        release(self._stack.folders, held)
        self._tell(Progress("service", StepState.DONE, "ready"))
        return report

    def _rebuilt(self, manifest: Manifest | None) -> dict[str, Any]:
        report, spec = self.learned(manifest), self._spec
        aside = f"{spec.database}_lost_{datetime.now(UTC):%Y%m%d%H%M%S}"
        there = asyncio.run(pg_tools.exchange(self._stack.admin_database_url, spec.database, beside(spec), aside))
        return report | {"service": spec.name, "set_aside": aside if there else None}

    def learned(self, manifest: Manifest | None) -> dict[str, Any]:
        """What comes back, in a database beside the service's own; nothing else is touched."""
        spec = self._spec
        dump = self._backup / manifest.databases[spec.name].path if self._backup and manifest else None
        url = load(self._stack, spec, dump)
        self._tell(Progress("database", StepState.DONE, "from the backup" if dump else "empty"))
        service = service_on(self._stack, spec, url)
        bring_to_code(service)
        if not spec.uses_kafka:
            return {}
        asyncio.run(leave_behind(url, asyncio.run(self._ranges_of_others())))
        return self._learn(service, manifest)

    def _learn(self, service: ServiceProcess, manifest: Manifest | None) -> dict[str, Any]:
        """The service itself reads the topics, with outbound requests off."""
        self._tell(Progress("topics", detail="reading"))
        name = self._spec.name
        until = asyncio.run(group_offsets(self._stack.kafka_bootstrap, [name]))[name]
        own = {topic.name for topic in TOPICS if topic.producer == name}
        plan = {
            "start": manifest.group_offsets.get(name, {}) if manifest else {},
            "until": until,
            "own": {t: o for t, o in manifest.topic_ends.items() if t in own} if manifest else {},
        }
        path = self._stack.folders.root / "rebuild" / f"{name}.json"
        write_json(path, plan)
        done = subprocess.run(
            [sys.executable, *self._spec.program, "rebuild", str(path)],
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
        self._tell(Progress("topics", StepState.DONE, f"{report['handled']} records handled again"))
        return report

    async def _ranges_of_others(self) -> list[Range]:
        """A restore after the backup has told every other database what it left behind."""
        found: set[Range] = set()
        for spec in SERVICES:
            if not spec.uses_kafka or spec.name == self._spec.name:
                continue
            try:
                connection = await asyncpg.connect(self._stack.database_url(spec.name), timeout=10)
            except (OSError, asyncpg.PostgresError):
                continue
            try:
                ranges = await abandoned.load(connection)
            finally:
                await connection.close()
            found.update(*ranges.values())
        return sorted(found, key=lambda one: (one.topic, one.partition, one.first, one.end))
