"""`*.notices.v1`: what the owner of a fact tells those whom it concerns (D06)."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event
from contracts.fields import Instant
from contracts.topics import ENROLLMENT_NOTICES, MEMBER_NOTICES, PAYMENT_NOTICES, REVIEW_NOTICES, Topic
from contracts.words import NoticeKind, Role


class Notice(Event):
    """One notice to one recipient: accounts of `role` at the union `union_id`.

    `notice_id` is the same when the fact is told again, so that a mailer or a screen can ignore a second copy.
    """

    notice_id: UUID
    kind: NoticeKind
    union_id: UUID = Field(description="the recipient")
    role: Role = Field(description="which accounts of the recipient it is for")
    about: str = Field(description="number or id of the case: a batch, a submission, an import, a check, a voucher")
    text: str = Field(description="one sentence in Chinese; it names nobody")
    at: Instant

    def key(self) -> str:
        return str(self.union_id)

    def subject(self) -> str:
        return f"{self.kind.value}/{self.about}/{self.union_id}/{self.role.value}"


class MemberNotice(Notice):
    """From member-svc: imports."""

    ce_type: ClassVar[str] = "members.notice.v1"
    topic: ClassVar[Topic] = MEMBER_NOTICES


class EnrollmentNotice(Notice):
    """From enrollment-svc: checks, and what became of a union's batches."""

    ce_type: ClassVar[str] = "enrollments.notice.v1"
    topic: ClassVar[Topic] = ENROLLMENT_NOTICES


class ReviewNotice(Notice):
    """From review-svc: what a reviewing union should know of lines and submissions."""

    ce_type: ClassVar[str] = "reviews.notice.v1"
    topic: ClassVar[Topic] = REVIEW_NOTICES


class PaymentNotice(Notice):
    """From payment-svc: vouchers, and when they are due."""

    ce_type: ClassVar[str] = "payments.notice.v1"
    topic: ClassVar[Topic] = PAYMENT_NOTICES
