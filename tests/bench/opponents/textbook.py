"""The textbook, one of the opponents of the benchmark: the six stages as many teams would first write them.

    textbook.py BOOTSTRAP DATABASE_URL PEOPLE       prints the people per second

There is one Kafka record for each person, one SQLModel session for each row, and one FastStream handler for each stage.
A handler publishes to the next stage. There is no outbox and no inbox, so in a crash people are lost or stored twice.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faststream import FastStream
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import Field, SQLModel

STAGES = ("imported", "verified", "confirmed", "submitted", "approved", "centre")
PARTITIONS = 3
CONNECTIONS = 10
#: The time in which the consumers join their groups, before the measurement starts.
JOIN_S = 4.0


class Person(BaseModel):
    member_id: str
    batch_no: str
    name: str
    id_number: str
    card: str | None = None
    employment: str | None = None
    state: str = "imported"


def _table(table_name: str) -> type[SQLModel]:
    class Row(SQLModel, table=True):
        __tablename__ = table_name
        id: str = Field(primary_key=True)
        batch_no: str
        name: str
        id_number: str
        state: str

    return Row


class Textbook:
    def __init__(self, bootstrap: str, database_url: str, people: int) -> None:
        run = uuid4().hex[:6]
        self.bootstrap, self.people = bootstrap, people
        self.topics = {stage: f"textbook_{stage}_{run}" for stage in STAGES}
        self.tables = {stage: _table(name) for stage, name in self.topics.items()}
        self.engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(database_url), pool_size=CONNECTIONS
        )
        self.broker = KafkaBroker(bootstrap, enable_idempotence=True, logger=None)
        self.finished = 0
        self.done = asyncio.Event()
        for stage, following in zip(STAGES, (*STAGES[1:], None), strict=True):
            topic = self.topics[stage]
            subscriber = self.broker.subscriber(topic, group_id=topic, auto_offset_reset="earliest")
            subscriber(self._handler(stage, following))

    def _handler(self, stage: str, following: str | None) -> Callable[[Person], Awaitable[None]]:
        async def handle(person: Person) -> None:
            await self._save(stage, person)
            if following:
                await self.broker.publish(person, self.topics[following], key=person.batch_no.encode())
                return
            self.finished += 1
            if self.finished >= self.people:
                self.done.set()

        return handle

    async def _save(self, stage: str, person: Person) -> None:
        row = self.tables[stage](
            id=person.member_id, batch_no=person.batch_no, name=person.name, id_number=person.id_number, state=stage
        )
        async with AsyncSession(self.engine) as session:
            session.add(row)
            await session.commit()

    async def people_per_second(self) -> float:
        async with self.engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in self.topics.values()])
        await admin.close()
        app = FastStream(self.broker, logger=None)
        running = asyncio.create_task(app.run())
        await asyncio.sleep(JOIN_S)
        started = time.perf_counter()
        for number in range(self.people):
            batch = number // 100
            person = Person(
                member_id=str(uuid4()),
                batch_no=f"CB20240509{batch:04d}",
                name="张三",
                id_number="310101199001010015",
            )
            await self.broker.publish(person, self.topics["imported"], key=f"{batch}".encode())
        await self.done.wait()
        rate = self.people / (time.perf_counter() - started)
        app.exit()
        await asyncio.wait_for(running, 20)
        return rate


async def _measure(bootstrap: str, database_url: str, people: int) -> float:
    return await Textbook(bootstrap, database_url, people).people_per_second()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    bootstrap, database_url, people = sys.argv[1:]
    print(f"textbook {asyncio.run(_measure(bootstrap, database_url, int(people))):.1f} people/s")
