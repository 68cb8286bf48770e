"""Durable execution, one of the opponents of the benchmark: four stages as DBOS workflows.

    durable.py BOOTSTRAP DATABASE_URL PEOPLE        prints the people per second

There is one workflow for each chunk of 500 people. A workflow has four steps, one for each stage. Every step decrypts
the people, stores the chunk by one COPY in its own transaction, and publishes the chunk as one record. DBOS stores the
result of each step, which is the encrypted chunk, in the benchmark's PostgreSQL. So a workflow goes on after a crash.
"""

import asyncio
import base64
import os
import sys
import time
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from dbos import DBOS, DBOSConfig

STAGES = 4
CHUNK = 500
WORKFLOWS_AT_ONCE = 8
MOST_RECORD_BYTES, MOST_BATCH_BYTES = 4 << 20, 1 << 20
NONCE_BYTES = 12
COLUMNS = "id uuid PRIMARY KEY, batch_no text, name text, id_number text, state text"
RUN = uuid4().hex[:6]
NAMES = [f"durable_{stage}_{RUN}" for stage in range(STAGES)]
CIPHER = AESGCM(b"0" * 32)


class Clients:
    """The connections of all workflows, open while the program measures."""

    pool: asyncpg.Pool
    producer: AIOKafkaProducer


def sealed(people: list[tuple[str, str]]) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + CIPHER.encrypt(nonce, orjson.dumps(people), None)).decode()


def opened(block: str) -> list[tuple[str, str]]:
    raw = base64.b64decode(block)
    return orjson.loads(CIPHER.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None))


@DBOS.step()
async def stage(number: int, part: dict[str, Any]) -> dict[str, Any]:
    people = zip(part["members"], opened(part["sealed"]), strict=True)
    rows = [
        (UUID(member["member_id"]), member["batch_no"], name, member["masked"], "x") for member, (name, _) in people
    ]
    async with Clients.pool.acquire() as connection, connection.transaction():
        await connection.copy_records_to_table(NAMES[number], records=rows)
    await Clients.producer.send_and_wait(NAMES[number], orjson.dumps(part), key=b"unit")
    return part


@DBOS.workflow()
async def chunk(number: int) -> int:
    member = {
        "batch_no": "CB202405090001",
        "masked": "3101**********0015",
        "card": "normal",
        "employment": "employed",
    }
    members = [{"member_id": str(uuid4())} | member for _ in range(CHUNK)]
    part: dict[str, Any] = {"members": members, "sealed": sealed([("张三", "310101199001010015")] * CHUNK)}
    for following in range(STAGES):
        part = await stage(following, part)
    return CHUNK


async def people_per_second(bootstrap: str, database_url: str, people: int) -> float:
    Clients.pool = await asyncpg.create_pool(database_url, min_size=4, max_size=8)
    for name in NAMES:
        await Clients.pool.execute(f"CREATE TABLE {name} ({COLUMNS})")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1) for name in NAMES])
    await admin.close()
    Clients.producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        max_request_size=MOST_RECORD_BYTES,
        max_batch_size=MOST_BATCH_BYTES,
    )
    await Clients.producer.start()
    DBOS.launch()
    # The first workflow opens DBOS's connections.
    await chunk(-1)
    gate = asyncio.Semaphore(WORKFLOWS_AT_ONCE)

    async def one(number: int) -> int:
        async with gate:
            return await chunk(number)

    started = time.perf_counter()
    done = sum(await asyncio.gather(*(one(number) for number in range(people // CHUNK))))
    rate = done / (time.perf_counter() - started)
    await Clients.producer.stop()
    DBOS.destroy()
    return rate


if __name__ == "__main__":
    bootstrap, database_url, people = sys.argv[1:]
    DBOS(config=DBOSConfig(name="durable", system_database_url=database_url, log_level="ERROR"))
    print(f"durable {asyncio.run(people_per_second(bootstrap, database_url, int(people))):.0f} people/s")
