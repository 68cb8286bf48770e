"""The floor, one of the opponents of the benchmark: the least work that stores people and publishes events.

    floor.py BOOTSTRAP DATABASE_URL PEOPLE          prints the people per second

Four stages run at the same time, each with a table and a topic. Each stage stores a chunk of 500 people by one COPY in
its own transaction. It publishes the chunk as one record, with an idempotent producer and acks=all. The next stage
reads the record. There are no rules, no encryption, no inbox and no outbox. Nothing is promised if a process dies.
"""

import asyncio
import sys
import time
from uuid import UUID, uuid4

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

STAGES = 4
CHUNK = 500
MOST_RECORD_BYTES = 4 << 20
COLUMNS = "id uuid PRIMARY KEY, batch_no text, name text, id_number text, state text"
Row = tuple[UUID, str, str, str, str]


class Floor:
    def __init__(self, bootstrap: str, database_url: str, people: int) -> None:
        run = uuid4().hex[:6]
        self.bootstrap, self.database_url, self.people = bootstrap, database_url, people
        #: Names of the tables and of the topics.
        self.names = [f"floor_{stage}_{run}" for stage in range(STAGES)]

    async def people_per_second(self) -> float:
        await self._make_tables_and_topics()
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, enable_idempotence=True, acks="all", max_request_size=MOST_RECORD_BYTES
        )
        await producer.start()
        consumers = [
            AIOKafkaConsumer(name, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
            for name in self.names[:-1]
        ]
        for consumer in consumers:
            await consumer.start()
        rows = [(uuid4(), "CB202405090001", "张三", "310101199001010015", "imported") for _ in range(self.people)]
        started = time.perf_counter()
        stages = [self._first(producer, rows)]
        stages += [self._later(number + 1, consumer, producer) for number, consumer in enumerate(consumers)]
        await asyncio.gather(*stages)
        rate = self.people / (time.perf_counter() - started)
        for client in (*consumers, producer):
            await client.stop()
        return rate

    async def _make_tables_and_topics(self) -> None:
        connection = await asyncpg.connect(self.database_url)
        for name in self.names:
            await connection.execute(f"CREATE TABLE {name} ({COLUMNS})")
        await connection.close()
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(name, 1, 1) for name in self.names])
        await admin.close()

    async def _first(self, producer: AIOKafkaProducer, rows: list[Row]) -> None:
        connection, name = await asyncpg.connect(self.database_url), self.names[0]
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            await _copy(connection, name, chunk)
            people = [
                {
                    "member_id": str(row[0]),
                    "batch_no": row[1],
                    "name": row[2],
                    "id_number": row[3],
                    "state": row[4],
                    "mask": "3101**********0015",
                }
                for row in chunk
            ]
            await producer.send(name, orjson.dumps(people))
        await connection.close()

    async def _later(self, stage: int, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        connection, name, seen = await asyncpg.connect(self.database_url), self.names[stage], 0
        async for record in consumer:
            people = orjson.loads(record.value)
            rows = [(UUID(p["member_id"]), p["batch_no"], p["name"], p["id_number"], p["state"]) for p in people]
            await _copy(connection, name, rows)
            await producer.send(name, orjson.dumps(people))
            seen += len(people)
            if seen >= self.people:
                break
        await connection.close()


async def _copy(connection: asyncpg.Connection, table: str, rows: list[Row]) -> None:
    async with connection.transaction():
        await connection.copy_records_to_table(table, records=rows)


if __name__ == "__main__":
    bootstrap, database_url, people = sys.argv[1:]
    rate = asyncio.run(Floor(bootstrap, database_url, int(people)).people_per_second())
    print(f"floor {rate:.0f} people/s")
