"""What a rebuild brings back of each table: the page docs/backup-and-rebuild.md as data.

A table that is in neither set fails its test: whoever adds one says here, and on the page, how it comes back.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComesBack:
    """`from_topics` come back whole, with a backup or without; `from_backup` as they were in it, else empty.

    `in_part` come back in some columns or rows: what was asked without what was answered, or with a decision missing.
    `sets_aside`: from topics alone, events about what is lost stand as dead letters.
    """

    from_topics: frozenset[str]
    from_backup: frozenset[str]
    in_part: frozenset[str] = frozenset()
    sets_aside: bool = False


#: Of every service that reads topics.
CHASSIS = ComesBack(
    from_topics=frozenset({"inbox_positions", "outbox", "outbox_sequences", "notices"}),
    from_backup=frozenset(
        {"acts", "idempotency_keys", "dead_letter_edits", "dead_letter_runs", "notice_reads", "actors"}
        | {"number_searches"}
    ),
    in_part=frozenset({"outbound_requests", "dead_letters"}),
)
TREE = {"reference_entries", "scope_nodes", "tree_units", "tree_unit_parts"}
#: In an empty database, too: the tree is read anew at every start, the rest is the migrations' or a moment's.
NO_DATA = {*TREE, "working_days", "leases", "maintenance", "abandoned_records", "inbox_positions", "outbox_sequences"}
SERVICES: dict[str, ComesBack] = {
    "member-svc": ComesBack(
        from_topics=frozenset({"batch_lines", "line_members", "rejected_lines"}),
        from_backup=frozenset(
            {"unions", "units", "unit_moves", "members", "imports", "import_files", "import_originals", "import_parts"}
            | {"import_people", "import_rows", "card_batches", "card_batch_members", "card_cancellations"}
            # It reads no topic of its own, so that the tree is its own, too.
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
        # Working days are planted by the migrations, and the rates are entries beside those of the tree.
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
