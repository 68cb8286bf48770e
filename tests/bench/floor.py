"""Measures the floor: the least work that stores every person in four tables and on four topics.

Each stage does one COPY and publishes one event for 500 people, without rules, encryption, inbox or outbox.
"""

import asyncio
import time
from uuid import UUID, uuid4

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

STAGES = 4
PART = 500
COLUMNS = "id uuid PRIMARY KEY, batch_no text, name text, id_number text, state text"


async def people_per_second(bootstrap: str, database_url: str, people: int) -> float:
    """People per second of one run, with new tables and topics."""
    run = uuid4().hex[:6]
    names = [f"floor_{stage}_{run}" for stage in range(STAGES)]
    connections = [await asyncpg.connect(database_url) for _ in names]
    for connection, name in zip(connections, names, strict=True):
        await connection.execute(f"CREATE TABLE {name} ({COLUMNS})")
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", max_request_size=4 << 20
    )
    await producer.start()
    consumers = [AIOKafkaConsumer(n, bootstrap_servers=bootstrap, auto_offset_reset="earliest") for n in names[:-1]]
    await make_topics(bootstrap, names)
    for consumer in consumers:
        await consumer.start()
    rows = [(uuid4(), "CB202405090001", "张三", "310101199001010015", "imported") for _ in range(people)]
    started = time.perf_counter()
    stages = [first(connections[0], producer, names[0], rows)]
    stages += [later(consumers[n - 1], connections[n], producer, names[n], people) for n in range(1, STAGES)]
    await asyncio.gather(*stages)
    await producer.flush()
    rate = people / (time.perf_counter() - started)
    for closing in (*consumers, producer):
        await closing.stop()
    for connection in connections:
        await connection.close()
    return rate


async def make_topics(bootstrap: str, names: list[str]) -> None:
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1) for name in names])
    finally:
        await admin.close()


async def first(connection: asyncpg.Connection, producer: AIOKafkaProducer, name: str, rows: list[tuple]) -> None:
    for start in range(0, len(rows), PART):
        chunk = rows[start : start + PART]
        await copy(connection, name, chunk)
        part = [
            {"member_id": str(r[0]), "batch_no": r[1], "name": r[2], "id_number": r[3], "state": r[4]} for r in chunk
        ]
        await producer.send(name, orjson.dumps(part))


async def later(
    consumer: AIOKafkaConsumer, connection: asyncpg.Connection, producer: AIOKafkaProducer, name: str, people: int
) -> None:
    seen = 0
    async for record in consumer:
        part = orjson.loads(record.value)
        rows = [(UUID(m["member_id"]), m["batch_no"], m["name"], m["id_number"], m["state"]) for m in part]
        await copy(connection, name, rows)
        await producer.send(name, orjson.dumps(part))
        seen += len(part)
        if seen >= people:
            return


async def copy(connection: asyncpg.Connection, table: str, rows: list[tuple]) -> None:
    async with connection.transaction():
        await connection.copy_records_to_table(table, records=rows)
