"""Sets faults of the registries and the center, and counts the requests that the faults hit. Makes jobs as old as if
an hour had passed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import httpx

from enrollctl.errors import Failure
from faults.checks.stores import Store
from faults.platform.platform import SIMULATOR, Platform

TARGETS = ("card", "employment", "center")
#: The kinds of faults that the simulator counts.
KINDS = ("down", "error", "lost_answer")
WAITING_S = 120.0
#: With the longest pause between two attempts, 30 s, an hour has this many attempts.
ATTEMPTS_OF_AN_HOUR = 120

#: Due jobs with an error that no worker has claimed.
WAITING = "SELECT id FROM jobs WHERE state = 'due' AND leased_by IS NULL AND last_error IS NOT NULL"
AN_HOUR_PASSES = """
    UPDATE jobs SET created_at = created_at - interval '1 hour', next_at = next_at - interval '1 hour',
        attempts = attempts + $1
    WHERE state = 'due' AND leased_by IS NULL AND last_error IS NOT NULL RETURNING id"""
NOT_DONE = "SELECT state || ': ' || coalesce(last_error, '-') FROM jobs WHERE id = ANY($1) AND state <> 'done'"


def set_outside(platform: Platform, target: str, **trouble: object) -> None:
    """Set the faults of a target (a simulated external system). Without `trouble`, the target works without faults.

    This does not count as a fault yet, because perhaps no service calls the target.
    """
    platform.note(f"{target} set", **trouble)
    for _ in range(60):
        with suppress(httpx.HTTPError):
            body = {"target": target} | trouble
            answer = httpx.put(f"{platform.url(SIMULATOR)}/faults", json=body, timeout=10, trust_env=False)
            if answer.is_success:
                return
        time.sleep(0.5)
    raise Failure("the simulator takes no settings")


@contextmanager
def counted_outside(platform: Platform) -> Iterator[None]:
    """After the `with` block, make all targets healthy and count each kind of fault that hit a request."""
    before = _hits(platform)
    try:
        yield
    finally:
        for target in TARGETS:
            set_outside(platform, target)
    for met, hits in _hits(platform).items():
        if hits > before[met]:
            platform.fault(": ".join(met), hits=hits - before[met])


def _hits(platform: Platform) -> dict[tuple[str, str], int]:
    name = "ue_simulator_faults_total"
    return {
        (target, kind): platform.scrapes.total(name, f'kind="{kind}",target="{target}"')
        for target in TARGETS
        for kind in KINDS
    }


class Hour:
    """Lets an hour pass for the jobs of a service that wait because the external system is down."""

    def __init__(self, platform: Platform, service: str) -> None:
        self._platform, self._service = platform, service
        self._ids: list[UUID] = []

    @property
    def _store(self) -> Store:
        return self._platform.store(self._service)

    def begins(self) -> None:
        """Wait until a job has failed and waits for its next attempt. Raises Failure if no job does."""
        deadline = time.monotonic() + WAITING_S
        while not self._store.rows(WAITING):
            if time.monotonic() > deadline:
                raise Failure(f"{self._service}: no request waited within {WAITING_S:.0f} s")
            time.sleep(0.1)

    def passes(self) -> None:
        """Let the hour pass for all waiting jobs. Raises Failure if no job waits."""
        self.begins()
        self._ids = [row[0] for row in self._store.rows(AN_HOUR_PASSES, ATTEMPTS_OF_AN_HOUR)]
        what = f"{self._service}: down for an hour, by the clock of the requests that wait"
        self._platform.strike(what, len(self._ids))
        if not self._ids:
            raise Failure(f"{self._service}: nobody waited any more when the hour passed")

    def must_be_settled(self) -> None:
        """Raises Failure if one of the jobs for which the hour passed is not done."""
        left = self._store.rows(NOT_DONE, self._ids)
        if left:
            raise Failure(f"{self._service}: {len(left)} requests not done after the hour, e.g. {left[0][0]}")
