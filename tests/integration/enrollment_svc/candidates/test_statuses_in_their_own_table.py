"""The registries' answers are stored beside the candidates, and every reader sees both as one row."""

from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from integration.chassis.database.test_migrations import to_revision
from integration.enrollment_svc.enrollment_world import EMPLOYED, NORMAL, SEALED, UNCLEAR, Someone, World, roster
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.resilience import is_infrastructure
from chassis.schema import migrate, sqlalchemy_url
from chassis.sql import Statement
from contracts.words import CardStatus, Channel, EmploymentStatus
from enrollment_svc.domain.candidates.placement import placement
from enrollment_svc.domain.candidates.statuses import Statuses
from enrollment_svc.store.batches import flags
from enrollment_svc.store.candidates import people, statuses
from enrollment_svc.store.candidates.current import CANDIDATES

DECEASED = EmploymentStatus.DECEASED
PLACED = Statement(
    "SELECT c.member_id, c.standing, c.standing_confirmed, c.to_confirm FROM {candidates} ORDER BY c.member_id",
    candidates=CANDIDATES,
)
COMBINATIONS = [*product((None, *Channel), (None, *CardStatus), (None, *EmploymentStatus))]
ADD_CANDIDATE = """
    INSERT INTO candidates (member_id, union_id, unit_id, person_key, member_no, document_type, masked_name,
                            masked_number, sealed, name_key, has_service_card, channel)
    VALUES ($1, $2, $2, '', '007', 'resident_id', '', '', '', '', false, $3)"""
ADD_STATUS = "INSERT INTO candidate_statuses (member_id, card_status, employment_status) VALUES ($1, $2, $3)"


async def versions(world: World) -> list[tuple[Any, ...]]:
    """The physical place of each row of `candidates`. Every update of a row changes its place."""
    async with world.bench.database.read() as connection:
        return [tuple(row) for row in await connection.fetch("SELECT member_id, ctid::text FROM candidates ORDER BY 1")]


@pytest.mark.row("F105", "F106", "F118", "A38", "A42")
async def test_the_placement_that_the_database_computes_is_that_of_the_rule(world: World):
    async with world.bench.database.connection() as connection:
        for at, (channel, card, employment) in enumerate(COMBINATIONS):
            await connection.execute(ADD_CANDIDATE, UUID(int=at), world.union, channel)
            if card or employment:
                await connection.execute(ADD_STATUS, UUID(int=at), card, employment)
        found = [tuple(row) for row in await PLACED.fetch(connection)]
    expected = [placement(*combination) for combination in COMBINATIONS]
    assert found == [
        (UUID(int=at), place.standing, place.if_confirmed, place.to_confirm) for at, place in enumerate(expected)
    ]


async def test_an_answer_leaves_the_candidates_as_they_are(world: World):
    people = roster(3)
    await world.import_people(people)
    stored = await versions(world)
    await world.verify(people)
    assert len(await world.tab("ready")) == 3
    world.bench.clock.instant += timedelta(hours=1)
    await world.verify(people, SEALED, UNCLEAR)
    assert len(await world.tab("to_verify")) == 3
    assert await versions(world) == stored


async def test_a_second_answer_that_says_the_same_counts_as_newer(world: World):
    people = await world.ready_people(2)
    world.bench.clock.instant += timedelta(hours=1)
    await world.verify(people[:1])
    first, second = sorted(await world.tab("ready"), key=lambda row: row["member_no"])
    assert (first["card_checked_at"], first["employment_checked_at"]) == ("2024-05-10T13:00:00+08:00",) * 2
    assert (second["card_checked_at"], second["employment_checked_at"]) == ("2024-05-10T12:00:00+08:00",) * 2


async def test_one_part_answers_about_known_people_again_and_about_others_for_the_first_time(world: World):
    people = roster(4)
    await world.import_people(people)
    await world.verify(people[:2], SEALED, EMPLOYED)
    world.bench.clock.instant += timedelta(hours=1)
    await world.verify(people[1:])
    assert [row["member_no"] for row in await world.tab("to_verify")] == [people[0].member_no]
    assert [row["member_no"] for row in await world.tab("ready")] == [one.member_no for one in people[1:]]


