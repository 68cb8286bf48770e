"""Reads the sequence faults that consumers recorded.

A sequence fault is a sequence number that was skipped, or that came after a higher sequence number.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

SUMS = """
    SELECT topic, sum(gaps)::bigint AS gaps, sum(regressions)::bigint AS regressions
    FROM inbox_positions GROUP BY topic"""
CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class SequenceFaults:
    """The sequence faults of one consumer group on one topic. In normal operation both numbers are 0.

    `gaps`: missing sequence numbers that an operator accepted. `regressions`: records that were handled after a record
    of the same key with a higher sequence number.
    """

    gaps: int = 0
    regressions: int = 0


async def sequence_faults(urls: Mapping[str, str]) -> dict[str, dict[str, SequenceFaults]]:
    """The faults by group and topic. `urls`: group → URL of its database.

    A group whose database does not answer is left out.
    """
    faults: dict[str, dict[str, SequenceFaults]] = {}
    for group, url in urls.items():
        try:
            faults[group] = await _faults_in(url)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            continue
    return faults


async def _faults_in(url: str) -> dict[str, SequenceFaults]:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        rows = await connection.fetch(SUMS)
    finally:
        await connection.close()
    return {row["topic"]: SequenceFaults(row["gaps"], row["regressions"]) for row in rows}
