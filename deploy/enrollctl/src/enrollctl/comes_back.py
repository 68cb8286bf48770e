"""Which tables a rebuild recovers, and from where: the page docs/backup-and-rebuild.md as data.

A test fails for a table that is in none of these sets. Add a new table here and on the page.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComesBack:
    """`from_topics`: tables that come back complete, with or without a backup.

    `from_backup`: tables that come back as they were in the backup; without a backup they are empty.
    `in_part`: tables of which some columns or rows come back: requests without their answers, or without a decision.
    `sets_aside`: without a backup, events about lost data become dead letters.
    """

    from_topics: frozenset[str]
    from_backup: frozenset[str]
    in_part: frozenset[str] = frozenset()
    sets_aside: bool = False


#: Tables of every service that reads topics.
CHASSIS = ComesBack(
    from_topics=frozenset({"inbox_positions", "outbox", "outbox_sequences", "notices"}),
    from_backup=frozenset(
        {"acts", "idempotency_keys", "dead_letter_edits", "dead_letter_runs", "notice_reads", "actors"}
        | {"number_searches"}
    ),
    in_part=frozenset({"outbound_requests", "dead_letters"}),
)
TREE = {"reference_entries", "scope_nodes", "tree_units", "tree_unit_parts"}
#: Tables with rows in an empty database, too: the tree is read again at every start, migrations write some rows, and
#: the others hold a state of the moment.
NO_DATA = {*TREE, "working_days", "leases", "maintenance", "abandoned_records", "inbox_positions", "outbox_sequences"}
SERVICES: dict[str, ComesBack] = {
    "member-svc": ComesBack(
        from_topics=frozenset({"batch_lines", "line_members", "rejected_lines"}),
        from_backup=frozenset(
            {"unions", "units", "unit_moves", "members", "imports", "import_files", "import_originals", "import_parts"}
            | {"import_people", "import_rows", "card_batches", "card_batch_members", "card_cancellations"}
            # member-svc does not read the tree from a topic: it owns the tree.
            | TREE
        ),
    ),
    "status-checker": ComesBack(
        from_topics=frozenset(TREE), from_backup=frozenset(), in_part=frozenset({"check_jobs", "check_parts"})
    ),
    "enrollment-svc": ComesBack(
        from_topics=frozenset(
            TREE - {"reference_entries"} | {"early_statuses", "check_sets", "center_answers", "settled_submissions"}
        ),
        from_backup=frozenset(
            {"rates", "rate_uses", "enrollment_windows", "plan_locks", "batch_counters"}
            | {"batches", "lines", "enrollments", "line_history", "notices_told"}
        ),
        # Migrations write the usual working days, and `reference_entries` holds rates beside the tree.
        in_part=frozenset({"candidates", "working_days", "reference_entries"}),
        sets_aside=True,
    ),
    "review-svc": ComesBack(
        from_topics=frozenset(TREE | {"vouchers"}),
        from_backup=frozenset({"submissions", "submission_lines", "submission_counters"}),
        in_part=frozenset({"lines", "line_people", "line_history"}),
    ),
    "payment-svc": ComesBack(
        from_topics=frozenset(TREE | {"due_lines"}),
        from_backup=frozenset({"vouchers", "voucher_fills", "payees"}),
        in_part=frozenset({"dues"}),
    ),
}
