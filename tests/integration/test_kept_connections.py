"""The fault rig keeps its database connections open. If a server has closed a kept connection, a read must succeed all
the same, and a statement that writes must not be sent twice."""

import asyncpg
import pytest

from faults.checks.connections import Connections

PID = "SELECT pg_backend_pid() AS pid"


class DeadConnection:
    """A connection that the server has closed. The client does not know this yet."""

    terminated = False

    def is_closed(self) -> bool:
        return False

    async def fetch(self, *_: object) -> list[asyncpg.Record]:
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    def terminate(self) -> None:
        self.terminated = True


def test_a_read_after_the_end_of_a_kept_connection_gets_a_new_one(database: str):
    connections = Connections()
    [[first]] = connections.fetch(database, PID).result()
    [[again]] = connections.fetch(database, PID).result()
    assert again == first
    end = "/* not kept */ SELECT pg_terminate_backend($1, 5000)"
    connections.fetch(database, end, first).result()
    [[third]] = connections.fetch(database, PID).result()
    assert third != first


def test_a_read_whose_connection_ends_meanwhile_is_sent_again(database: str):
    """The server closes the connection after the rig has found it open, but before the rig uses it."""
    connections, dead = Connections(), DeadConnection()
    connections._idle[database].append(dead)  # type: ignore[arg-type]
    [[pid]] = connections.fetch(database, PID).result()
    assert (pid > 0, dead.terminated) == (True, True)


def test_a_statement_that_writes_is_sent_once(database: str):
    connections = Connections()
    connections.fetch(database, "CREATE SEQUENCE sent").result()
    deadly = "WITH one AS MATERIALIZED (SELECT nextval('sent')) SELECT pg_terminate_backend(pg_backend_pid()) FROM one"
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        connections.fetch(database, deadly).result()
    [[sent]] = connections.fetch(database, "SELECT last_value FROM sent").result()
    assert sent == 1
