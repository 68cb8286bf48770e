"""Checks whether the database role of a running service owns the audit log. An owner could delete its rows (D04)."""

import structlog

from chassis.sql import Connection

log = structlog.get_logger()

#: Whether this role owns the table of the audit log, is a member of its owner, or is a superuser.
OWNS_AUDIT_LOG = """
SELECT pg_has_role(current_user, relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass('public.audit_log')"""


async def warn_where_audit_log_is_owned(connection: Connection) -> None:
    """Warn if the service's role owns the audit log. Only triggers protect the rows then, and an owner can disable
    triggers.
    """
    if await connection.fetchval(OWNS_AUDIT_LOG):
        log.warning(
            "audit_log_owned_by_service",
            what="the role of UE_DATABASE_URL owns the audit log: this role could disable triggers and delete rows",
            todo="make an owner role, run `migrate` with UE_OWNER_DATABASE_URL, and restart the service",
        )
