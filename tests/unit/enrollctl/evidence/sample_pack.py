"""A small settled batch as documents of an evidence pack: two lines, one of which was returned, and one voucher."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.audit_chain import Block, Head, header_hash, rows_hash
from contracts import topics
from contracts.fields import Shares
from enrollctl.evidence.archive import Archive
from enrollctl.evidence.chain_proof import hash_of
from enrollctl.evidence.documents.audit import AuditEntry, BlockEntry, ChainAbout, RowHash
from enrollctl.evidence.documents.batch import ApprovalEntry, BatchAbout, LineEntry, PersonEntry, Reviewer
from enrollctl.evidence.documents.center import Due, FillEntry, SubmissionEntry, SubmissionLineEntry, VoucherEntry
from enrollctl.evidence.documents.events import EventEntry, EventsAbout, KeyRange
from enrollctl.evidence.documents.paths import (
    APPROVALS,
    AUDITED,
    BATCH,
    EVENTS,
    PEOPLE,
    SUBMISSIONS,
    VOUCHERS,
    audit_path,
    chain_path,
)
from enrollctl.evidence.documents.rows import Document
from enrollctl.evidence.list_search import person_digest
from enrollctl.evidence.manifest import PackFacts, pack
from enrollctl.evidence.signing import SigningKey
from enrollctl.evidence.verification import PackVerdict, verify_archive

BATCH_NO, SUBMISSION_NO = "CB202405100001", "CB202405109000"
AT = datetime(2024, 5, 10, 4, tzinfo=UTC)
KEY = SigningKey(Ed25519PrivateKey.generate())
LIST_KEY = "0123456789abcdef" * 2
NUMBERS = ("310101199001010016", "310101199001010024", "310101199001010032", "310101199001010040")
RATE = Shares.of(city=1300, district=1300)


def made(name: str) -> UUID:
    """An id that is the same in every run."""
    return uuid5(UUID(int=1), name)


LINE, RETURNED, UNION, DISTRICT, VOUCHER = (
    made(one) for one in ("line", "returned line", "union", "district", "voucher")
)


@dataclass
class SamplePack:
    """The documents by path. `changed` replaces fields of a row, as somebody could who has the signing key."""

    documents: dict[str, Document[Any]]
    heads: list[Head] = field(default_factory=list)

    def members(self, key: SigningKey = KEY, batch_no: str = BATCH_NO) -> dict[str, bytes]:
        return pack(PackFacts(str(made("pack")), batch_no, AT, self.heads), list(self.documents.values()), key)

    def changed(self, path: str, row: int, **fields: Any) -> "SamplePack":
        rows = list(self.documents[path].rows)
        rows[row] = rows[row].model_copy(update=fields)
        return self.with_rows(path, rows)

    def with_rows(self, path: str, rows: Sequence[Any], about: Any = None) -> "SamplePack":
        document = self.documents[path]
        return SamplePack(self.documents | {path: Document(path, rows, about or document.about)}, self.heads)

    def findings(self, anchors: Sequence[Head] = ()) -> list[str]:
        return verdict_of(self.members(), anchors).findings


def verdict_of(members: dict[str, bytes], anchors: Sequence[Head] = ()) -> PackVerdict:
    return verify_archive(Archive(members), Path("pack.zip"), KEY.public, anchors)


def sample_pack() -> SamplePack:
    approvals = _approvals()
    events = _events()
    documents: list[Document[Any]] = [
        Document(BATCH, [_line(LINE, 3, 2, "completed"), _line(RETURNED, 1, 0, "returned")], _batch()),
        Document(PEOPLE, _people()),
        Document(APPROVALS, approvals),
        Document(SUBMISSIONS, [_submission()]),
        Document(VOUCHERS, [_voucher()]),
        Document(EVENTS, events, EventsAbout(keys=_ranges(events))),
    ]
    heads = []
    for service in AUDITED:
        rows = _audit_rows(service, approvals)
        about, blocks = chain(service, rows)
        documents += [Document(audit_path(service), rows), Document(chain_path(service), blocks, about)]
        heads.append(Head(service, blocks[-1].position, blocks[-1].up_to_id, blocks[-1].sha256, blocks[-1].sealed_at))
    return SamplePack({one.path: one for one in documents}, heads)


def _batch() -> BatchAbout:
    return BatchAbout(
        batch_no=BATCH_NO, union_id=UNION, union_name="光明厂工会", year=2024, plan="A", plan_name="A类",
        enrollment_type="immediate", numbered_on=date(2024, 5, 10), submitted_at=AT,
    )  # fmt: skip


def _line(line_id: UUID, submitted: int, heads: int, state: str) -> LineEntry:
    return LineEntry(
        line_id=line_id, unit_id=made("unit"), unit_name="光明厂", organization_code="123456789", credit_code=None,
        channel="social_security_card", term="full_year", start_on=date(2024, 5, 11), end_on=date(2024, 12, 31),
        rate=RATE, submitted_heads=submitted, heads=heads, fee=RATE.times(heads),
        chain=[Reviewer(union_id=DISTRICT, name="东区总工会")], round=1, replaces=None, state=state,
        submission_no=SUBMISSION_NO if heads else None, submitted_at=AT, submitted_by="handler", decided_at=AT,
    )  # fmt: skip


def _people() -> list[PersonEntry]:
    states = ((LINE, "held"), (LINE, "held"), (LINE, "returned"), (RETURNED, "returned"))
    return [
        PersonEntry(
            number=number, line_id=line_id, document_type="resident_id", masked_name="李*",
            masked_number="3101**********0016", digest=person_digest(LIST_KEY, "resident_id", NUMBERS[number - 1]),
            confirmed_by_hand=False, state=state, reason=None if state == "held" else "资料不全",
        )
        for number, (line_id, state) in enumerate(states, 1)
    ]  # fmt: skip


def _approvals() -> list[ApprovalEntry]:
    happened = (
        (LINE, "submitted", "handler", "BatchSubmitted"), (RETURNED, "returned", "reviewer", "return"),
        (LINE, "staged", "reviewer", "stage"), (LINE, "completed", "reviewer", "submit"),
    )  # fmt: skip
    return [
        ApprovalEntry(
            id=number, line_id=line_id, at=AT + timedelta(hours=number), account=account, union_id=DISTRICT, what=what,
            reason=None, detail={"heads": 2}, cause_id=made(cause),
        )
        for number, (line_id, what, account, cause) in enumerate(happened, 11)
    ]  # fmt: skip


def _submission() -> SubmissionEntry:
    other = SubmissionLineEntry(
        line_id=made("other"), batch_no="CB202405100002", heads=5, fee=RATE.times(5), state="in"
    )
    own = SubmissionLineEntry(line_id=LINE, batch_no=BATCH_NO, heads=2, fee=RATE.times(2), state="in")
    return SubmissionEntry(
        submission_no=SUBMISSION_NO, version=1, union_id=DISTRICT, union_name="东区总工会", year=2024,
        enrollment_type="immediate", submitted_at=AT, submitted_by="reviewer", submitted_heads=7, heads=7,
        fee=RATE.times(7), lines=[own, other], state="confirmed", received_at=AT, decided_at=AT, reason=None,
        feedback_at=AT, feedback_result="accepted", feedback_text="核对一致",
        due=Due(state="settled", version=1, heads=7, due_fen=9100, paid_fen=9100, confirmed_at=AT,
                due_on=date(2024, 5, 25)),
    )  # fmt: skip


def _voucher() -> VoucherEntry:
    fill = FillEntry(submission_no=SUBMISSION_NO, version=1, due_fen=9100, amount_fen=9100)
    return VoucherEntry(
        voucher_id=VOUCHER, union_id=DISTRICT, amount_fen=9100, due_fen=9100, filled_fen=9100, result="matched",
        reason=None, paid_on=date(2024, 5, 12), file_sha256="ab" * 32, file_type="image/png", file_bytes=900,
        fills=[fill], state="accepted", uploaded_by="reviewer", uploaded_at=AT, decided_at=AT, decision_reason=None,
    )  # fmt: skip


def _events() -> list[EventEntry]:
    places = (
        (topics.ENROLLMENTS, BATCH_NO, 2), (topics.PAYMENTS, str(VOUCHER), 2), (topics.REVIEWS, BATCH_NO, 3),
        (topics.REVIEWS, SUBMISSION_NO, 2),
    )  # fmt: skip
    return [
        EventEntry(
            topic=topic.name, key=key, sequence=sequence, partition=3, offset=100 + sequence,
            id=made(f"{topic.name}/{key}/{sequence}"), type="some.event.v1", source=topic.source, time=AT,
            causation_id=str(made("submit")), correlation_id="c", payload_sha256=sha256(key.encode()).hexdigest(),
            payload_bytes=900,
        )
        for topic, key, last in places
        for sequence in range(1, last + 1)
    ]  # fmt: skip


def _ranges(events: Sequence[EventEntry]) -> list[KeyRange]:
    groups = itertools.groupby(events, key=lambda one: (one.topic, one.key))
    return [KeyRange(topic=topic, key=key, first=1, last=len(list(some))) for (topic, key), some in groups]


def _audit_rows(service: str, approvals: Sequence[ApprovalEntry]) -> list[AuditEntry]:
    """The rows of one service's audit log: for review-svc the commands of the reviewer, for any other service one
    command."""
    causes = [one.cause_id for one in approvals if one.account == "reviewer"]
    return [
        AuditEntry(
            id=number, at="2024-05-10T04:00:00.123456Z", account="reviewer", role="reviewer", scope_id=DISTRICT,
            command_id=cause or made("none"), name="lines_staged", subject=BATCH_NO, detail='{"lines": 1}',
            address="10.0.0.9", name_digest="d1",
        )
        for number, cause in zip((4, 6, 9), causes if service == "review-svc" else [made(service)], strict=False)
    ]  # fmt: skip


def chain(service: str, rows: Sequence[AuditEntry]) -> tuple[ChainAbout, list[BlockEntry]]:
    """Blocks 3 to 6 of the audit chain. Block 3 has the first row and a row that is not about the batch. Block 5 has no
    row about the batch."""
    about = ChainAbout(service=service, after_id=2, previous_hash="cd" * 32)
    other = RowHash(id=3, sha256="ee" * 32)
    entries = [[other], None, None, None]
    for number, row in enumerate(rows):
        place = (0, 1, 3)[number]
        entries[place] = [*(entries[place] or []), RowHash(id=row.id, sha256=hash_of(row))]
    blocks: list[BlockEntry] = []
    after_id, previous = about.after_id, bytes.fromhex(about.previous_hash)
    for number, up_to_id in enumerate((5, 7, 8, 12)):
        own = entries[number]
        listed = rows_hash([one.id for one in own or ()], [bytes.fromhex(one.sha256) for one in own or ()]).hex()
        sealed_at = f"2024-05-10T04:00:0{number}.000000Z"
        block = Block(3 + number, after_id, up_to_id, [], [], [], sealed_at, previous, b"", "")
        after_id, previous = up_to_id, header_hash(service, block, listed)
        blocks.append(
            BlockEntry(position=block.position, up_to_id=up_to_id, sealed_at=sealed_at, rows_sha256=listed,
                       sha256=previous.hex(), entries=own)
        )  # fmt: skip
    return about, blocks
