"""The publisher, a service of the pair: its commands publish events that are numbered for each account.

It stores the counter's answer to each event (the echo), and each answer of the external system.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import uuid4

import httpx
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from chassis.database import UnitOfWork
from chassis.jobs import Job, Unavailable
from chassis.messaging import Subscriptions
from chassis.runtime import Runtime
from chassis.service import Service
from chassis.settings import ChassisSettings
from chassis.web import Command, CommandResult
from contracts.event import Event
from faults.pair.events import PUBLISHER, Counted, Published, Standing, service_name

#: `hold_s` makes the commit wait, so that a row that was numbered first can be committed last.
SCHEMA = """
CREATE TABLE accounts (account text PRIMARY KEY, last int NOT NULL);
CREATE TABLE told (
    told_id uuid PRIMARY KEY, account text NOT NULL, number int NOT NULL, command_id uuid NOT NULL,
    hold_s float NOT NULL);
CREATE TABLE echoes (id bigint GENERATED ALWAYS AS IDENTITY, told_id uuid, account text, number int);
CREATE TABLE answers (id bigint GENERATED ALWAYS AS IDENTITY, key text);
CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(NEW.hold_s); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON told DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.hold_s > 0) EXECUTE FUNCTION hold();
"""

router = APIRouter()
on = Subscriptions()


class PublishRequest(BaseModel):
    """A command to publish one event for each name in `accounts`. A name can occur more than once."""

    accounts: list[str] = Field(min_length=1)
    bad: bool = False
    padding: int = 0
    hold_s: float = 0.0
    ask: bool = True
    standing: bool = True


@router.post("/tell")
async def tell(body: PublishRequest, command: Command) -> Response:
    async def use_case(work: UnitOfWork) -> CommandResult:
        events = await number_them(body, work)
        await keep(events, body.hold_s, work)
        if body.ask:
            await work.enqueue(Ask.kind, str(work.cause_id), {})
        last = {event.account: event.number for event in events} if body.standing else {}
        standings = [Standing(account=account, number=number) for account, number in last.items()]
        return CommandResult({"told": [str(event.told_id) for event in events]}, [*events, *standings])

    return await command.once("told", use_case)


async def number_them(body: PublishRequest, work: UnitOfWork) -> list[Published]:
    counts = sorted(Counter(body.accounts).items())
    rows = await work.connection.fetch(
        """INSERT INTO accounts AS a SELECT * FROM unnest($1::text[], $2::int[])
           ON CONFLICT (account) DO UPDATE SET last = a.last + excluded.last RETURNING account, last""",
        [account for account, _ in counts],
        [count for _, count in counts],
    )
    next_number = {row["account"]: row["last"] - dict(counts)[row["account"]] for row in rows}
    events = []
    for account in body.accounts:
        next_number[account] += 1
        padding = "x" * body.padding
        number = next_number[account]
        events.append(Published(told_id=uuid4(), account=account, number=number, bad=body.bad, padding=padding))
    return events


async def keep(events: list[Published], hold_s: float, work: UnitOfWork) -> None:
    await work.connection.execute(
        "INSERT INTO told SELECT i, a, n, $4, $5 FROM unnest($1::uuid[], $2::text[], $3::int[]) AS t(i, a, n)",
        [event.told_id for event in events],
        [event.account for event in events],
        [event.number for event in events],
        work.cause_id,
        hold_s / len(events),
    )


@on(Counted)
async def on_counted(event: Counted, work: UnitOfWork) -> Iterable[Event] | None:
    await work.connection.execute(
        "INSERT INTO echoes (told_id, account, number) VALUES ($1, $2, $3)", event.told_id, event.account, event.number
    )
    return None


class Ask:
    """Calls the external system once per command. Before a second attempt it checks whether the first attempt took
    effect.
    """

    kind: ClassVar[str] = "faults.ask"
    concurrency: ClassVar[int] = 4

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http, self._url = http, url

    async def run(self, job: Job) -> dict[str, Any]:
        url = f"{self._url}/asks/{job.key}"
        try:
            if job.attempt > 1 and (await self._http.get(url)).status_code == httpx.codes.OK:
                return {}
            (await self._http.post(url)).raise_for_status()
        except httpx.HTTPError as error:
            raise Unavailable(type(error).__name__) from error
        return {}

    async def complete(self, job: Job, answer: Any, work: UnitOfWork) -> None:
        await work.connection.execute("INSERT INTO answers (key) VALUES ($1)", job.key)

    async def given_up(self, job: Job, work: UnitOfWork) -> None:
        """Does nothing, because nothing waits for an answer."""


class Settings(ChassisSettings):
    outside_url: str
    faults_run: str


def job_handlers(runtime: Runtime) -> list[Ask]:
    return [Ask(runtime.http, runtime.settings.outside_url)]


def publisher(run: str) -> Service:
    return Service(service_name(PUBLISHER, run), "chassis", Settings, router, on=on, job_handlers=job_handlers)
