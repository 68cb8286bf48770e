"""Puts a database that was set aside into use again.

After the database was set aside, the service handled further records in the current database. So the old database is
copied, and the service reads these records from the topics into the copy, as in a rebuild. Then the copy replaces the
current database, and the current database is set aside.
"""

import asyncio
from typing import Any

import asyncpg

from enrollctl.backup import pg_tools
from enrollctl.backup.database_exchange import DatabaseExchange, unfinished
from enrollctl.backup.holdings import commands_since
from enrollctl.backup.manifest import Offsets
from enrollctl.backup.positions import group_offsets, topic_ends
from enrollctl.backup.rebuild import own_offsets, ranges_in, ranges_of_others, read_topics_again
from enrollctl.backup.restore import store_skipped_ranges
from enrollctl.backup.set_aside import Note, SetAside, set_aside
from enrollctl.errors import Failure
from enrollctl.stack.databases import database_named
from enrollctl.stack.migrations import migrate_all
from enrollctl.stack.services import SERVICES, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState


class BringBack:
    def __init__(self, stack: Stack, spec: ServiceSpec, on_progress: ProgressCallback) -> None:
        self._stack = stack
        self._spec = spec
        self._on_progress = on_progress

    def run(self, name: str | None, *, yes: bool) -> dict[str, Any]:
        """Bring back the database `name`, which was set aside. If `name` is None, the first rule that fits applies:

        - If a bring-back was killed, the database of that bring-back is chosen again.
        - If a rebuild was killed before it exchanged the databases, the rebuild is undone.
        - Otherwise the database that the last rebuild set aside is brought back.

        Raises Failure if the chosen database is missing or cannot be brought back, or if a step fails. If `yes` is
        False, also raises Failure if data would be lost: commands that only the current database has recorded, or
        unpublished events that only the chosen database contains. After a Failure the current database stays in use,
        with one exception: if only the start of the service failed, the databases are exchanged already.
        """
        exchange = DatabaseExchange(self._stack, self._spec, self._on_progress)
        killed = unfinished(self._stack.folders, self._spec.name)
        if killed is not None and killed.command == "bring-back":
            name = name or killed.source
        elif name is None and (undone := exchange.undo()) is not None:
            return {"service": self._spec.name, "undone": undone.command, "set_aside": None}
        one = self._chosen(name)
        note = self._note_of(one)
        if not yes and not exchange.is_finished_by("bring-back", one.name):
            self._require_unused_since(note, one)
        return {"brought_back": one.name} | exchange.run(
            "bring-back", one.name, lambda new: self._caught_up(one.name, new, note)
        )

    def _chosen(self, name: str | None) -> SetAside:
        specs = (*SERVICES, self._spec) if self._spec not in SERVICES else SERVICES
        found = asyncio.run(set_aside(self._stack.admin_database_url, specs))
        of_service = [one for one in found if one.service == self._spec.name]
        if name is None:
            of_service = [one for one in of_service if one.reason == "rebuild"]
        chosen = next((one for one in of_service if name in (None, one.name)), None)
        if chosen is None:
            what = (
                f"{name} is not a database of {self._spec.name} that was set aside"
                if name
                else (f"no rebuild has set a database of {self._spec.name} aside")
            )
            raise Failure(f"{what}; `enrollctl databases list` lists those that were set aside")
        return chosen

    def _note_of(self, one: SetAside) -> Note:
        if one.reason == "restore":
            raise Failure(
                f"{one.name} was set aside by a restore. The restore set back all services together, so one database "
                "cannot come back alone. Restore another backup: `enrollctl restore FOLDER`"
            )
        if one.note is None:
            raise Failure(
                f"no topic positions were recorded when {one.name} was set aside, so the records that it has missed "
                f"are unknown. Rebuild from a backup: `enrollctl rebuild {self._spec.name} --backup FOLDER --yes`"
            )
        self._require_no_restore_since(one)
        return one.note

    def _require_no_restore_since(self, one: SetAside) -> None:
        then = asyncio.run(ranges_in(database_named(self._stack.admin_database_url, one.name)))
        if set(asyncio.run(ranges_of_others(self._stack, self._spec))) - then:
            raise Failure(
                f"{one.name} cannot come back: after it was set aside, a restore returned all services to an older "
                "state. The database holds data that the other services no longer have"
            )

    def _require_unused_since(self, note: Note, one: SetAside) -> None:
        """Raises Failure if data would be lost.

        Such data are commands that only the current database has recorded, and unpublished events of `one`.
        """
        url = database_named(self._stack.admin_database_url, self._spec.database)
        commands = asyncio.run(commands_since(url, note.at))
        unpublished = asyncio.run(_unpublished(database_named(self._stack.admin_database_url, one.name)))
        published = self._published_since(note)
        lines = []
        if commands:
            lines.append(
                f"{self._spec.name} has executed {commands:,} commands since {one.name} was set aside; "
                "they would be lost."
            )
        if unpublished and published:
            lines.append(
                f"{one.name} has {unpublished:,} events that are not published, and {self._spec.name} has published "
                f"{published:,} other events since. Some of both may have the same sequence number. Then subscribers "
                "would skip the unpublished event as a duplicate."
            )
        if lines:
            lines.append("Nothing was changed. To bring the old database back anyway: --yes. The current one is kept.")
            raise Failure("\n".join(lines))

    def _published_since(self, note: Note) -> int:
        now = own_offsets(self._spec, asyncio.run(topic_ends(self._stack.kafka_bootstrap))) if note.own_ends else {}
        return _sum(now) - _sum(note.own_ends)

    def _caught_up(self, source: str, new: str, note: Note) -> dict[str, Any]:
        spec, admin = self._spec, self._stack.admin_database_url
        asyncio.run(pg_tools.copy_database(admin, new, source, spec))
        self._on_progress(Progress("database", StepState.DONE, f"a copy of {source}"))
        url = database_named(self._stack.database_url(spec.name), new)
        service = self._stack.process_of(spec, database=new)
        # The database may be older than the code.
        migrate_all([service])
        if not spec.uses_kafka or not self._has_moved(note):
            return {}
        asyncio.run(store_skipped_ranges(url, asyncio.run(ranges_of_others(self._stack, spec))))
        return read_topics_again(self._stack, service, note.group_offsets, note.own_ends, self._on_progress)

    def _has_moved(self, note: Note) -> bool:
        """Whether the service has read or published records after the note was written. The copy lacks them."""
        now = asyncio.run(group_offsets(self._stack.kafka_bootstrap, [self._spec.name]))[self._spec.name]
        return now != note.group_offsets or bool(self._published_since(note))


def _sum(offsets: Offsets) -> int:
    return sum(end for numbers in offsets.values() for end in numbers.values())


async def _unpublished(url: str) -> int:
    """The number of events in the outbox; 0 if the database has no outbox."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM outbox"))
    except asyncpg.UndefinedTableError:
        return 0
    finally:
        await connection.close()
