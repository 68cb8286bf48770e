"""The tables that `load-city` fills, with the columns that it writes. All other columns have their default."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

MEMBER, CHECKER, ENROLLMENT, REVIEW, PAYMENT, CONSOLE = SERVICES = (
    "member-svc",
    "status-checker",
    "enrollment-svc",
    "review-svc",
    "payment-svc",
    "console",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A table of one service. `columns`: names, separated by spaces. A row is a tuple of values in the same order."""

    service: str
    table: str
    columns: str


@dataclass(slots=True)
class Rows:
    """Rows to write, by table."""

    of: dict[Target, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, target: Target, *values: Any) -> None:
        self.of[target].append(values)

    def targets(self, service: str) -> list[Target]:
        return [target for target in self.of if target.service == service]


MEMBERS = Target(
    MEMBER,
    "members",
    "member_id member_no union_id unit_id person_key document_type masked_name masked_number name_key mobile_key "
    "card_key sealed card_sealed joined_on created_at changed_at removed_at",
)
IMPORTS = Target(
    MEMBER,
    "imports",
    "import_id union_id unit_id state check_on_import created_by inflated_bytes attempt planned total done row_count "
    "created created_at checked_at confirmed_at applied_at",
)
UNIONS = Target(
    MEMBER,
    "unions",
    "union_id name union_type parent_id path active has_reviewer version changed_at name_key units_version",
)
UNITS = Target(MEMBER, "units", "unit_id union_id position name")
BATCH_LINES = Target(MEMBER, "batch_lines", "line_id state submission_no")
PROTECTED = Target(MEMBER, "line_parts", "line_id part_index number member_ids")

CHECK_JOBS = Target(CHECKER, "check_jobs", "job_id union_id origin started_at")
CHECK_PARTS = Target(
    CHECKER,
    "check_parts",
    "part_id job_id union_id unit_id part_index part_count heads person_hashes asked_at checked_at tally "
    "stored_at answered_at",
)

CANDIDATES = Target(
    ENROLLMENT,
    "candidates",
    "member_id union_id unit_id person_key member_no document_type masked_name masked_number sealed name_key "
    "has_service_card channel removed_at promised_at",
)
STATUSES = Target(
    ENROLLMENT,
    "candidate_statuses",
    "member_id card_status card_raw card_checked_at employment_status employment_raw employment_checked_at",
)
CHECK_SETS = Target(
    ENROLLMENT,
    "check_sets",
    "job_id unit_id union_id origin requested_at due_at part_count people answered_parts answered_people completed_at",
)
BATCHES = Target(
    ENROLLMENT,
    "batches",
    "batch_no union_id union_name year plan plan_name enrollment_type numbered_on submitted_at",
)
LINES = Target(
    ENROLLMENT,
    "lines",
    "line_id batch_no union_id unit_id unit_name year channel term start_on end_on rate_city_fen rate_district_fen "
    "rate_unit_fen submitted_heads heads city_fen district_fen unit_fen chain round state submission_no submitted_at "
    "submitted_by decided_at updated_at",
)
ENROLLMENTS = Target(
    ENROLLMENT,
    "enrollments",
    "line_id member_id year person_key member_no document_type masked_name masked_number sealed card_status "
    "employment_status confirmed_by_hand round state",
)
HISTORY = Target(ENROLLMENT, "line_history", "line_id at what by heads")
PLAN_LOCKS = Target(ENROLLMENT, "plan_locks", "union_id year plan")
RATES = Target(
    ENROLLMENT,
    "rates",
    "year plan term scope plan_name city_fen district_fen unit_fen enabled sample version set_at sealed_at",
)
RATE_USES = Target(ENROLLMENT, "rate_uses", "year plan union_id first_at")
CENTER_ANSWERS = Target(ENROLLMENT, "center_answers", "submission_no line_id answer answered_at")
SETTLED = Target(ENROLLMENT, "settled_submissions", "submission_no settled_at")

REVIEW_LINES = Target(
    REVIEW,
    "lines",
    "line_id batch_no union_id union_name unit_id unit_name year plan plan_name enrollment_type channel term start_on "
    "end_on rate_city_fen rate_district_fen rate_unit_fen submitted_heads heads city_fen district_fen unit_fen chain "
    "chain_names step reviewer_id state passed_up parts_expected parts_arrived people_arrived submission_no "
    "submitted_at submitted_by submitted_by_union_id updated_at unit_name_key",
)
REVIEW_PARTS = Target(
    REVIEW,
    "line_parts",
    "line_id number people member_ids member_nos person_keys document_types masked_names masked_numbers "
    "confirmed_by_hand sealed",
)
REVIEW_HISTORY = Target(REVIEW, "line_history", "line_id at account union_id what detail")
SUBMISSIONS = Target(
    REVIEW,
    "submissions",
    "submission_no union_id union_name year enrollment_type submitted_heads heads city_fen district_fen unit_fen "
    "handler state submitted_at submitted_by received_at decided_at updated_at",
)
REVIEW_VOUCHERS = Target(REVIEW, "vouchers", "voucher_id submission_no")

DUES = Target(
    PAYMENT,
    "dues",
    "submission_no union_id union_name year enrollment_type submitted confirmed version heads city_fen district_fen "
    "unit_fen due_fen paid_fen pending_fen open_fen state submitted_at confirmed_at due_on voucher_at updated_at",
)
DUE_LINES = Target(
    PAYMENT,
    "due_lines",
    "submission_no version line_id batch_no union_id unit_id heads city_fen district_fen unit_fen",
)
VOUCHERS = Target(
    PAYMENT,
    "vouchers",
    "voucher_id union_id amount_fen due_fen filled_fen result paid_on sealed reference_key file_id file_sha256 "
    "file_name file_type file_bytes state uploaded_by uploaded_at decided_at file_name_key",
)
FILLS = Target(PAYMENT, "voucher_fills", "voucher_id submission_no version due_fen amount_fen")


def entries_of(service: str) -> Target:
    """A service's copy of a compacted topic."""
    return Target(service, "reference_entries", "topic key body")


def nodes_of(service: str) -> Target:
    """A service's copy of the union tree."""
    return Target(service, "scope_nodes", "node_id path")


def tree_units_of(service: str) -> Target:
    """A service's copy of the units."""
    return Target(service, "tree_units", "node_id unit_id part name")


def tree_parts_of(service: str) -> Target:
    """The versions of a service's copy of the units."""
    return Target(service, "tree_unit_parts", "node_id part version")
