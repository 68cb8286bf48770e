"""Exchanges a service's database for a new one.

If the process is killed at any step, the service still has a complete database, either the old or the new one.

A *run* is one execution of `rebuild` or `bring-back`. First the run is written to a file (`Exchange`). Then the service
is paused, and the new database is made under a name that only this run uses. One transaction renames both databases.
The same transaction writes the id of the run into the comment of the new database. Then the service is started again.
If the run is killed, this comment tells a later command that the transaction was committed.
"""

import asyncio
import fcntl
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import BaseModel

from contracts.topics import TOPICS
from enrollctl.backup import pg_tools
from enrollctl.backup.positions import group_offsets, topic_ends
from enrollctl.backup.set_aside import Note, comment_of, new_name, unfinished_databases
from enrollctl.errors import Failure
from enrollctl.stack.paused_services import pause, release, resume
from enrollctl.stack.services import ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState
from enrollctl.workspace.files import read_json, write_json
from enrollctl.workspace.folders import Folders


class Exchange(BaseModel):
    """A run that has begun.

    `source`: for `rebuild`, the folder of the backup or None; for `bring-back`, the database that is brought back.
    """

    run: str
    command: str
    source: str | None
    new: str
    aside: str


def unfinished(folders: Folders, service: str) -> Exchange | None:
    """The last run for the service, if this run was killed. None if the run came to its end."""
    found = read_json(_journal(folders, service))
    return None if found is None else Exchange.model_validate(found)


class DatabaseExchange:
    """Exchanges the database of one service. If `run` is killed, it can be called again with the same arguments.

    If the killed run had exchanged the databases, the new run only starts the service. If not, the new run repeats
    every step.
    """

    def __init__(self, stack: Stack, spec: ServiceSpec, on_progress: ProgressCallback) -> None:
        self._stack = stack
        self._spec = spec
        self._on_progress = on_progress

    def run(self, command: str, source: str | None, make: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """Exchange the databases and return a report. `make` gets the name of the new database and fills it.

        If `make` fails, the old database stays in use.
        """
        with self._locked():
            before = unfinished(self._stack.folders, self._spec.name)
            if before is not None and self._is_same(before, command, source) and self._took_effect(before):
                report, aside = {"finished_the_killed_run": before.run}, before.aside
            else:
                report, aside = self._exchange(self._begin(command, source), make)
            self._finish()
        return report | {"service": self._spec.name, "set_aside": aside if self._exists(aside) else None}

    def is_finished_by(self, command: str, source: str | None) -> bool:
        """Whether a killed run of this command has exchanged the databases. If so, only the service must be started."""
        before = unfinished(self._stack.folders, self._spec.name)
        return before is not None and self._is_same(before, command, source) and self._took_effect(before)

    def undo(self) -> Exchange | None:
        """Undo a killed run that did not exchange the databases. Returns this run, or None if there is no such run."""
        with self._locked():
            before = unfinished(self._stack.folders, self._spec.name)
            if before is None or self._took_effect(before):
                return None
            self._drop_half_made()
            self._finish()
        return before

    def _begin(self, command: str, source: str | None) -> Exchange:
        self._drop_half_made()
        # The time contains microseconds, because two commands within one second must not get the same name.
        time, database = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}", self._spec.database
        # A child process of a killed run is possibly still writing into the database of that run, so every run makes a
        # new database.
        run = f"{time}-{secrets.token_hex(4)}"
        aside = f"{database}_before_{command.replace('-', '_')}_{time}"
        begun = Exchange(
            run=run, command=command, source=source, new=f"{new_name(self._spec)}_{run.replace('-', '_')}", aside=aside
        )
        write_json(_journal(self._stack.folders, self._spec.name), begun.model_dump())
        return begun

    def _exchange(self, begun: Exchange, make: Callable[[str], dict[str, Any]]) -> tuple[dict[str, Any], str]:
        admin = self._stack.admin_database_url
        try:
            self._on_progress(Progress("service", detail="stopping"))
            pause(self._stack.folders, [self._spec.name], begun.command)
            note = asyncio.run(self._note(begun.command))
            self._on_progress(Progress("database", detail=begun.new))
            report = make(begun.new)
            self._on_progress(Progress("exchange", detail=begun.aside))
            asyncio.run(
                pg_tools.exchange(
                    admin, self._spec.database, begun.new, begun.aside, note=note.model_dump_json(), mark=begun.run
                )
            )
            self._on_progress(Progress("exchange", StepState.DONE, "the old database is kept"))
        except BaseException:
            # A command that was killed with -9 does not get here. In this case, the next `run` or `undo` cleans up.
            with suppress(Exception):
                self._give_up(begun)
            raise
        return report, begun.aside

    def _give_up(self, begun: Exchange) -> None:
        if not self._took_effect(begun):
            self._drop_half_made()
        resume(self._stack.folders, [self._spec.name])
        _journal(self._stack.folders, self._spec.name).unlink(missing_ok=True)

    def _finish(self) -> None:
        self._on_progress(Progress("service", detail="starting"))
        resume(self._stack.folders, [self._spec.name])
        _journal(self._stack.folders, self._spec.name).unlink(missing_ok=True)
        if self._stack.state().part(self._spec.name) is not None:
            release(self._stack.folders, [self._spec.name])
        self._on_progress(Progress("service", StepState.DONE, "ready"))

    async def _note(self, reason: str) -> Note:
        """The note about the old database. The service is paused, so the topic positions in the note stay true."""
        name, bootstrap = self._spec.name, self._stack.kafka_bootstrap
        note = Note(service=name, reason=reason, at=datetime.now(UTC))
        if not self._spec.uses_kafka:
            return note
        own = {topic.name for topic in TOPICS if topic.producer == name}
        ends = await topic_ends(bootstrap) if own else {}
        offsets = (await group_offsets(bootstrap, [name]))[name]
        return note.model_copy(
            update={"group_offsets": offsets, "own_ends": {t: o for t, o in ends.items() if t in own}}
        )

    def _is_same(self, one: Exchange, command: str, source: str | None) -> bool:
        return (one.command, one.source) == (command, source)

    def _took_effect(self, one: Exchange) -> bool:
        return asyncio.run(comment_of(self._stack.admin_database_url, self._spec.database)) == one.run

    def _drop_half_made(self) -> None:
        admin = self._stack.admin_database_url
        for name in asyncio.run(unfinished_databases(admin, self._spec)):
            asyncio.run(pg_tools.drop(admin, name))

    def _exists(self, name: str) -> bool:
        async def look() -> bool:
            connection = await asyncpg.connect(self._stack.admin_database_url)
            try:
                return bool(await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name))
            finally:
                await connection.close()

        return asyncio.run(look())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._stack.folders.exchanges.mkdir(mode=0o700, exist_ok=True)
        with (self._stack.folders.exchanges / f"{self._spec.name}.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Failure(
                    f"another command is exchanging the database of {self._spec.name}; wait until it has ended"
                ) from None
            yield


def _journal(folders: Folders, service: str) -> Path:
    return folders.exchanges / f"{service}-unfinished.json"
