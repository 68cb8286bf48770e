"""Searches by a full number or name. Each search is recorded. Roles without the right to see full numbers have a daily
limit.

Lists show numbers and names masked. A caller who is allowed to ask whether a full number or name exists can try the
hidden digits and characters one by one. Therefore the audit log records such a search in the same way as a reveal, the
display of a full number. The searches of a day are stored in the database. So the limit survives a restart, and holds
for all replicas of a service together.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chassis.domain import SHANGHAI, Refusal
from chassis.sql import Connection
from chassis.web import ReadContext
from contracts.words import Role

#: Roles with the right to reveal full numbers. Each reveal is recorded. Searches of these roles have no limit, because
#: they can see every number anyway.
REVEALERS = (Role.HANDLER, Role.REVIEWER, Role.CENTER)
Count = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class ExactSearch:
    """A full number or name for which a request searches. `act`: the name of the search in the audit log.

    `keys`: the blind indexes of all its spellings; empty if the request has no such filter. `count_alone` counts the
    people with this number or name, whatever the request's other filters are. A search is a miss only if nobody has the
    number or name. For example, a search for an existing number in the wrong year finds nobody, but it is no miss.
    """

    act: str
    keys: Sequence[str]
    count_alone: Count | None = None

    @classmethod
    def number(cls, keys: Sequence[str] | None, count_alone: Count) -> "ExactSearch":
        """A document or card number."""
        return cls("number_revealed", keys or (), count_alone)

    @classmethod
    def name(cls, keys: Sequence[str] | None, count_alone: Count) -> "ExactSearch":
        return cls("name_revealed", keys or (), count_alone)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(sorted(self.keys)).encode()).hexdigest()


class SearchesUsedUp(Refusal):
    code = "NUMBER_SEARCHES_USED_UP"
    status = 429
    message = "当前账号今日按完整号码或姓名查询的次数已用完，请明日再试，或请该人员所属工会的经办人、审核人查询"


async def admit(read: ReadContext, find: Count, *exact: ExactSearch, count_misses: bool = True) -> None:
    """Call `find`, which searches and returns the number of hits. Record the search before the caller gets an answer.

    Without `count_misses`, a search that finds nobody does not count against the limit of misses. If a limit is used
    up, `find` is not called. Raises SearchesUsedUp.
    """
    searches = [one for one in exact if one.keys]
    if not searches:
        return
    limited = read.principal.role not in REVEALERS
    if limited:
        await _reserve(read, searches, count_misses=count_misses)
    found = await find()
    if limited and count_misses:
        hits = [one for one in searches if found or (one.count_alone and await one.count_alone())]
        if hits:
            await _outside_the_read(read, lambda connection: _mark_found(connection, read, hits))
    for one in searches:
        await read.audit(one.act, subject=one.keys[0], detail={"how": "exact_search", "found": found})
    await read.resume()


async def _reserve(read: ReadContext, searches: Iterable[ExactSearch], *, count_misses: bool) -> None:
    """Store each search before it runs. If it were stored afterwards, many searches that run at the same time could
    exceed the limit together.

    A search is stored as a miss; `admit` corrects the row if the search finds somebody. If misses do not count, it is
    stored as found from the start.
    """

    async def reserve(connection: Connection) -> None:
        async with connection.transaction():
            await _lock(connection, read.principal.account)
            for one in searches:
                await _count(connection, read, one.digest, found=not count_misses)

    await _outside_the_read(read, reserve)


async def _lock(connection: Connection, account: str) -> None:
    """Let the other searches of the account wait until this transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('number_searches/' || $1, 0))", account)


async def _count(connection: Connection, read: ReadContext, key: str, *, found: bool) -> None:
    """Add the search to the account's searches of today. A repeated search counts only once. Raises SearchesUsedUp."""
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


async def _mark_found(connection: Connection, read: ReadContext, hits: Iterable[ExactSearch]) -> None:
    await connection.execute(
        "UPDATE number_searches SET found = true WHERE account = $1 AND on_day = $2 AND number_key = ANY ($3)",
        read.principal.account,
        _today(),
        [one.digest for one in hits],
    )


async def _outside_the_read(read: ReadContext, write: "Callable[[Connection], Awaitable[None]]") -> None:
    """Release the connection of the read, write on a second connection, then continue the read.

    If each request kept its first connection while it waited for a second one, all requests could wait for one another.
    """
    await read.end()
    async with read.runtime.database.connection() as connection:
        await write(connection)
    await read.resume()


def _today() -> date:
    """The day by the machine's clock. Setting the service's clock (UE_CLOCK_FILE) must not reset the limits."""
    return datetime.now(SHANGHAI).date()
