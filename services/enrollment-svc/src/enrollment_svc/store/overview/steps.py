"""Open work at each step of an enrollment (F203)."""

from uuid import UUID

from chassis.sql import Connection, Statement
from enrollment_svc.store.candidates.people import CURRENT, LISTED

TO_DO = Statement(
    """WITH {listed}
       SELECT count(*) FILTER (WHERE stands = 'to_verify' AND employment_checked_at IS NULL)::int AS unchecked,
              count(*) FILTER (WHERE to_confirm AND NOT confirmed)::int AS to_confirm,
              count(*) FILTER (WHERE stands = 'to_verify')::int AS to_verify,
              count(*) FILTER (WHERE stands = 'ready')::int AS ready,
              (SELECT count(*)::int FROM lines AS l
               WHERE l.union_id = :union_id AND l.year = :year AND (:channel::text IS NULL OR l.channel = :channel))
                  AS submitted
       FROM listed""",
    listed=LISTED,
    current=CURRENT,
    columns="stands, to_confirm, confirmed, employment_checked_at",
    conditions="channel IS NOT NULL AND (:channel::text IS NULL OR channel = :channel)",
)


async def to_do(connection: Connection, union_id: UUID, year: int, channel: str | None) -> dict[str, int]:
    """The number of people at each step, and the number of submitted lines."""
    [row] = await TO_DO.fetch(connection, union_id=union_id, year=year, channel=channel)
    return dict(row)
