"""The counter, a service of the pair: it inserts a row for each event. An event that is handled twice has two rows."""

import os
from collections.abc import Iterable
from typing import Any

import asyncpg
from fastapi import APIRouter

from chassis.consumers import ConsumerSupervisor
from chassis.database import UnitOfWork
from chassis.messaging import Subscriptions
from chassis.service import Service
from chassis.settings import ChassisSettings
from contracts.event import Event
from faults.pair.events import COUNTER, Counted, Published, Standing, service_name

#: The table `switches` contains the names of the misbehaviors that are switched on. `flaky`: every seventh event fails.
#: `broken`: events that are marked as `bad` fail. `slow`: each event takes a second. `outages` counts the handled
#: events for `flaky`. `outages` is a sequence, because a rollback does not set a sequence back.
SCHEMA = """
CREATE TABLE tally (id bigint GENERATED ALWAYS AS IDENTITY, told_id uuid, account text, number int);
CREATE TABLE switches (name text PRIMARY KEY);
CREATE SEQUENCE outages;
"""
OUTAGE_EVERY = 7
TWIN_VARIABLE = "UE_FAULTS_TWIN"

on = Subscriptions()


@on(Published)
async def on_published(event: Published, work: UnitOfWork) -> Iterable[Event] | None:
    if event.sealed is not None:
        work.unseal(event.sealed)
    await work.connection.execute(
        "INSERT INTO tally (told_id, account, number) VALUES ($1, $2, $3)", event.told_id, event.account, event.number
    )
    switches = {row["name"] for row in await work.connection.fetch("SELECT name FROM switches")}
    if "slow" in switches:
        await work.connection.execute("SELECT pg_sleep(1)")
    if event.bad and "broken" in switches:
        raise ValueError("this one is bad")
    if "flaky" in switches and await work.connection.fetchval("SELECT nextval('outages')") % OUTAGE_EVERY == 0:
        raise asyncpg.SerializationError("another transaction was first")
    return [Counted(told_id=event.told_id, account=event.account, number=event.number)]


def counter(run: str) -> Service:
    """The counter service.

    If TWIN_VARIABLE is set, the service is a twin of the counter: it has another consumer group but the same database,
    so that the counter and the twin both handle every record.
    """
    if suffix := os.environ.get(TWIN_VARIABLE):
        _read_in_a_group_of_its_own(suffix)
    name = service_name(COUNTER, run)
    return Service(name, "chassis", ChassisSettings, APIRouter(), on=on, references=[Standing])


def _read_in_a_group_of_its_own(suffix: str) -> None:
    """Add `suffix` to the name of the consumer group, but not to the name of the service.

    The twin keeps the counter's name as source of its events, because consumers refuse events whose source is not the
    counter.
    """
    whole = ConsumerSupervisor.__init__

    def init(self: ConsumerSupervisor, name: str, *others: Any) -> None:
        whole(self, name + suffix, *others)

    ConsumerSupervisor.__init__ = init  # type: ignore[method-assign, assignment]
