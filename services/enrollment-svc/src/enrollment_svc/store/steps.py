"""What there is to do at each step of an enrollment (F203)."""

from uuid import UUID

from chassis.sql import Connection
from enrollment_svc.store.people import PEOPLE


async def to_do(connection: Connection, union_id: UUID, year: int, channel: str | None) -> dict[str, int]:
    """People at each step, and how many lines were submitted."""
    row = await connection.fetchrow(
        f"""SELECT count(*) FILTER (WHERE stands = 'to_verify' AND employment_checked_at IS NULL)::int AS unasked,
                   count(*) FILTER (WHERE to_confirm AND NOT confirmed)::int AS to_confirm,
                   count(*) FILTER (WHERE stands = 'to_verify')::int AS to_verify,
                   count(*) FILTER (WHERE stands = 'ready')::int AS ready,
                   (SELECT count(*)::int FROM lines l
                    WHERE l.union_id = $1 AND l.year = $2 AND ($3::text IS NULL OR l.channel = $3)) AS submitted
            FROM ({PEOPLE}) AS p WHERE channel IS NOT NULL AND ($3::text IS NULL OR channel = $3)""",  # noqa: S608
        union_id,
        year,
        channel,
    )
    assert row is not None
    return dict(row)
