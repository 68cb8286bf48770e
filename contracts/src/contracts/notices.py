"""`*.notices.v1`: the service that owns a fact notifies the accounts that the fact concerns (D06)."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field, WithJsonSchema

from contracts.event import Event
from contracts.fields import Instant
from contracts.topics import ENROLLMENT_NOTICES, MEMBER_NOTICES, PAYMENT_NOTICES, REVIEW_NOTICES, Topic
from contracts.words import NoticeKind, Role

#: The kinds of notice that an event of a type `*.notice.v1` may have. Readers of version 1 refuse all other kinds.
FIRST_KINDS = tuple(kind for kind in NoticeKind if kind is not NoticeKind.REMOVAL_REFUSED)

#: The roles to which a notice can be addressed. Readers of the published schemas know no other roles.
RECIPIENTS = tuple(role for role in Role if role is not Role.ACCOUNT_ADMIN)


def _first(kind: NoticeKind) -> NoticeKind:
    if kind not in FIRST_KINDS:
        raise ValueError(f"{kind.value} is a kind of version 2 of the notice only")
    return kind


def _recipient(role: Role) -> Role:
    if role not in RECIPIENTS:
        raise ValueError(f"no notice is for the role {role.value}")
    return role


RecipientRole = Annotated[
    Role,
    AfterValidator(_recipient),
    WithJsonSchema({"type": "string", "enum": [role.value for role in RECIPIENTS]}),
]
OpenKind = Annotated[
    NoticeKind,
    WithJsonSchema({"type": "string", "description": "a reader that does not know the word shows `text`"}),
]
FirstKind = Annotated[
    NoticeKind,
    AfterValidator(_first),
    WithJsonSchema({"type": "string", "enum": [kind.value for kind in FIRST_KINDS]}),
]


class Notice(Event):
    """One notice to the accounts that have the role `role` in the union `union_id`.

    A notice that is published again has the same `notice_id`. So a mailer or a screen can ignore the second event.
    """

    notice_id: UUID
    kind: OpenKind
    union_id: UUID = Field(description="the recipient")
    role: RecipientRole = Field(description="the role of the accounts that the notice is for")
    about: str = Field(description="number or id of the case: a batch, a submission, an import, a check, a voucher")
    text: str = Field(description="one sentence in Chinese, without a person's name")
    at: Instant

    def key(self) -> str:
        return str(self.union_id)

    def subject(self) -> str:
        return f"{self.kind.value}/{self.about}/{self.union_id}/{self.role.value}"


class MemberNotice(Notice):
    """From member-svc: news about imports."""

    ce_type: ClassVar[str] = "members.notice.v1"
    topic: ClassVar[Topic] = MEMBER_NOTICES

    kind: FirstKind


class MemberNoticeV2(Notice):
    """From member-svc: news about refused removals. The schema permits any `kind`, so a new kind needs no version 3."""

    ce_type: ClassVar[str] = "members.notice.v2"
    topic: ClassVar[Topic] = MEMBER_NOTICES


class EnrollmentNotice(Notice):
    """From enrollment-svc: news about checks, and about decisions on a union's batches."""

    ce_type: ClassVar[str] = "enrollments.notice.v1"
    topic: ClassVar[Topic] = ENROLLMENT_NOTICES

    kind: FirstKind


class ReviewNotice(Notice):
    """From review-svc: news about lines and submissions for a reviewing union."""

    ce_type: ClassVar[str] = "reviews.notice.v1"
    topic: ClassVar[Topic] = REVIEW_NOTICES

    kind: FirstKind


class PaymentNotice(Notice):
    """From payment-svc: answers to vouchers, and reminders of vouchers that are due or overdue."""

    ce_type: ClassVar[str] = "payments.notice.v1"
    topic: ClassVar[Topic] = PAYMENT_NOTICES

    kind: FirstKind
