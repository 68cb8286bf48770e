"""Exact searches by a number or a name: each on record, and so many a day for roles that may reveal none.

A list shows numbers and names masked. Whoever may ask whether a full number or name is there can try the hidden digits
and characters one search at a time, so such a search is a reveal. The counts stand in the database: they outlive a
restart, and all replicas of a service share them.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chassis.domain import SHANGHAI, Refusal
from chassis.sql import Connection
from chassis.web import ReadContext
from contracts.words import Role

#: They may reveal a person, each time on record; a search tells them nothing more.
REVEALERS = (Role.HANDLER, Role.REVIEWER, Role.CENTER)
Count = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Exact:
    """What a search asks for in full, and the act under which it is recorded.

    `keys`: blind indexes of all its writings; none = it is not asked for. `alone` counts what is found without the
    caller's other filters: what is there is no miss, whatever else was asked.
    """

    act: str
    keys: Sequence[str]
    alone: Count | None = None

    @classmethod
    def number(cls, keys: Sequence[str] | None, alone: Count) -> "Exact":
        """A document or card number."""
        return cls("number_revealed", keys or (), alone)

    @classmethod
    def name(cls, keys: Sequence[str] | None, alone: Count) -> "Exact":
        return cls("name_revealed", keys or (), alone)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(sorted(self.keys)).encode()).hexdigest()


class SearchesUsedUp(Refusal):
    code = "NUMBER_SEARCHES_USED_UP"
    status = 429
    message = "当前账号今日按完整号码或姓名查询的次数已用完，请明日再试，或请该人员所属工会的经办人、审核人查询"


async def admit(read: ReadContext, find: Count, *exact: Exact, misses_count: bool = True) -> None:
    """Search by what is exact, on record before the answer. `find` searches and returns how many were found.

    Without `misses_count`, what is not there is no miss either. Raises SearchesUsedUp before anything is searched.
    """
    sought = [one for one in exact if one.keys]
    if not sought:
        return
    limited = read.principal.role not in REVEALERS
    if limited:
        await _reserve(read, sought, misses_count=misses_count)
    found = await find()
    if limited and misses_count and (there := [one for one in sought if found or (one.alone and await one.alone())]):
        await _outside_the_read(read, lambda connection: _mark_found(connection, read, there))
    for one in sought:
        await read.audit(one.act, subject=one.keys[0], detail={"how": "exact_search", "found": found})
    await read.resume()


async def _reserve(read: ReadContext, sought: Iterable[Exact], *, misses_count: bool) -> None:
    """Count each as a miss until it has found somebody: of two at a time neither escapes the count.

    Where misses do not count, it stands as found from the start.
    """

    async def reserve(connection: Connection) -> None:
        async with connection.transaction():
            await _lock(connection, read.principal.account)
            for one in sought:
                await _count(connection, read, one.digest, found=not misses_count)

    await _outside_the_read(read, reserve)


async def _lock(connection: Connection, account: str) -> None:
    """One search of an account at a time is counted."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('number_searches/' || $1, 0))", account)


async def _count(connection: Connection, read: ReadContext, key: str, *, found: bool) -> None:
    """Add the search to those of the day; the same number again is none. Raises SearchesUsedUp."""
    account, day = read.principal.account, _today()
    await connection.execute("DELETE FROM number_searches WHERE account = $1 AND on_day < $2", account, day)
    new = await connection.fetchval(
        """INSERT INTO number_searches (account, on_day, number_key, found) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING RETURNING true""",
        account,
        day,
        key,
        found,
    )
    used = await connection.fetchrow(
        """SELECT count(*) AS searches, count(*) FILTER (WHERE NOT found) AS misses FROM number_searches
           WHERE account = $1 AND on_day = $2""",
        account,
        day,
    )
    settings = read.runtime.settings
    most, most_misses = settings.number_searches_a_day, settings.number_misses_a_day
    assert used is not None
    if new and (used["searches"] > most or used["misses"] > most_misses):
        raise SearchesUsedUp(searches_a_day=most, misses_a_day=most_misses)


async def _mark_found(connection: Connection, read: ReadContext, there: Iterable[Exact]) -> None:
    await connection.execute(
        "UPDATE number_searches SET found = true WHERE account = $1 AND on_day = $2 AND number_key = ANY ($3)",
        read.principal.account,
        _today(),
        [one.digest for one in there],
    )


async def _outside_the_read(read: ReadContext, write: "Callable[[Connection], Awaitable[None]]") -> None:
    """Reads that each kept a connection and waited for a second would wait for one another."""
    await read.end()
    async with read.runtime.database.connection() as connection:
        await write(connection)
    await read.resume()


def _today() -> date:
    """By the machine's clock: the business clock can be set."""
    return datetime.now(SHANGHAI).date()
