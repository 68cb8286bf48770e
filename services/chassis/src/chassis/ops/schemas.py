"""The responses of the operators' routes."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.ops.maintenance_state import State
from chassis.validation import Instant


class DeadLetter(BaseModel):
    """A dead letter. Letters with the same cause, event type and shape of the payload are a group with one `group_id`.

    A parked letter has not failed. It belongs to no group, and its `group_id` is null.
    """

    id: int
    topic: str
    partition: int
    offset: int
    key: str
    ce_type: str | None
    ce_id: str | None
    cause: str
    message: str
    shape: str
    state: str
    attempts: int
    set_aside_at: Instant
    failed_at: Instant
    group_id: str | None = None


class LetterEdit(BaseModel):
    """One edit, with the hashes before and after it; `payload_masked` holds no personal data."""

    id: int
    at: Instant
    by: str
    reason: str
    before_hash: str
    after_hash: str
    headers: list[list[str]]
    payload_masked: Any


class DeadLetterDetail(DeadLetter):
    """A dead letter with headers, masked payload and edits. `behind`: how many letters are parked behind it."""

    fingerprint: str
    behind: int
    headers: list[list[str]]
    payload_masked: Any
    edits: list[LetterEdit]


class LetterReplayed(BaseModel):
    """`replayed`: how many letters were handled, including those that were parked behind this one.

    `left`: how many letters still block the key.
    """

    id: int
    dry_run: bool
    replayed: int
    failed: bool
    cause: str | None
    message: str | None
    left: int


class LetterEdited(BaseModel):
    id: int
    before_hash: str
    after_hash: str


class GroupRehearsed(BaseModel):
    """What a replay of a group would do; `would_fail`: cause → number of letters."""

    dry_run: bool
    tried: int
    would_go_through: int
    would_fail: dict[str, int]


class RunAccepted(BaseModel):
    """A replay or discard that runs in the background."""

    dry_run: bool
    run_id: UUID
    group_id: str
    letters: int


class JobShown(BaseModel):
    """A job without its body, because the body can hold sealed data.

    `unended`: how many of the latest attempts in a row did not end, because the process died or lost its lease.
    """

    id: UUID
    kind: str
    key: str
    state: str
    attempts: int
    unended: int
    in_hand: bool
    next_at: Instant
    last_error: str | None
    correlation_id: str
    created_at: Instant
    ended_at: Instant | None


class JobRepaired(BaseModel):
    """A job that was retried or abandoned. `was`: its former state."""

    id: UUID
    kind: str
    was: str
    state: str


class Resumed(BaseModel):
    resumed: bool


class MaintenanceStatus(BaseModel):
    """The state, and how much work is still open. `dry`: the outbox is empty and no job is due or running."""

    state: State
    outbox: int
    jobs_due: int
    jobs_in_hand: int
    jobs_waiting: int
    dead_letters: int
    dry: bool


class MaintenanceEntered(BaseModel):
    before: State
    state: State
