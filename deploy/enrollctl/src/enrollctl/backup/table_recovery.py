"""How a rebuild recovers each table: completely from the topics, only from the backup, or in part from the topics.

Each service declares its own tables (`recovery` in its `service.toml`). A test fails for a table that is in no set.
docs/backup-and-rebuild.md explains the sets.
"""

from enrollctl.declarations import OWN_SERVICES, TableRecovery

#: Tables of every service that reads topics.
CHASSIS = TableRecovery(
    from_topics=frozenset({"inbox_positions", "outbox", "outbox_sequences", "notices"}),
    from_backup=frozenset(
        {
            "audit_log",
            "audit_chain",
            "idempotency_keys",
            "dead_letter_edits",
            "dead_letter_runs",
            "notice_reads",
            "actors",
        }
        | {"number_searches"}
    ),
    in_part=frozenset({"jobs", "dead_letters"}),
)
#: The chassis's copy of the union tree.
TREE = {"reference_entries", "scope_nodes", "tree_units", "tree_unit_parts"}
#: Tables that are not counted as data, because they have rows even in a new database. The tables of TREE are filled
#: from topics, and `working_days` from the code. The other tables contain positions on topics and temporary states.
NO_DATA = {*TREE, "working_days", "leases", "maintenance", "abandoned_records", "inbox_positions", "outbox_sequences"}


def _with_tree(declared: TableRecovery) -> TableRecovery:
    """Add the tables of TREE to `from_topics`. A table that the service declares in another set stays there."""
    copied = TREE - declared.from_backup - declared.in_part
    return declared.model_copy(update={"from_topics": declared.from_topics | copied})


SERVICES = {service.name: _with_tree(service.recovery) for service in OWN_SERVICES}
