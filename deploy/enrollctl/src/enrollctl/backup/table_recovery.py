"""Which tables a rebuild recovers, and from where: the page docs/backup-and-rebuild.md as data.

Each service declares its own tables (`recovery` in its `service.toml`); a table that is in no set fails a test.
"""

from enrollctl.declarations import OWN_SERVICES, TableRecovery

#: Tables of every service that reads topics.
CHASSIS = TableRecovery(
    from_topics=frozenset({"inbox_positions", "outbox", "outbox_sequences", "notices"}),
    from_backup=frozenset(
        {"audit_log", "idempotency_keys", "dead_letter_edits", "dead_letter_runs", "notice_reads", "actors"}
        | {"number_searches"}
    ),
    in_part=frozenset({"jobs", "dead_letters"}),
)
#: The chassis's copy of the union tree.
TREE = {"reference_entries", "scope_nodes", "tree_units", "tree_unit_parts"}
#: Tables with rows in an empty database, too: the tree is read again at every start, migrations write some rows, and
#: the others hold a state of the moment.
NO_DATA = {*TREE, "working_days", "leases", "maintenance", "abandoned_records", "inbox_positions", "outbox_sequences"}


def _with_tree(declared: TableRecovery) -> TableRecovery:
    """The copy of the tree comes from topics, except for tables that the service declares itself."""
    copied = TREE - declared.from_backup - declared.in_part
    return declared.model_copy(update={"from_topics": declared.from_topics | copied})


SERVICES = {service.name: _with_tree(service.recovery) for service in OWN_SERVICES}