async def test_a_service_card_that_is_not_asked_about_leaves_no_card_status(world: World):
    [one] = people = [Someone("王一明", "310101199001010001", "0071", has_service_card=True)]
    await world.import_people(people)
    await world.verify(people, NORMAL, EMPLOYED)
    one.has_service_card = False
    await world.change_people(people)
    [row] = await world.tab("to_verify", channel="social_security_card")
    assert (row["card_status"], row["card_checked_at"]) == (None, None)


@pytest.mark.row("A54", "A59")
async def test_a_death_is_copied_to_a_membership_that_was_never_checked(world: World):
    [here], union, unit = roster(1), uuid4(), uuid4()
    there = Someone(here.name, here.number, "0079")
    await world.add_grassroots(union, [unit], "张江工会委员会")
    await world.import_people([here])
    await world.import_people([there], union=union, unit=unit)
    await world.verify([there], None, DECEASED, union=union, unit=unit)
    async with world.bench.database.connection() as connection:
        await flags.copy_status(connection, [here.member_id], [there.member_id])
    assert [row["member_no"] for row in await world.tab("deceased")] == [here.member_no]


async def test_a_poll_whose_first_answer_another_transaction_has_stored_is_handled_again(world: World):
    [one] = await world.ready_people(1)
    async with world.bench.database.connection() as connection:
        with pytest.raises(asyncpg.SerializationError) as raised:
            await statuses.add(connection, {one.member_id: Statuses(NORMAL)})
    assert is_infrastructure(raised.value)


async def test_statuses_are_found_by_member_before_statistics_exist(world: World):
    """A join that reads every status of the city would be slow for a small union."""
    await world.ready_people(3)
    filtered = people.PeopleFilter(world.union, 2024, standing="ready")
    text, arguments = people.BY_NUMBER.bind(filtered)
    async with world.bench.database.read() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + text, *arguments))
    assert "candidate_statuses_pkey" in plan
    assert "Hash" not in plan


FORMER = """
    INSERT INTO candidates (member_id, union_id, unit_id, person_key, member_no, document_type, masked_name,
                            masked_number, sealed, name_key, has_service_card, channel, standing, standing_confirmed,
                            to_confirm, card_status, card_raw, card_checked_at, employment_status, employment_raw,
                            employment_checked_at, card_source, employment_source)
    VALUES ($1, $1, $1, 'key', '007', 'resident_id', '', '', '', '', false, 'social_security_card', $2, $3, $4, $5, $6,
            $7, $8, $9, $10, $11, $12)"""
FORMER_EARLY = """
    INSERT INTO early_statuses (member_id, card_status, card_raw, card_checked_at, employment_status, employment_raw,
                                employment_checked_at, card_source, employment_source)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""


async def test_a_migrated_database_keeps_placements_answers_and_early_answers(empty_database: str):
    await migrate(empty_database, ["chassis"])
    engine = create_async_engine(sqlalchemy_url(empty_database))
    async with engine.begin() as connection:
        await connection.run_sync(to_revision, "0006", "enrollment_svc")
    await engine.dispose()
    former = await asyncpg.connect(empty_database)
    try:
        at = await former.fetchval("SELECT now()")
        answers = ("normal", "1", at, "unclear", "99", at, "cards", "jobs")
        no_record = (None, None, at, None, None, at, "cards", "jobs")
        checked, nowhere, new, early = (UUID(int=n) for n in range(1, 5))
        await former.execute(FORMER, checked, "to_verify", "ready", True, *answers)
        await former.execute(FORMER, nowhere, "to_verify", "to_verify", False, *no_record)
        await former.execute(FORMER, new, "to_verify", "to_verify", False, *[None] * 8)
        await former.execute(FORMER_EARLY, early, *answers)
        await migrate(empty_database, ["enrollment_svc"])
        placed = await PLACED.fetch(former)
        assert [tuple(row) for row in placed] == [
            (checked, "to_verify", "ready", True),
            (nowhere, "to_verify", "to_verify", False),
            (new, "to_verify", "to_verify", False),
        ]
        stored = await former.fetch("SELECT * FROM candidate_statuses ORDER BY member_id")
        assert [tuple(row) for row in stored] == [(checked, *answers), (nowhere, *no_record), (early, *answers)]
    finally:
        await former.close()
