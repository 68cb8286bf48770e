"""Whether the role of a running service owns the acts that it writes, and so could remove them (D04)."""

import structlog

from chassis.sql import Connection

log = structlog.get_logger()

#: Whether this role owns the table of acts, is a member of its owner, or is a superuser.
OWNS_ACTS = """
SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass('public.acts')"""


async def warn_where_acts_are_owned(connection: Connection) -> None:
    """Only triggers protect the acts then, and their owner can disable those."""
    if await connection.fetchval(OWNS_ACTS):
        log.warning(
            "acts_owned_by_service",
            what="the role of UE_DATABASE_URL owns the table of acts: it could disable the triggers and remove acts",
            todo="make an owner role, run `migrate` with UE_OWNER_DATABASE_URL, and restart the service",
        )
