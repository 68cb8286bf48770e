"""Fault 5: PostgreSQL stops at once, connections end during COMMIT, pools have no free connection."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from enrollctl.errors import Failure
from faults.checks.stores import Store
from faults.pair.events import PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario

#: How long a caller holds a connection. A pool of two connections serves two callers at once. So the fifth and the
#: sixth caller would get a connection after 12 s. But a wait for a connection fails after 10 s.
HELD_S = 6.0
#: The pause between two searches for sessions in COMMIT. A COMMIT is held for longer than this.
LOOK_EVERY_S = 0.01

#: Ends sessions whose commit is in the write-ahead log and waits for a standby that does not exist. The client does
#: not learn whether its transaction was committed. Only the scenario's own databases wait for a standby.
COMMITTED_UNTOLD = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
#: Ends sessions in COMMIT that wait in the publisher's deferred trigger. Their transactions are not committed.
IN_COMMIT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE state = 'active' AND query ILIKE 'COMMIT%' AND wait_event = 'PgSleep' AND datname = $1"""


@scenario(5, short=True, alone=True)
def postgres_stopped_at_once(pair: Pair, seed: int) -> None:
    """PostgreSQL is stopped twice under load, each time at once and without a checkpoint, as if the machine crashed."""
    pair.start_both()
    with under_load(pair, seed) as load:
        for share in (0.2, 0.5):
            load.await_done(share)
            pair.rig_stack.restart("postgres", signal.SIGQUIT)
            pair.fault("SIGQUIT to postgres")


@scenario(5, short=True)
def connections_ended_during_commit(pair: Pair, seed: int) -> None:
    """Connections end during COMMIT. Some of the transactions are committed, some are not. No client knows which."""
    for store in pair.stores:
        store.execute(f'ALTER DATABASE "{store.database}" SET synchronous_commit = on')
    pair.start_both()
    admin = Store("postgres", pair.rig_stack.postgres.admin_url, [])
    with under_load(pair, seed, acts=15, hold_s=0.3) as load:
        load.await_done(0.1)
        end_some(pair, admin, IN_COMMIT, 6, pair.publisher_store.database)
        with commits_wait_for_nobody(admin):
            end_some(pair, admin, COMMITTED_UNTOLD, 12)


def end_some(pair: Pair, admin: Store, sql: str, at_least: int, *arguments: object) -> None:
    """End `at_least` connections in COMMIT. Raises Failure if none is seen within a minute."""
    ended, deadline = 0, time.monotonic() + 60
    while ended < at_least:
        found = len(admin.rows(sql, *arguments))
        for _ in range(found):
            pair.fault("connection ended during COMMIT")
        ended += found
        if time.monotonic() > deadline:
            if ended:
                return
            raise Failure("no connection was seen in COMMIT")
        time.sleep(LOOK_EVERY_S)


@contextmanager
def commits_wait_for_nobody(admin: Store) -> Iterator[None]:
    """Let each commit of a database with `synchronous_commit = on` wait for a standby, until the end of the `with`
    block.
    """
    admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    admin.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
        admin.execute("SELECT pg_reload_conf()")


@scenario(5, short=True)
def pool_exhausted(pair: Pair, seed: int) -> None:
    """Eight callers hold transactions open in a pool of two connections. Some get a 503, and no command is lost."""
    pair.start_both(UE_POOL_SIZE="2")
    with under_load(pair, seed, acts=1, callers=8, hold_s=HELD_S, held=True):
        pass
    put_off = pair.scrapes.of(pair.name_of(PUBLISHER), "ue_http_requests_total", 'status="503"')
    if not put_off:
        raise Failure("nobody was put off: the pool never ran dry")
    pair.fault("pool of two, held by eight", put_off=put_off)
