"""Makes a backup of one point in time: lets all work finish, then saves all databases and all positions on topics."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.topics import TOPICS
from enrollctl.backup import pg_tools
from enrollctl.backup.manifest import NAME, BackupFile, Manifest, file_of, keys_fingerprint
from enrollctl.backup.positions import GROUPS, group_offsets, save_entries, topic_ends
from enrollctl.errors import Failure
from enrollctl.ops_client.maintenance import OPEN_COMMAND, ROUTE, enter, open_all, raise_any
from enrollctl.ops_client.operators import Operators
from enrollctl.stack.services import SERVICES, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.streams.lag import measure_lag
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState
from enrollctl.workspace.files import write_json

CHECK_EVERY_S = 0.3
#: How many checks in a row must find no work. A check asks one service after another. So one check can miss an event
#: that goes, during the check, from a service that was not asked yet to a service that was asked already.
CHECKS_IN_A_ROW = 3
#: A service, and the DSN of the database to dump.
Source = tuple[ServiceSpec, str]


class NotOpen(Failure):
    """A service is already in maintenance: it refuses commands, possibly for another backup. Nothing was changed."""


class WorkUnfinished(Failure):
    """The services did not finish their work in time. Nothing was saved, and all services are open again."""


class Backup:
    """Makes one backup of a running stack into a folder that must not exist yet."""

    def __init__(
        self, stack: Stack, operators: Operators, folder: Path, reason: str, on_progress: ProgressCallback
    ) -> None:
        self._stack = stack
        self._operators = operators
        self._folder = folder
        self._partial = folder.with_name(f"{folder.name}.partial")
        self._reason = reason
        self._on_progress = on_progress

    def make(self, patience_s: float) -> Manifest:
        """Make the backup, and return its manifest.

        Raises Failure if the folder exists, or NotOpen if a service is in maintenance. In both cases nothing was
        changed. Raises WorkUnfinished or another Failure if a later step fails. After such a failure the services are
        open again, unless the step that opens them failed.
        """
        if self._folder.exists():
            raise Failure(f"{self._folder} already exists; name a new folder")
        self._require_open()
        databases = [(spec, self._stack.owner_database_url(spec)) for spec in SERVICES]
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True, mode=0o700)
        with self._stopped(patience_s) as states:
            manifest = self._save(states, databases)
        write_json(self._partial / NAME, manifest.model_dump(mode="json"))
        self._partial.replace(self._folder)
        return manifest

    @contextmanager
    def _stopped(self, patience_s: float) -> Iterator[dict[str, Any]]:
        try:
            self._on_progress(Progress("drain", detail="commands are refused; waiting for work under way to finish"))
            self._enter("draining")
            self._await_idle(patience_s, CHECKS_IN_A_ROW)
            self._enter("stopped")
            states = self._await_idle(patience_s, 1)
            self._on_progress(Progress("drain", StepState.DONE, "no work is under way, and all services are stopped"))
            yield states
        finally:
            self._open()

    def _require_open(self) -> None:
        """Raises NotOpen if a service is in maintenance, because another backup is possibly running.

        If this backup ran, too, it would open the services at its end. But the backup that is already running still
        needs them stopped.
        """
        states = {service: self._operators.get(service, ROUTE)["state"] for service in self._operators.services}
        closed = [f"{service} is {state}" for service, state in states.items() if state != "open"]
        if closed:
            raise NotOpen(
                f"{', '.join(closed)}: another backup is being made, or its command was killed; "
                f"if no backup is running: `{OPEN_COMMAND}`"
            )

    def _enter(self, state: str) -> None:
        for service in self._operators.services:
            enter(self._operators, service, state, self._reason)

    def _open(self) -> None:
        _, failures = open_all(self._operators, self._reason)
        if failures:
            self._on_progress(Progress("open", StepState.FAILED, f"some services are not open: `{OPEN_COMMAND}`"))
            raise_any(failures)
        self._on_progress(Progress("open", StepState.DONE, "the services accept commands again"))

    def _await_idle(self, patience_s: float, checks: int) -> dict[str, Any]:
        deadline, dry = time.monotonic() + patience_s, 0
        while True:
            states = {service: self._operators.get(service, ROUTE) for service in self._operators.services}
            busy = {service: one for service, one in states.items() if not one["dry"]}
            lag = {
                f"{row.group} {row.topic}": row.lag
                for row in asyncio.run(measure_lag(self._stack.kafka_bootstrap))
                if row.lag
            }
            dry = dry + 1 if not busy and not lag else 0
            if dry >= checks:
                return states
            if time.monotonic() > deadline:
                raise WorkUnfinished(
                    f"work is still under way after {patience_s:.0f} s: {_open_work(busy, lag)}; nothing was saved"
                )
            time.sleep(CHECK_EVERY_S)

    def _save(self, states: dict[str, Any], databases: list[Source]) -> Manifest:
        bootstrap = self._stack.kafka_bootstrap
        ends = asyncio.run(topic_ends(bootstrap))
        return Manifest(
            made_at=datetime.now(UTC),
            reason=self._reason,
            databases=self._databases(databases),
            entries=self._entries(ends),
            vouchers=self._vouchers(),
            topic_ends=ends,
            group_offsets=asyncio.run(group_offsets(bootstrap, GROUPS)),
            waiting_requests={service: one["jobs_waiting"] for service, one in states.items()},
            dead_letters={service: one["dead_letters"] for service, one in states.items()},
            keys_fingerprint=keys_fingerprint(self._stack.folders),
        )

    def _databases(self, sources: list[Source]) -> dict[str, BackupFile]:
        found = {}
        (self._partial / "databases").mkdir()
        for done, (spec, url) in enumerate(sources):
            self._on_progress(Progress("databases", detail=spec.name, done=done, total=len(sources)))
            file = self._partial / "databases" / f"{spec.database}.dump"
            pg_tools.dump(url, file)
            found[spec.name] = file_of(self._partial, file)
        self._on_progress(Progress("databases", StepState.DONE, "", len(sources), len(sources)))
        return found

    def _entries(self, ends: dict[str, dict[int, int]]) -> dict[str, BackupFile]:
        found = {}
        (self._partial / "entries").mkdir()
        for topic in (one for one in TOPICS if one.compacted):
            file = self._partial / "entries" / f"{topic.name}.jsonl"
            asyncio.run(save_entries(self._stack.kafka_bootstrap, topic, ends, file))
            found[topic.name] = file_of(self._partial, file)
        return found

    def _vouchers(self) -> list[BackupFile]:
        """Copy the voucher files. The services have encrypted these files already."""
        kept = self._partial / "vouchers"
        shutil.copytree(self._stack.folders.vouchers, kept)
        return [file_of(self._partial, path) for path in sorted(kept.rglob("*")) if path.is_file()]


def _open_work(busy: dict[str, Any], lag: dict[str, int]) -> str:
    names = ("outbox", "jobs_due", "jobs_in_hand")
    work = [f"{service}: " + ", ".join(f"{n} {one[n]}" for n in names if one[n]) for service, one in busy.items()]
    return "; ".join([*work, *(f"{place}: lag {count}" for place, count in lag.items())])
