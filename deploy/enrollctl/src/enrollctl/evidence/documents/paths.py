"""The paths of all documents of an evidence pack."""

from pydantic import BaseModel

from enrollctl.evidence.documents.audit import AuditEntry, BlockEntry, ChainAbout
from enrollctl.evidence.documents.batch import ApprovalEntry, BatchAbout, LineEntry, PersonEntry
from enrollctl.evidence.documents.center import SubmissionEntry, VoucherEntry
from enrollctl.evidence.documents.events import EventEntry, EventsAbout
from enrollctl.evidence.documents.rows import Row

BATCH, PEOPLE, APPROVALS = "batch.json", "people.json", "approvals.json"
SUBMISSIONS, VOUCHERS, EVENTS = "submissions.json", "vouchers.json", "events.json"
#: The services whose audit logs record what happens to a batch.
AUDITED = ("enrollment-svc", "review-svc", "payment-svc")


def audit_path(service: str) -> str:
    return f"audit/{service}.json"


def chain_path(service: str) -> str:
    return f"chain/{service}.json"


#: Path of a document → the type of its rows, and the type of its `about` (None if it has no `about`).
TYPES: dict[str, tuple[type[Row], type[BaseModel] | None]] = {
    BATCH: (LineEntry, BatchAbout),
    PEOPLE: (PersonEntry, None),
    APPROVALS: (ApprovalEntry, None),
    SUBMISSIONS: (SubmissionEntry, None),
    VOUCHERS: (VoucherEntry, None),
    EVENTS: (EventEntry, EventsAbout),
    **{audit_path(service): (AuditEntry, None) for service in AUDITED},
    **{chain_path(service): (BlockEntry, ChainAbout) for service in AUDITED},
}
