"""The rights of a running service on tables that another role owns (D04).

Migrations run as the owner; the service connects with a role that owns nothing. This role cannot drop or truncate a
table or disable a trigger. In the version tables of the migrations it can only read rows. In append-only tables it can
read and add rows. There is one append-only table in which it can also delete rows: `dead_letter_edits`. In all other
tables it can change and delete rows and, since PostgreSQL 17, run ANALYZE.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, text

#: Every append-only table has a trigger that refuses TRUNCATE (bit 5 of `tgtype`); no other table has one.
APPEND_ONLY = text(
    """SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       WHERE t.tgtype & 32 <> 0 AND c.relnamespace = 'public'::regnamespace"""
)
TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
ROLE = text("SELECT rolsuper FROM pg_roles WHERE rolname = :role")
#: The columns that the service is allowed to set: all except a numbered id and the columns with the default now().
INSERTABLE_COLUMNS = text(
    """SELECT a.attname FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       WHERE a.attrelid = to_regclass(:name) AND a.attnum > 0 AND NOT a.attisdropped
         AND a.attidentity = '' AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') <> 'now()' ORDER BY a.attnum"""
)
#: This table is append-only, but the service is allowed to delete rows, because retention deletes old closed letters
#: together with their edits. A trigger refuses to delete the edits of other letters.
LETTER_EDITS = "dead_letter_edits"
AUDIT_LOG = "audit_log"
WRITABLE = "SELECT, INSERT, UPDATE, DELETE"
#: The first PostgreSQL version with the right MAINTAIN. It allows the service to run ANALYZE on tables of the owner.
#: An operator can then run ANALYZE with the service's role. No service depends on this right, because no statement of a
#: service needs statistics.
MAINTAIN_SINCE = 170000
#: Former name of a table → its name now. A view has the former name, because replicas of the former release use
#: that name until they are replaced.
FORMER_NAMES = {"acts": "audit_log", "outbound_requests": "jobs"}
VIEWS = text("SELECT viewname FROM pg_views WHERE schemaname = 'public'")


class RoleUnusable(Exception):
    """The service's role does not exist, or it has every right anyway because it is a superuser or owns the tables."""


def grant_to(connection: Connection, role: str) -> None:
    """Grant the role the rights that a service needs in this database, and revoke all others. Raises RoleUnusable."""
    _require_usable(connection, role)
    quoted = _quoted(role)
    append_only = set(connection.scalars(APPEND_ONLY))
    for kind in ("TABLES", "SEQUENCES"):
        connection.execute(text(f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {quoted}"))
    connection.execute(text(f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {quoted}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    for table in connection.scalars(TABLES).all():
        rights = _rights(connection, table, append_only)
        connection.execute(text(f"GRANT {rights} ON {_quoted(table)} TO {quoted}"))
    for view in FORMER_NAMES.keys() & set(connection.scalars(VIEWS)):
        rights = WRITABLE if FORMER_NAMES[view] != AUDIT_LOG else _added_columns(connection, {"command_id": "act_id"})
        connection.execute(text(f"GRANT {rights} ON {_quoted(view)} TO {quoted}"))


def _rights(connection: Connection, table: str, append_only: set[str]) -> str:
    if table.startswith("alembic_version_"):
        return "SELECT"
    if table == AUDIT_LOG:
        return _added_columns(connection)
    if table == LETTER_EDITS:
        return "SELECT, INSERT, DELETE"
    if table in append_only:
        return "SELECT, INSERT"
    return f"{WRITABLE}, MAINTAIN" if _supports_maintain(connection) else WRITABLE


def _added_columns(connection: Connection, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """The rights to read the audit log, and to add rows whose id and time the database sets.

    `names`: column of the table → its name in the view, for the columns that have another name in the view.
    """
    columns = [_quoted(names.get(name, name)) for name in connection.scalars(INSERTABLE_COLUMNS, {"name": AUDIT_LOG})]
    return f"SELECT, INSERT ({', '.join(columns)})"


def _supports_maintain(connection: Connection) -> bool:
    return int(connection.scalar(text("SHOW server_version_num")) or 0) >= MAINTAIN_SINCE


def _require_usable(connection: Connection, role: str) -> None:
    is_super = connection.scalar(ROLE, {"role": role})
    if is_super is None:
        raise RoleUnusable(f"there is no role {role}, with which the service connects (UE_DATABASE_URL): create it")
    if is_super or connection.scalar(text("SELECT current_user")) == role:
        raise RoleUnusable(
            f"the service connects as {role} (UE_DATABASE_URL), which is a superuser or the owner of its tables: "
            "give it a role of its own, and leave the owner to UE_OWNER_DATABASE_URL"
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
